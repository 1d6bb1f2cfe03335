"""Calls in any order, to the registry and to a small model of it: answers and errors agree.

EXAMPLES (of at most CALLS calls each) and SEED make it shorter or repeat one.
"""

from __future__ import annotations

import os
import time

from tests.support.registry_model.runs import run


def main() -> None:
    examples, seed = int(os.environ.get("EXAMPLES", "500")), int(os.environ.get("SEED", "20261129"))
    calls = int(os.environ.get("CALLS", "40"))
    begun_s = time.monotonic()
    run(examples, calls, seed)
    print(f"{examples} examples of {calls} calls at most in {time.monotonic() - begun_s:.0f} s (seed {seed}): no difference")


if __name__ == "__main__":
    main()
