"""`python -m tests.benchmarks [NAME …]`: run the benchmarks and print their figures side by side with their floors."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_BENCHMARKS = {"__init__", "__main__", "engine_calls", "load_client", "measures", "passing_server", "prepared_client",
                  "result_probe", "stream_source", "window_probe", "window_watch"}


def main() -> None:
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    wanted, sys.argv[1:] = sys.argv[1:] or known, []
    for name in wanted:
        print(f"\n{name}", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main()
