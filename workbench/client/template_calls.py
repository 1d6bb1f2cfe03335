"""Calls about the template and the API's records: what overrides the one, and the way of functions from either to the other."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from workbench.client.sending import Send
from workbench.model.overrides import OverrideInfo
from workbench.model.saving import SavingReport, SavingWish, TakingReport


class TemplateCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def overrides(self, function_name: str = "") -> list[OverrideInfo]:
        """What the Lambda API changed of the template's functions, or of one of them."""
        query = {"functionName": function_name} if function_name else {}
        _, body = await self._send("GET", "/_workbench/overrides", params=query)
        return msgspec.json.decode(body, type=list[OverrideInfo])

    async def drop_overrides(self, function_name: str, name: str | None = None) -> list[OverrideInfo]:
        """Put the template's value of one property in force again, or of all (None); returns the function's other overrides.

        Raises ServiceError 404 when there is no such override.
        """
        _, body = await self._send("DELETE", _overrides(function_name), params=_property(name))
        return msgspec.json.decode(body, type=list[OverrideInfo])

    async def write_back_overrides(self, function_name: str, name: str | None = None) -> list[OverrideInfo]:
        """Write one overridden property into the template, or all; returns those that cannot be written and stay in force.

        Raises ServiceError when nothing can be written.
        """
        _, body = await self._send("POST", _overrides(function_name), params=_property(name))
        return msgspec.json.decode(body, type=list[OverrideInfo])

    async def save_functions(self, names: Sequence[str], wish: SavingWish) -> list[SavingReport]:
        """Save functions of the API into the template, all for no names; of several, a report may say that one was refused."""
        query = [*(("function", name) for name in names), ("folder", wish.folder),
                 ("withSecrets", str(wish.with_secrets).lower()), ("dryRun", str(wish.is_preview).lower())]
        _, body = await self._send("POST", "/_workbench/saved-functions", params=query)
        return msgspec.json.decode(body, type=list[SavingReport])

    async def take_function(self, name: str) -> TakingReport:
        """Take a function of the template into the API's records. Building its package may take minutes."""
        _, body = await self._send("POST", f"/_workbench/taken-functions/{quote(name, safe='')}")
        return msgspec.json.decode(body, type=TakingReport)


def _overrides(function_name: str) -> str:
    return f"/_workbench/overrides/{quote(function_name, safe='')}"


def _property(name: str | None) -> dict[str, str]:
    return {} if name is None else {"property": name}
