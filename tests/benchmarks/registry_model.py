"""Calls in any order, to the registry and to a small model of it: answers and errors agree.

EXAMPLES (of at most 40 calls each) and SEED make it shorter or repeat one.
"""

from __future__ import annotations

import os
import time

from tests.support.registry_model.runs import CALLS, run


def main() -> None:
    examples, seed = int(os.environ.get("EXAMPLES", "500")), int(os.environ.get("SEED", "20261129"))
    begun_s = time.monotonic()
    run(examples, seed)
    print(f"{examples} examples of {CALLS} calls at most in {time.monotonic() - begun_s:.0f} s (seed {seed}): no difference")


if __name__ == "__main__":
    main()
