"""Where botocore's model is wider than the service is for classic functions, or the service prints something else.

The model's bounds include Lambda Managed Instances. Sources: Lambda guide, "Lambda quotas"; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.model.quotas import EPHEMERAL_STORAGE_MAX_MB, MEMORY_MAX_MB, TIMEOUT_MAX_S
from workbench.model.runtime_names import LAYER_RUNTIMES, RUNTIMES

NARROWER: Mapping[str, Mapping[str, Any]] = {
    "Timeout": {"max": TIMEOUT_MAX_S},
    "MemorySize": {"max": MEMORY_MAX_MB},
    "EphemeralStorageSize": {"max": EPHEMERAL_STORAGE_MAX_MB},
    # The service checks a function's runtime itself, with a sentence of its own.
    "Runtime": {"enum": ()},
    # Those of layers it checks as a whole, and takes more of them than it prints.
    "CompatibleRuntimes": {"enum": RUNTIMES, "also": LAYER_RUNTIMES},
    # The order in which the service prints them.
    "EventSourcePosition": {"enum": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")},
    "InvokeMode": {"enum": ("RESPONSE_STREAM", "BUFFERED")},
    "RecursiveLoop": {"enum": ("Terminate", "Allow")},
}
"""Changes of shapes, by the shape's name."""

ADDED: Mapping[str, Mapping[str, Any]] = {"LayerRuntime": {"type": "string", "enum": LAYER_RUNTIMES, "also": RUNTIMES}}
"""Shapes that the model does not tell apart from others."""

OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "ListLayersRequest": {"CompatibleRuntime": "LayerRuntime"},
    "ListLayerVersionsRequest": {"CompatibleRuntime": "LayerRuntime"},
}
"""Members with another shape than in the model, by the structure's name."""

FIRST: Mapping[str, str] = {"PublishLayerVersionRequest": "CompatibleRuntimes"}
"""The member whose violations the service prints first, where that is not the model's order."""

ALSO: Mapping[str, str] = {"CompatibleRuntimes": "Runtime", "LayerRuntime": "Runtime"}
"""Shapes that take all values that the model has for another one, whatever they print."""
