"""The layer versions that declarations publish: when they are first asked for, and again after a change of content or settings.

Versions that were published stay, as SAM retains them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.engine.registry.layers import Layers
from workbench.engine.registry.override_records import DeclaredLayerRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.template_versions import Resolve
from workbench.model.declarations import Declaration, LayerContent
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.model.left_out import NEVER_CODE
from workbench.packages.folders import packaged_files
from workbench.packages.packing import packed

_BUILT_WITH = "python3.13"
"""The runtime for a layer that says of none how it is built; a makefile needs none."""


class DeclaredLayers:
    """All of them. Use it on the engine's loop."""

    def __init__(self, registry: Registry, layers: Layers, resolve: Resolve) -> None:
        """`resolve` builds packages."""
        self._registry = registry
        self._layers = layers
        self._resolve = resolve
        self._declared: tuple[Declaration, ...] = ()
        self._failures: dict[str, str] = {}

    def declare(self, declarations: Iterable[Declaration]) -> None:
        """Replace what is declared."""
        self._declared = tuple(each for each in declarations if each.content is not None)
        self._failures = {}

    def failures(self) -> list[str]:
        """Return a sentence for each layer that could not be published."""
        return [f"{logical_id}: {sentence}" for logical_id, sentence in self._failures.items()]

    async def publish(self, scope: Scope) -> None:
        """Publish those that are new or changed. What fails is told by `failures`."""
        for each in self._declared:
            try:
                await self._publish(scope, each)
                self._failures.pop(each.logical_id, None)
            except WorkbenchError as error:
                self._failures[each.logical_id] = error.message

    async def _publish(self, scope: Scope, declaration: Declaration) -> None:
        content, name = declaration.content, declaration.parameters["LayerName"]
        assert content is not None
        fingerprint = await asyncio.to_thread(_state_of, declaration, content)
        logical_id = declaration.logical_id.replace("/", ".")
        before = self._registry.get(DeclaredLayerRecord, scope, name, logical_id)
        if before is not None and before.fingerprint == fingerprint:
            return
        record = await self._layers.publish_content(scope, declaration.parameters, await self._package(content, declaration))
        async with self._registry.changing() as change:
            change.keep(DeclaredLayerRecord(
                scope=scope, logical_id=logical_id, layer_name=name, version=record.version, fingerprint=fingerprint))

    async def _package(self, content: LayerContent, declaration: Declaration) -> bytes:
        """Return a layer's .zip, built if it has to be. Raises WorkbenchError."""
        path = Path(content.path)
        if content.build is not None:
            runtimes = declaration.parameters.get("CompatibleRuntimes") or [_BUILT_WITH]
            stand_in = FunctionConfiguration(
                name=declaration.parameters["LayerName"], logical_id=declaration.logical_id, runtime=runtimes[0], handler="none",
                code_path=content.path, inline_code="none", layers=(content.path,), layer_builds=(content.build,))
            path = Path((await self._resolve(stand_in)).function.layers[0])
        return await asyncio.to_thread(path.read_bytes if path.is_file() else lambda: packed(path))


def _state_of(declaration: Declaration, content: LayerContent) -> str:
    """A digest of a layer's settings and of the names, times and sizes of its files. Blocks."""
    digest = hashlib.sha256(msgspec.json.encode((declaration.parameters, content)))
    try:
        files = packaged_files(Path(content.path), NEVER_CODE, lambda: None)
    except (OSError, ValueError):
        files = ()
    for each in files:
        digest.update(f"{each.name}\0{each.status.st_mode}\0{each.status.st_mtime_ns}\0{each.status.st_size}\n".encode(
            errors="surrogateescape"))
    return digest.hexdigest()
