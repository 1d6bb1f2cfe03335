"""Lambda's folders for a function's code, layers and runtime. Source: Lambda guide, "Runtime environment", "Layers"."""

from __future__ import annotations

TASK_ROOT = "/var/task"
"""The folder with the function's code."""
LAYER_ROOT = "/opt"
"""The folder with the content of all layers, later ones over earlier ones, including extensions."""
RUNTIME_ROOT = "/var/runtime"
"""The folder with the runtime's own files: its Runtime API client and the AWS SDK."""
