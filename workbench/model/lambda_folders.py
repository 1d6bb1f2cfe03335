"""Where Lambda has what belongs to a function. Source: Lambda guide, "Runtime environment", "Layers"."""

from __future__ import annotations

TASK_ROOT = "/var/task"
"""The code."""
LAYER_ROOT = "/opt"
"""The layers, one over the other, and extensions."""
RUNTIME_ROOT = "/var/runtime"
"""What the runtime brings: its client of the Runtime API and the AWS SDK."""
