"""A registry of images on this machine with one small image in it; it can hold a download up."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import os
import tarfile
from typing import Any

from aiohttp import web

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class ImageRegistry:
    """Serves `name` on the loop of the test. Engines trust registries on the loopback interface without TLS."""

    def __init__(self, *, held: bool = False) -> None:
        self.name = ""
        self.layer_requested = asyncio.Event()
        self.hung_up = asyncio.Event()
        self._is_ending = False
        self._released = asyncio.Event()
        if not held:
            self._released.set()
        self._blobs: dict[str, bytes] = {}
        self._manifest = self._make_image()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> ImageRegistry:
        application = web.Application()
        application.router.add_get("/v2/", self._version)
        application.router.add_get("/v2/small/manifests/{reference}", self._get_manifest)
        application.router.add_get("/v2/small/blobs/{digest}", self._get_blob)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.name = f"127.0.0.1:{self._runner.addresses[0][1]}/small:latest"
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._runner is not None
        self._is_ending = True
        self._released.set()
        await self._runner.cleanup()

    def _make_image(self) -> bytes:
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            noise = os.urandom(3 << 20)
            entry = tarfile.TarInfo("noise")
            entry.size = len(noise)
            archive.addfile(entry, io.BytesIO(noise))
        diff = f"sha256:{hashlib.sha256(tar.getvalue()).hexdigest()}"
        config = {"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/noise"]},
                  "rootfs": {"type": "layers", "diff_ids": [diff]}}
        return json.dumps({
            "schemaVersion": 2, "mediaType": _MANIFEST,
            "config": self._blob(_CONFIG, json.dumps(config).encode()),
            "layers": [self._blob(_LAYER, gzip.compress(tar.getvalue(), 1))],
        }).encode()

    def _blob(self, media_type: str, data: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._blobs[digest] = data
        return {"mediaType": media_type, "size": len(data), "digest": digest}

    async def _version(self, _request: web.Request) -> web.Response:
        return web.json_response({}, headers={"Docker-Distribution-Api-Version": "registry/2.0"})

    async def _get_manifest(self, _request: web.Request) -> web.Response:
        digest = f"sha256:{hashlib.sha256(self._manifest).hexdigest()}"
        return web.Response(body=self._manifest, headers={"Content-Type": _MANIFEST, "Docker-Content-Digest": digest})

    async def _get_blob(self, request: web.Request) -> web.StreamResponse:
        data = self._blobs[request.match_info["digest"]]
        response = web.StreamResponse(headers={"Content-Length": str(len(data)), "Content-Type": "application/octet-stream"})
        await response.prepare(request)
        await response.write(data[:len(data) // 2])
        if len(data) > 1 << 20:
            self.layer_requested.set()
            await self._wait_until_released(request)
        if self._is_ending and request.transport is not None:
            request.transport.abort()  # nobody is left who would read the rest
            return response
        if not self.hung_up.is_set():
            await response.write(data[len(data) // 2:])
        return response

    async def _wait_until_released(self, request: web.Request) -> None:
        while not self._released.is_set():
            if request.transport is None or request.transport.is_closing():
                self.hung_up.set()
                return
            await asyncio.sleep(0.01)
