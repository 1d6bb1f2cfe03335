"""The functions behind custom resources, for stacks: invoked by their ARN, and reached by at an address of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engine.invocation.request import InvokeRequest
from workbench.engine.service import Engine
from workbench.gateway.custom_resource_path import RESPONSES
from workbench.model.lambda_names import Scope, function_reference


class DirectCustomFunctions:
    """Those of one engine. Use it on the engine's loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def response_url(self, scope: Scope, function: str, token: str) -> str:
        """Return the URL at which a function gives the answer with this token. Raises WorkbenchError."""
        named = function_reference(function)
        target = self._engine.resources.target(named.name, named.qualifier, named.within(scope))
        return f"{await self._engine.callback_url(target.function)}{RESPONSES}{token}"

    async def invoke(self, scope: Scope, function: str, event: bytes) -> str:
        """Invoke a function, and return why it failed, "" if it did not. Raises WorkbenchError."""
        named = function_reference(function)
        outcome = await self._engine.invoke(InvokeRequest(
            function_name=named.name, qualifier=named.qualifier, scope=named.within(scope), payload=event,
            trigger="stack"))
        return f"The function failed: {_said(outcome.result.payload)}" if outcome.result.function_error else ""


def _said(document: bytes) -> str:
    """Return what an error document says."""
    try:
        found: Any = msgspec.json.decode(document)
        return str(found.get("errorMessage") or found.get("errorType") or "it says no reason.")
    except (msgspec.MsgspecError, AttributeError):
        return "it says no reason."
