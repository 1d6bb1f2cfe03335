"""What a function's deployment package and its layers become on this machine before an environment starts."""

from __future__ import annotations

import asyncio
import hashlib
import os
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.packages import layers
from workbench.packages.archive import is_archive, unpack
from workbench.packages.builds import Builds
from workbench.packages.content import NOT_CODE, ContentHashes, unzipped_size_bytes
from workbench.packages.dependencies import Dependencies
from workbench.packages.dependency_lists import DependencyLists
from workbench.packages.layers import PublishedLayers
from workbench.packages.limits import check_sizes, not_a_package, zipped_notice
from workbench.packages.runtime_sdks import RuntimeSdks
from workbench.packages.stage import staged
from workbench.packages.store import Entry, Note, Store
from workbench.packages.targets import Target
from workbench.packages.work import CheckPoint, Step, StepHandler, in_thread


class PreparedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """Folders of this machine that stand for /var/task and /opt; `opt_path` is "" without layers. Do not write there.

    `runtime_path` is the folder that stands for /var/runtime: the SDK that the runtime brings, "" where it is not needed or could
    not be installed; then `retry_after_s` says when it is worth another try. Sizes as Lambda counts them, unzipped;
    `zipped_size_bytes` is None for a folder. `notices` are sentences to say aloud.
    """

    code_path: str
    opt_path: str = ""
    runtime_path: str = ""
    retry_after_s: float | None = None
    notices: tuple[str, ...] = ()
    code_size_bytes: int = 0
    layer_sizes_bytes: tuple[int, ...] = ()
    zipped_size_bytes: int | None = None

    def of(self, function: FunctionConfiguration) -> FunctionConfiguration:
        """The function as a sandbox takes it: its code a folder, its layers at most one folder."""
        return msgspec.structs.replace(function, code_path=self.code_path, layers=(self.opt_path,) if self.opt_path else ())


class _Code(msgspec.Struct, frozen=True, kw_only=True):
    """The code as a folder."""

    path: Path
    size_bytes: int
    zipped_size_bytes: int | None = None
    notices: tuple[str, ...] = ()


class _Opt(msgspec.Struct, frozen=True, kw_only=True):
    """The layers as a folder, None without any."""

    path: Path | None = None
    sizes_bytes: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()


class Packages:
    """Prepares packages with one cache folder, which several programs may share. Lives on one event loop.

    `published` knows the published layers of this machine; `variables` is the environment for package managers and their PATH;
    `own_sdks`: where the person's own list of the SDKs that runtimes bring may be; None: they bring none.
    """

    def __init__(self, cache: Path, *, published: PublishedLayers = layers.none_published,
                 variables: Mapping[str, str] | None = None, own_sdks: Path | None = None) -> None:
        self.store = Store(cache)
        self._published = published
        self._variables = dict(os.environ if variables is None else variables)
        self._hashes = ContentHashes()
        dependencies = Dependencies(Builds(self.store))
        self._lists = DependencyLists(dependencies, self._hashes, self._variables)
        self._sdks = RuntimeSdks(dependencies, self._lists.platform, own_sdks, self._variables)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def prepare(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> PreparedPackage:
        """Unpack, merge and build what is needed; quick when nothing changed. Call it again when code or layers changed.

        Raises ServiceError in Lambda's words for what Lambda refuses, DependencyError when a package manager fails,
        WorkspaceError when there is no code, SandboxError when the disk does not play along. Cancelling leaves nothing behind.
        """
        if function.image is not None:
            return PreparedPackage(code_path=function.code_path)
        layers.check_references(function.layers)
        try:
            return await self._prepared(function, target, progress)
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise SandboxError(f"The package of {function.name} could not be prepared: {place}{error.strerror or error}.",
                               f"Check that it may be read and that the disk of {self.store.folder} has space.") from error

    async def _prepared(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> PreparedPackage:
        code = await self._code(function, target, progress)
        opt = await self._layers(function, progress)
        check_sizes(function.name, code.size_bytes, opt.sizes_bytes)
        sdk = await self._sdks.ensure(function, target, [path for path in (code.path, opt.path) if path], progress)
        return PreparedPackage(
            code_path=str(code.path), opt_path=str(opt.path) if opt.path else "",
            runtime_path=str(sdk.path) if sdk.path else "", retry_after_s=sdk.retry_after_s,
            notices=code.notices + opt.notices + sdk.notices,
            code_size_bytes=code.size_bytes, layer_sizes_bytes=opt.sizes_bytes, zipped_size_bytes=code.zipped_size_bytes)

    # --- code

    async def _code(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> _Code:
        source = Path(function.code_path)
        if source.is_dir():
            return await self._folder(function, target, source, progress)
        if not source.is_file():
            raise WorkspaceError(f"The code {source} of {function.name} is not there.", "Correct CodeUri in template.yaml.")
        entry = await self._unpacked(source, progress)
        size_bytes = source.stat().st_size
        notices = (*entry.note.notices, *filter(None, [zipped_notice(source.name, size_bytes)]))
        return _Code(path=entry.content, size_bytes=entry.note.size_bytes, zipped_size_bytes=size_bytes, notices=notices)

    async def _folder(self, function: FunctionConfiguration, target: Target, source: Path, progress: StepHandler) -> _Code:
        entry, notices = await self._lists.installed(function, target, source, progress)
        if entry is None:
            return _Code(path=source, size_bytes=await asyncio.to_thread(unzipped_size_bytes, source, NOT_CODE), notices=notices)
        key = hashlib.sha256(f"{source}\0{entry.content}".encode(errors="surrogateescape")).hexdigest()
        async with self._lock(f"stage {key}"):
            stage, size_bytes = await in_thread(lambda check: staged(self.store, key, source, entry, check))
        return _Code(path=stage, size_bytes=size_bytes, notices=notices)

    # --- layers

    async def _layers(self, function: FunctionConfiguration, progress: StepHandler) -> _Opt:
        if not function.layers:
            return _Opt()
        located = await asyncio.to_thread(layers.locate, function.layers, self._published)
        folders = [await self._as_folder(source, progress) for source in located.sources]
        sizes = tuple([size for _, size, _ in folders])
        notices = located.notices + tuple(notice for _, _, said in folders for notice in said)
        if len(folders) < 2:
            return _Opt(path=folders[0][0] if folders else None, sizes_bytes=sizes, notices=notices)
        check_sizes(function.name, 0, sizes)
        path = await self._merged([folder for folder, _, _ in folders])
        return _Opt(path=path, sizes_bytes=sizes, notices=notices)

    async def _as_folder(self, source: Path, progress: StepHandler) -> tuple[Path, int, tuple[str, ...]]:
        if source.is_file():
            entry = await self._unpacked(source, progress)
            return entry.content, entry.note.size_bytes, entry.note.notices
        notice = layers.unfinished_notice(source)
        size_bytes = await asyncio.to_thread(unzipped_size_bytes, source)
        return source, size_bytes, (notice,) if notice else ()

    async def _merged(self, folders: list[Path]) -> Path:
        hashes = await asyncio.to_thread(lambda: [self._hash(folder) for folder in folders])
        key = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
        linked = [folder.is_relative_to(self.store.folder) for folder in folders]

        def merge(check: CheckPoint) -> Entry:
            with self.store.making() as made:
                layers.merge(folders, made, linked=linked, check=check)
                return self.store.keep("layers", key, made, Note(size_bytes=unzipped_size_bytes(made)))

        return (await self._once("layers", key, merge)).content

    def _hash(self, folder: Path) -> str:
        """Entries of the store are named by what they hold."""
        if folder.is_relative_to(self.store.folder):
            return folder.parent.name
        return self._hashes.of(folder)

    # --- both

    async def _unpacked(self, archive: Path, progress: StepHandler) -> Entry:
        if not await asyncio.to_thread(is_archive, archive):
            raise not_a_package(archive.name, "it is no .zip")
        key = await asyncio.to_thread(self._hashes.of, archive)

        def work(check: CheckPoint) -> Entry:
            with self.store.making() as made:
                unpacked = unpack(archive, made, check=check)
                note = Note(size_bytes=unpacked.size_bytes, notices=_left_out_notice(archive, unpacked.left_out))
                return self.store.keep("zip", key, made, note)

        if await asyncio.to_thread(self.store.find, "zip", key) is None:
            progress(Step(stage="package", text=f"Unpacking {archive.name}"))
        return await self._once("zip", key, work)

    async def _once(self, kind: str, key: str, make: Callable[[CheckPoint], Entry]) -> Entry:
        """The entry of the store, made if it is not there, by one at a time."""
        async with self._lock(f"{kind} {key}"):
            found = await asyncio.to_thread(self.store.find, kind, key)
            return found if found is not None else await in_thread(make)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def _left_out_notice(archive: Path, links: tuple[str, ...]) -> tuple[str, ...]:
    if not links:
        return ()
    shown = ", ".join(links[:3]) + (f" and {len(links) - 3} more" if len(links) > 3 else "")
    return (f"Links in {archive.name} that lead out of it were left out: {shown}.",)
