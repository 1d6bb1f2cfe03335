"""Operations on function URLs: how they are configured. Their requests are answered in `function_urls`.

Source: API reference, FunctionUrlConfig; recorded answers of the service (when InvokeMode is shown).
"""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.function_urls.addresses import url_at
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.paging import answer, page
from workbench.model.function_version import LATEST
from workbench.model.moments import universal_time


class FunctionUrlOperations:
    """Configure the URLs of functions and aliases."""

    def __init__(self, resources: Resources) -> None:
        self._urls = resources.function_urls

    async def create_function_url_config(self, call: Call) -> Answer:
        """CreateFunctionUrlConfig. The URL is a local one, below the name by which the caller reached the engine."""
        scope, function = call.function()
        return _made(call, await self._urls.create(scope, function.name, function.qualifier, call.parameters))

    async def get_function_url_config(self, call: Call) -> Answer:
        """GetFunctionUrlConfig."""
        scope, function = call.function()
        return _described(call, self._urls.require(scope, function.name, function.qualifier))

    async def update_function_url_config(self, call: Call) -> Answer:
        """UpdateFunctionUrlConfig."""
        scope, function = call.function()
        record = await self._urls.update(scope, function.name, function.qualifier, call.parameters)
        return {**_described(call, record), "InvokeMode": record.invoke_mode or None}

    async def list_function_url_configs(self, call: Call) -> Answer:
        """ListFunctionUrlConfigs. The function's own, and those of its aliases."""
        scope, function = call.function()
        found, marker = page(call, self._urls.all(scope, function.name), lambda record: record.qualifier)
        return answer("FunctionUrlConfigs", [_described(call, record) for record in found], marker)

    async def delete_function_url_config(self, call: Call) -> Answer:
        """DeleteFunctionUrlConfig."""
        scope, function = call.function()
        await self._urls.delete(scope, function.name, function.qualifier)
        return {}


def _described(call: Call, record: FunctionUrlRecord) -> dict[str, Any]:
    return {**_made(call, record), "LastModifiedTime": _time(record.modified_ms), "InvokeMode": record.invoke_mode or "BUFFERED"}


def _made(call: Call, record: FunctionUrlRecord) -> dict[str, Any]:
    """Return what the answer of a creation shows."""
    alias = "" if record.qualifier == LATEST else record.qualifier
    return {
        "FunctionUrl": url_at(call.address, record.url_id, record.scope.region),
        "FunctionArn": record.scope.function_arn(record.function_name, alias),
        "CreationTime": _time(record.created_ms), "Cors": dict(record.cors) or None, "AuthType": record.auth_type,
        "InvokeMode": record.invoke_mode or None,
    }


def _time(at_ms: int) -> str:
    return universal_time(at_ms / 1000).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
