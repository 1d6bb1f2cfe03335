"""Which requests an environment may serve."""

from __future__ import annotations

import msgspec

from workbench.model.function import SandboxKind
from workbench.model.function_version import FunctionVersion


class PoolKey(msgspec.Struct, frozen=True):
    """Environments with the same key serve the same requests."""

    function: FunctionVersion
    sandbox: SandboxKind
