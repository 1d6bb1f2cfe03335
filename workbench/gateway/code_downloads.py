"""`Code.Location` and `Content.Location`: a URL at which an archive can be downloaded for ten minutes, by whoever has the URL.

On AWS it is a presigned URL of Amazon S3. Here the signature is ours and lasts as long as the engine.
Source: API reference, FunctionCodeLocation: "A presigned URL that you can use to download the deployment package".
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from aiohttp import web

from workbench.engine.registry.resources import Resources
from workbench.engine.registry.views import FunctionView
from workbench.gateway.operations.call import Call
from workbench.gateway.reading import MOST_DIGITS
from workbench.model.failures import ServiceError

PREFIX = "/_code/"
VALID_S = 600


class CodeDownloads:
    """Makes the URLs and answers them. Use it on the server's loop. `now_s` is the time in seconds since 1970."""

    def __init__(self, resources: Resources, now_s: Callable[[], float] = time.time) -> None:
        self._resources = resources
        self._now_s = now_s
        self._key = secrets.token_bytes(32)

    def location(self, call: Call, view: FunctionView) -> dict[str, str]:
        """Return the member `Code` of GetFunction's answer. What cannot be packed has a folder."""
        if view.settings["PackageType"] == "Image":
            return {"RepositoryType": "ECR", "ImageUri": view.code.image_uri, "ResolvedImageUri": view.code.image_uri}
        archive = self._resources.functions.archive(view)
        if not archive:
            folder = self._resources.functions.configuration(view).code_path
            return {"RepositoryType": "S3", "Location": f"file://{folder}"}
        return {"RepositoryType": "S3", "Location": self.url(call, archive)}

    def url(self, call: Call, name: str) -> str:
        """Return a URL for the archive of a function or a layer of this name, at the address that the caller uses."""
        until = int(self._now_s()) + VALID_S
        path = f"{PREFIX}{name}?X-Amz-Expires={until}&X-Amz-Signature={self._signature(name, until)}"
        return f"{call.address}{path}"

    def routes(self) -> list[web.RouteDef]:
        """The route to be served."""
        return [web.get(PREFIX + "{name}", self.download)]

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Send an archive. Raises ServiceError 403 for a URL that is not ours or no longer valid, 404 if it is gone."""
        name, until = request.match_info["name"], request.query.get("X-Amz-Expires", "")
        given = request.query.get("X-Amz-Signature", "")
        is_number = until.isascii() and until.isdecimal() and len(until) <= MOST_DIGITS
        if not (is_number and hmac.compare_digest(
                given.encode("utf-8", "surrogateescape"), self._signature(name, int(until)).encode())):
            raise ServiceError("AccessDeniedException", 403, "The signature of the URL is not valid.")
        if self._now_s() > int(until):
            hint = "GetFunction or GetLayerVersion gives a new URL."
            raise ServiceError("AccessDeniedException", 403, "Request has expired", hint=hint)
        path = self._resources.functions.package(name)
        if path.is_file():
            return web.FileResponse(path, headers={"Content-Type": "application/zip"})
        content = await self._resources.functions.written_package(name)
        if content is None:
            hint = "The function or layer version was updated or deleted."
            raise ServiceError("ResourceNotFoundException", 404, "The package is gone.", hint=hint)
        return web.Response(body=content, content_type="application/zip")

    def _signature(self, name: str, until: int) -> str:
        return hmac.new(self._key, f"{name}\n{until}".encode(), hashlib.sha256).hexdigest()
