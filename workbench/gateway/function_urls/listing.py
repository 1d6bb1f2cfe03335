"""The function URLs that an engine serves (`/_workbench/function-urls`). See model/function_urls.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.function_urls.addresses import program_url_at, url_at
from workbench.gateway.json_answer import json_answer
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.function_version import LATEST


class FunctionUrlsApi:
    """The route, over one engine's resources."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def routes(self) -> list[web.RouteDef]:
        """The route to be served."""
        return [web.get("/_workbench/function-urls", self.all)]

    async def all(self, request: web.Request) -> web.Response:
        """All of them, or those of one function and its aliases (`functionName`, in the workspace's Region)."""
        name, address = request.query.get("functionName", ""), f"{request.scheme}://{request.host}"
        found = [record for record in self._resources.function_urls.everywhere()
                 if not name or (record.function_name == name and record.scope == self._resources.home)]
        return json_answer([_info(record, address) for record in found])


def _info(record: FunctionUrlRecord, address: str) -> FunctionUrlInfo:
    region = record.scope.region
    return FunctionUrlInfo(
        function=record.function_name, alias="" if record.qualifier == LATEST else record.qualifier, region=region,
        url=url_at(address, record.url_id, region), program_url=program_url_at(address, record.url_id),
        auth_type=record.auth_type, invoke_mode=record.invoke_mode or "BUFFERED")
