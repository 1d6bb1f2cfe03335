"""Debugging of functions: ports for debuggers, an environment's debugger, and time limits that pause at a breakpoint."""
