"""The function URLs that an engine serves, and what was sent to them lately (`/_workbench/function-urls`). See model/."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.function_names import function_in
from workbench.gateway.function_urls.addresses import program_url_at, url_at
from workbench.gateway.function_urls.recording import MOST_EXCHANGES, Recordings
from workbench.gateway.json_answer import json_answer
from workbench.model.failures import ServiceError
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.function_version import LATEST


class FunctionUrlsApi:
    """The routes, over one engine's resources and what its URLs have recorded."""

    def __init__(self, resources: Resources, recordings: Recordings) -> None:
        self._resources = resources
        self._recordings = recordings

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/function-urls", self.all),
                web.get("/_workbench/function-urls/exchanges/{requestId}", self.exchange)]

    async def all(self, request: web.Request) -> web.Response:
        """All of them, or those of one function and its aliases (`functionName`, in the workspace's Region)."""
        name, address = function_in(request, self._resources), f"{request.scheme}://{request.host}"
        found = [record for record in self._resources.function_urls.everywhere()
                 if not name or (record.function_name == name and record.scope == self._resources.home)]
        return json_answer([_info(record, address) for record in found])

    async def exchange(self, request: web.Request) -> web.Response:
        """The HTTP request behind an invocation, and its response as far as it has come."""
        recording = self._recordings.get(request.match_info["requestId"])
        if recording is None:
            raise ServiceError(
                "ResourceNotFoundException", 404, "No HTTP request of this id is kept.",
                hint=f"The engine keeps the latest {MOST_EXCHANGES} requests for function URLs, until it ends.")
        return json_answer(recording.info())


def _info(record: FunctionUrlRecord, address: str) -> FunctionUrlInfo:
    region = record.scope.region
    return FunctionUrlInfo(
        function=record.function_name, alias="" if record.qualifier == LATEST else record.qualifier, region=region,
        url=url_at(address, record.url_id, region), program_url=program_url_at(address, record.url_id),
        auth_type=record.auth_type, invoke_mode=record.invoke_mode or "BUFFERED")
