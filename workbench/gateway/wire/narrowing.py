"""Where botocore's model is wider than the service is for classic functions, or the service prints something else.

The model's bounds include Lambda Managed Instances. Sources: Lambda guide, "Lambda quotas"; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.model.quotas import EPHEMERAL_STORAGE_MAX_MB, MEMORY_MAX_MB, TIMEOUT_MAX_S

NARROWER: Mapping[str, Mapping[str, Any]] = {
    "Timeout": {"max": TIMEOUT_MAX_S},
    "MemorySize": {"max": MEMORY_MAX_MB},
    "EphemeralStorageSize": {"max": EPHEMERAL_STORAGE_MAX_MB},
    # The service checks a function's runtime itself, with a sentence of its own, and those of layers with lists of its own.
    "Runtime": {"enum": ()},
    # The order in which the service prints them.
    "EventSourcePosition": {"enum": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")},
    "InvokeMode": {"enum": ("RESPONSE_STREAM", "BUFFERED")},
    "RecursiveLoop": {"enum": ("Terminate", "Allow")},
}
"""Changes of shapes, by the shape's name."""
