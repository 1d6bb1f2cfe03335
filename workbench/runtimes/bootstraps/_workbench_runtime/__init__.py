"""The runtime client for Python: standard library only, Python 3.8 and later, one process an environment.

Behaves as awslambdaric does (conformance tests compare the two byte by byte). What every start needs is in `loop`,
`connection`, `context`, `payloads` and `imports`, written to import nothing costly; `logs`, `faults` and `careful` are
imported when a function logs, fails, or returns something out of the ordinary.
"""

import importlib
import sys


def part(name: str) -> object:
    """The module `_workbench_runtime.<name>`, byte code kept although the function's own is not (python -B)."""
    full_name = f"_workbench_runtime.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        return importlib.import_module(full_name)
    finally:
        sys.dont_write_bytecode = before
