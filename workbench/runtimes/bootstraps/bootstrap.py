"""Runs a Python function as Lambda's own runtime client would, under whichever interpreter starts this file.

Kept this short because the interpreter compiles the started file anew every time; the rest is imported and so cached.
"""

import time

STARTED_NS = time.monotonic_ns()

import os  # noqa: E402 (the clock first)
import sys  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
KEEPS_NO_BYTECODE = sys.dont_write_bytecode
if sys.path[:1] == [HERE]:  # python -P and PYTHONSAFEPATH leave it out
    del sys.path[0]
sys.path.insert(0, HERE)
sys.dont_write_bytecode = False
from _workbench_runtime import loop  # noqa: E402

sys.dont_write_bytecode = KEEPS_NO_BYTECODE
sys.path[0] = os.getcwd()  # what the function's code sees is its own folder first
loop.run(os.environ["_HANDLER"], STARTED_NS)
