"""Calls about versions and aliases: those of the Lambda API that the window makes, their URLs, and the comparison of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from workbench.client.sending import Send
from workbench.model.comparisons import Comparison
from workbench.model.failures import ServiceError
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.url_exchanges import UrlExchangeInfo
from workbench.model.versions import AliasInfo, VersionInfo

_FUNCTIONS = "/2015-03-31/functions"


class _Versions(msgspec.Struct, rename="pascal"):
    versions: list[VersionInfo]
    next_marker: str | None = None


class _Aliases(msgspec.Struct, rename="pascal"):
    aliases: list[AliasInfo]
    next_marker: str | None = None


class VersionCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def versions(self, function_name: str) -> list[VersionInfo]:
        """ListVersionsByFunction: `$LATEST`, then the published ones, oldest first."""
        found: list[VersionInfo] = []
        marker: str | None = ""
        while marker is not None:
            body = await self._page(f"{_function(function_name)}/versions", marker)
            page = msgspec.json.decode(body, type=_Versions)
            found += page.versions
            marker = page.next_marker
        return found

    async def aliases(self, function_name: str) -> list[AliasInfo]:
        """ListAliases: sorted by name."""
        found: list[AliasInfo] = []
        marker: str | None = ""
        while marker is not None:
            page = msgspec.json.decode(await self._page(f"{_function(function_name)}/aliases", marker), type=_Aliases)
            found += page.aliases
            marker = page.next_marker
        return found

    async def function_urls(self, function_name: str = "") -> list[FunctionUrlInfo]:
        """The function URLs of a function and its aliases, or all that the engine serves with ""."""
        params = {"functionName": function_name} if function_name else {}
        _, body = await self._send("GET", "/_workbench/function-urls", params=params)
        return msgspec.json.decode(body, type=list[FunctionUrlInfo])

    async def url_exchange(self, request_id: str) -> UrlExchangeInfo | None:
        """The HTTP request that came through a function URL, and its response; None if the engine does not keep it (any more)."""
        try:
            _, body = await self._send("GET", f"/_workbench/function-urls/exchanges/{quote(request_id, safe='')}")
        except ServiceError as error:
            if error.status == 404:
                return None
            raise
        return msgspec.json.decode(body, type=UrlExchangeInfo)

    async def publish(self, function_name: str, description: str) -> VersionInfo:
        """PublishVersion. The answer is the last version again if neither code nor settings changed since it was published."""
        # Without a description, the version has the function's own.
        given = {"Description": description} if description else {}
        body = await self._sent("POST", f"{_function(function_name)}/versions", given)
        return msgspec.json.decode(body, type=VersionInfo)

    async def create_alias(self, function_name: str, alias: AliasInfo) -> None:
        """CreateAlias."""
        await self._sent("POST", f"{_function(function_name)}/aliases", {"Name": alias.name, **_members(alias)})

    async def update_alias(self, function_name: str, alias: AliasInfo) -> None:
        """UpdateAlias: everything but its name becomes as in `alias`."""
        await self._sent("PUT", f"{_function(function_name)}/aliases/{quote(alias.name, safe='')}", _members(alias))

    async def delete_alias(self, function_name: str, name: str) -> None:
        """DeleteAlias."""
        await self._send("DELETE", f"{_function(function_name)}/aliases/{quote(name, safe='')}")

    async def compare(self, function_name: str, left: str, right: str) -> Comparison:
        """Compare two versions. Building the template's `$LATEST` may take minutes."""
        path = f"/_workbench/comparisons/{quote(function_name, safe='')}"
        _, body = await self._send("GET", path, params={"left": left, "right": right})
        return msgspec.json.decode(body, type=Comparison)

    async def _page(self, path: str, marker: str) -> bytes:
        _, body = await self._send("GET", path, params={"Marker": marker} if marker else {})
        return body

    async def _sent(self, method: str, path: str, members: Mapping[str, Any]) -> bytes:
        _, body = await self._send(method, path, data=msgspec.json.encode(members), headers={"Content-Type": "application/json"})
        return body


def _function(name: str) -> str:
    return f"{_FUNCTIONS}/{quote(name, safe='')}"


def _members(alias: AliasInfo) -> dict[str, Any]:
    """All that can be changed, since an empty routing configuration is what clears the weights."""
    return {"FunctionVersion": alias.function_version, "Description": alias.description,
            "RoutingConfig": {"AdditionalVersionWeights": dict(alias.weights)}}
