"""The execution environment: its state machine, its variables, the invocations that it serves."""
