"""Which requests an environment may serve."""

from __future__ import annotations

import msgspec

from workbench.model.function import SandboxKind
from workbench.model.function_version import FunctionVersion


class PoolKey(msgspec.Struct, frozen=True):
    """Environments with the same key serve the same requests. `tenant_id` is "" for functions that do not isolate tenants."""

    function: FunctionVersion
    sandbox: SandboxKind
    tenant_id: str = ""
