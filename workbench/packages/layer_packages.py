"""The layers of a function as one folder: each built, unpacked or found, then merged in the function's order."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.packages import layers
from workbench.packages.builders.builders import Builders
from workbench.packages.cancellation import CheckPoint, StepHandler
from workbench.packages.content import unzipped_size_bytes
from workbench.packages.folders import PackageFolders, Placed
from workbench.packages.layers import PublishedLayers
from workbench.packages.limits import check_sizes
from workbench.packages.store import Entry, Note
from workbench.packages.targets import Target


class LaidOutLayers(msgspec.Struct, frozen=True, kw_only=True):
    """The merged layers; `path` is None without any."""

    path: Path | None = None
    sizes_bytes: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    source_folder: str = ""


class LayerPackages:
    """Prepares layers in the store of `folders`. `published` finds published layers on this machine. Use it on one event loop."""

    def __init__(self, folders: PackageFolders, builders: Builders, published: PublishedLayers) -> None:
        self._folders = folders
        self._builders = builders
        self._published = published

    async def lay_out(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> LaidOutLayers:
        """Build, unpack and merge a function's layers. Raises what `Packages.prepare` does."""
        if not function.layers:
            return LaidOutLayers()
        located = await asyncio.to_thread(layers.locate, function.layers, self._published)
        placed = [await self._layer(function, target, position, source, progress)
                  for position, source in zip(located.positions, located.sources, strict=True)]
        sizes = tuple([each.size_bytes for each in placed])
        notices = located.notices + tuple(notice for each in placed for notice in each.notices)
        unreadable = tuple(name for each in placed for name in each.unreadable)
        # Refuse before up to five layers are copied together. A single layer is used as it is and is checked with the code.
        if len(placed) > 1:
            check_sizes(function.name, 0, sizes)
        path = await self._merged(placed) if len(placed) > 1 else placed[0].path if placed else None
        only = str(located.sources[0]) if len(placed) == 1 and located.sources[0].is_dir() else ""
        return LaidOutLayers(path=path, sizes_bytes=sizes, notices=notices, unreadable=unreadable, source_folder=only)

    async def _layer(self, function: FunctionConfiguration, target: Target, position: int, source: Path,
                     progress: StepHandler) -> Placed:
        build = function.layer_builds[position] if position < len(function.layer_builds) else None
        built = await self._builders.layer(function, target, source, build, progress) if source.is_dir() else None
        if built is not None:
            return built
        if source.is_file():
            name = layers.layer_name(function.layers[position], source)
            return await self._folders.of_archive(name, source, progress)
        placed = await self._folders.of_folder(source.name, source)
        notice = layers.unfinished_notice(source)
        return msgspec.structs.replace(placed, notices=(notice, *placed.notices) if notice else placed.notices)

    async def _merged(self, placed: list[Placed]) -> Path:
        # In the function's order, not sorted: later layers replace files of earlier ones.
        key = hashlib.sha256("\n".join(each.identity for each in placed).encode()).hexdigest()
        folders = [each.path for each in placed]
        # Entries of the store never change, so they are hard-linked. A folder of the person's must be copied: editing a
        # hard-linked file would also change the merged layers, whose key would still name the old content.
        linked = [folder.is_relative_to(self._folders.store.folder) for folder in folders]

        def merge(check: CheckPoint) -> Entry:
            with self._folders.store.making() as made:
                layers.merge(folders, made, linked=linked, check=check)
                return self._folders.store.keep("layers", key, made, Note(size_bytes=unzipped_size_bytes(made)))

        return (await self._folders.once("layers", key, merge)).content
