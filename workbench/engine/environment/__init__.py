"""The execution environment: its state machine, its INVOKE phases, its variables."""
