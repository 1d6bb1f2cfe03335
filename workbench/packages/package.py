"""Prepare a function's deployment package and layers on this machine before an environment starts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError, ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.packages import layers
from workbench.packages.archive import is_archive
from workbench.packages.build_runner import BuildIsolation, IsolatedRunner, PlainRunner
from workbench.packages.build_variables import build_variables
from workbench.packages.builders.builders import Builders
from workbench.packages.builders.unbuilt import unbuilt_notice
from workbench.packages.builds import Builds
from workbench.packages.cancellation import StepHandler
from workbench.packages.code_rules import MODULES, code_rules, rules_over, without_modules
from workbench.packages.dependencies import Dependencies
from workbench.packages.dependency_lists import DependencyLists
from workbench.packages.folders import PackageFolders, Placed
from workbench.packages.inline import inline_files
from workbench.packages.layer_packages import LayerPackages
from workbench.packages.layers import PublishedLayers
from workbench.packages.leases import Leases
from workbench.packages.limits import check_sizes, zipped_notice
from workbench.packages.local_dependencies import local_dependencies
from workbench.packages.node_surroundings import sees_more_than_lambda
from workbench.packages.ruby_gems import RubyGems
from workbench.packages.runtime_sdks import RuntimeSdks
from workbench.packages.store import LEASES, Store
from workbench.packages.targets import Target

_ARCHIVES = (".zip", ".jar")


class BuiltPackage(msgspec.Struct, frozen=True, kw_only=True):
    """The folders of this machine that become /var/task, /opt and /var/runtime. Do not write to them.

    `opt_path` is "" without layers. `runtime_path` holds the SDK that the runtime includes, "" if it is not needed or could not
    be installed; in the latter case `retry_after_s` is when to try again, else None. Sizes are unzipped, as Lambda counts them;
    `zipped_size_bytes` is None unless the code is a .zip. `notices` are sentences for the person. `unreadable` are files that
    Lambda's user may not read. `source_folder` is the person's folder with the code, `layer_folder` that of the only layer, ""
    for none. `handler` ("" for unchanged) and `variables` are what a build changes.
    """

    code_path: str
    opt_path: str = ""
    runtime_path: str = ""
    handler: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    retry_after_s: float | None = None
    notices: tuple[str, ...] = ()
    code_size_bytes: int = 0
    layer_sizes_bytes: tuple[int, ...] = ()
    zipped_size_bytes: int | None = None
    unreadable: tuple[str, ...] = ()
    source_folder: str = ""
    layer_folder: str = ""

    def of(self, function: FunctionConfiguration) -> FunctionConfiguration:
        """The function as a sandbox expects it: its code is a folder, and its layers are at most one folder."""
        return msgspec.structs.replace(
            function, code_path=self.code_path, layers=(self.opt_path,) if self.opt_path else (),
            # A build's variables go last: its NODE_OPTIONS already contains the function's own value.
            handler=self.handler or function.handler, environment={**function.environment, **dict(self.variables)})


class Packages:
    """Prepares packages in one cache folder, which several programs may share. Use it on one event loop.

    `published` finds published layers on this machine. `variables` is the environment for builds and package managers, None for
    what `build_variables` lets through of ours. `isolation` restricts builds to the folders they need, None to run them as
    ordinary processes. `own_sdks` is the path of the person's list of the SDKs that runtimes include; None for no SDKs at all.
    """

    def __init__(self, cache: Path, *, published: PublishedLayers = layers.none_published,
                 variables: Mapping[str, str] | None = None, own_sdks: Path | None = None,
                 isolation: BuildIsolation | None = None) -> None:
        self.store = Store(cache)
        self._leases = Leases(cache / LEASES)
        self._in_use: dict[tuple[str, SandboxKind], tuple[frozenset[str], frozenset[str]]] = {}
        self._holding = asyncio.Lock()
        passed = build_variables(os.environ) if variables is None else dict(variables)
        self._folders = PackageFolders(self.store)
        builds = Builds(self.store, runner=IsolatedRunner(isolation, self.store) if isolation is not None else PlainRunner())
        self.failures = builds.failures
        dependencies = Dependencies(builds)
        self._lists = DependencyLists(dependencies, self._folders.hashes, passed)
        self._builders = Builders(builds, dependencies, self._lists, passed)
        self._layers = LayerPackages(self._folders, self._builders, published)
        self._sdks = RuntimeSdks(dependencies, self._lists.platform, own_sdks, passed, RubyGems(self.store, passed))

    async def prepare(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> BuiltPackage:
        """Unpack, merge and build what is needed. Call it again when code or layers have changed; quick if nothing has.

        Raises ServiceError in Lambda's words for what Lambda refuses, DependencyError when a package manager fails, NotTrusted
        for a build in an untrusted folder, WorkspaceError when the code is missing, and SandboxError for a failure of the disk.
        Cancelling leaves nothing behind.
        """
        if function.image is not None:
            return BuiltPackage(code_path=function.code_path)
        layers.check_references(function.layers)
        try:
            # Errors with words of their own pass through. What is left is a disk that is full, or files that cannot be read.
            package = await self._prepared(function, target, progress)
            await self._hold((function.name, target.sandbox), package)
            return package
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise SandboxError(f"The package of {function.name} could not be prepared: {place}{error.strerror or error}.",
                               f"Check that it can be read and that the disk of {self.store.folder} has space.") from error

    async def close(self) -> None:
        """Release all entries of the cache."""
        self._in_use.clear()
        await asyncio.to_thread(self._leases.release)

    async def _hold(self, user: tuple[str, SandboxKind], package: BuiltPackage) -> None:
        """Protect the package's entries from being cleared, and its previous ones: an invocation may still be running in them."""
        paths = (package.code_path, package.opt_path, package.runtime_path)
        names = frozenset(filter(None, [self.store.name_of(Path(path)) for path in paths if path]))
        current, before = self._in_use.get(user, (frozenset(), frozenset()))
        # Preparing the same package again must not push the previous one out: environments may still run in it.
        self._in_use[user] = (names, before if names == current else current)
        # One writer at a time. Two functions prepared at once could otherwise write their leases in reverse order, and the older
        # set, which lacks the other's entries, would remain.
        async with self._holding:
            held = frozenset(name for pair in self._in_use.values() for each in pair for name in each)
            await asyncio.to_thread(self._leases.hold, held)

    def places_beside(self, function: FunctionConfiguration) -> tuple[Path, ...]:
        """Files and folders outside the code that go into the package: a change to them changes the function.

        For any thread. Blocks.
        """
        if function.image is not None:
            return ()
        return (*local_dependencies(function), *self._builders.outside(Path(function.code_path)))

    async def _prepared(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> BuiltPackage:
        code = await self._code(function, target, progress)
        opt = await self._layers.lay_out(function, target, progress)
        check_sizes(function.name, code.size_bytes, opt.sizes_bytes)
        # After the check of the sizes, because the SDK belongs to the runtime and does not count toward them. It comes last
        # because code and layers, once laid out, are searched for imports of it.
        sdk = await self._sdks.ensure(function, target, [path for path in (code.path, opt.path) if path], progress)
        zipped_bytes = await asyncio.to_thread(_zipped_size_bytes, function)
        zipped = zipped_notice(Path(function.code_path).name, zipped_bytes or 0)
        return BuiltPackage(
            code_path=str(code.path), opt_path=str(opt.path) if opt.path else "",
            runtime_path=str(sdk.path) if sdk.path else "", retry_after_s=sdk.retry_after_s,
            notices=tuple(filter(None, [*code.notices, zipped, *opt.notices, *sdk.notices])),
            handler=code.handler, variables=code.variables,
            code_size_bytes=code.size_bytes, layer_sizes_bytes=opt.sizes_bytes, zipped_size_bytes=zipped_bytes,
            unreadable=code.unreadable + opt.unreadable, source_folder=_source_folder(function), layer_folder=opt.source_folder)

    async def _code(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> Placed:
        if function.inline_code:
            return await self._folders.of_text(function.name, inline_files(function))
        source = Path(function.code_path)
        if source.is_dir():
            return await self._folder(function, target, source, progress)
        if not source.is_file():
            raise WorkspaceError(f"The code {source} of {function.name} does not exist.", "Correct CodeUri in the template.")
        if source.suffix.lower() in _ARCHIVES or await asyncio.to_thread(is_archive, source):
            return await self._folders.of_archive(function.name, source, progress)
        return await self._folders.of_file(function.name, source)

    async def _folder(self, function: FunctionConfiguration, target: Target, source: Path, progress: StepHandler) -> Placed:
        built = await self._builders.function(function, target, progress)
        if built is not None:
            return built
        entry, notices = await self._lists.installed(function, target, source, progress)
        rules = rules_over(function, installed=entry is not None)
        may_stay = not await asyncio.to_thread(sees_more_than_lambda, function, target, source)
        try:
            placed = await self._folders.of_folder(function.name, source, rules, dependencies=entry, may_stay=may_stay)
        # A folder is refused only for its size.
        except ServiceError as error:
            placed = await self._without_modules(function, target, source, progress, error)
        unbuilt = await asyncio.to_thread(unbuilt_notice, function, source)
        return msgspec.structs.replace(placed, notices=(*notices, *placed.notices, *filter(None, [unbuilt])))

    async def _without_modules(self, function: FunctionConfiguration, target: Target, source: Path, progress: StepHandler,
                               refused: ServiceError) -> Placed:
        """The package with freshly installed packages in place of a node_modules that makes the folder too large for Lambda.

        `sam build` always installs anew. Raises `refused` when node_modules is not the cause.
        """
        if not (source / MODULES).is_dir():
            raise refused
        entry, _ = await self._lists.installed(function, target, source, progress, take_installed=False)
        if entry is None:
            raise refused
        rules = without_modules(code_rules(function))
        placed = await self._folders.of_folder(function.name, source, rules, dependencies=entry)
        notice = (f"With the {MODULES} in its folder, {function.name} is larger than Lambda accepts; what package.json lists was "
                  "installed without development dependencies, as sam build does.")
        return msgspec.structs.replace(placed, notices=(*placed.notices, notice))


def _zipped_size_bytes(function: FunctionConfiguration) -> int | None:
    """The size of the code if it is a .zip, else None."""
    source = Path(function.code_path)
    is_zip = not function.inline_code and source.suffix.lower() in _ARCHIVES and source.is_file()
    return source.stat().st_size if is_zip else None


def _source_folder(function: FunctionConfiguration) -> str:
    source = Path(function.code_path)
    if function.inline_code or source.suffix.lower() in _ARCHIVES:
        return ""
    return str(source if source.is_dir() else source.parent)
