"""Functions that are debugged: the ports for debuggers, an environment's debugger, limits that stand still meanwhile."""
