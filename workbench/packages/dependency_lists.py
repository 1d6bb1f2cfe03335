"""Find the list of dependencies that applies to a folder of code, and install what it lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import NotTrusted, SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.packages.builders.building import skips_build
from workbench.packages.cancellation import StepHandler
from workbench.packages.content import ContentHashes
from workbench.packages.dependencies import Dependencies, Listed, Plan
from workbench.packages.mirror import package_hash
from workbench.packages.node_packages import node_plan, node_project
from workbench.packages.node_projects import PACKAGE, NodeProject
from workbench.packages.package_manager import output_of
from workbench.packages.plain_lists import refuse_unusual, refuse_variables, unusual_packages, unusual_requirements
from workbench.packages.python_packages import REQUIREMENTS, local_paths, python_files, python_plan, satisfied_by_venv
from workbench.packages.store import Entry
from workbench.packages.targets import Target, language
from workbench.packages.uv_projects import (
    EXPORTED,
    PYPROJECT,
    asks_for_uv,
    export_plan,
    find_uv,
    project_files,
    requirements_of,
    unlisted_notice,
)

_TAGS = {
    "python": ("-I", "-S", "-c", "import sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform())"),
    "nodejs": ("-p", "`${process.platform}-${process.arch}-${process.versions.modules}`"),
}
"""What decides whether native code loads: CPython's cache tag and platform, Node.js's ABI (NODE_MODULE_VERSION). -I and -S keep
modules and .pth files of the folder and of site-packages from running for this question."""


class DependencyLists:
    """Installs what lists ask for. `variables` is the environment for package managers. Use it on one event loop."""

    def __init__(self, dependencies: Dependencies, hashes: ContentHashes, variables: Mapping[str, str]) -> None:
        self._dependencies = dependencies
        self._hashes = hashes
        self._variables = dict(variables)
        self._tags: dict[tuple[str, int], str] = {}

    async def installed(self, function: FunctionConfiguration, target: Target, code: Path, progress: StepHandler, *,
                        take_installed: bool = True) -> tuple[Entry | None, tuple[str, ...]]:
        """The entry with what is listed in `code` and not there yet, None if there is nothing to install; and notices.

        `take_installed`: use a node_modules that is beside the code instead of installing anew.

        Raises DependencyError when the installation fails, SandboxError when the function's interpreter does not run, and
        NotTrusted for a list that asks for more than plain packages in an untrusted folder.
        """
        family, _ = language(function.runtime)
        if skips_build(function.build):
            return None, ()
        if family == "python":
            return await self._of_python(function, target, code, progress)
        if family == "nodejs":
            return await self._of_node(function, target, code, progress, take_installed)
        return None, ()

    async def _of_python(self, function: FunctionConfiguration, target: Target, code: Path,
                         progress: StepHandler) -> tuple[Entry | None, tuple[str, ...]]:
        files = await self._python_files(function, target, code, progress)
        if not files:
            notice = await asyncio.to_thread(unlisted_notice, function, code)
            return None, (notice,) if notice else ()
        if target.is_local and target.venv_packages:
            environment = await asyncio.to_thread(satisfied_by_venv, target.interpreter, files)
            if environment is not None:
                return None, (f"The dependencies of {function.name} come from the virtual environment {environment}.",)
        if not target.trusted:
            refuse_unusual(function, REQUIREMENTS, unusual_requirements(files))
        refuse_variables(function, files, self._variables)
        # The list names local packages by path only, so their content must be part of the key.
        own = await asyncio.to_thread(lambda: [self._hashes.of(path) for path in local_paths(code, files)])
        platform = " ".join((await self.platform(function, target, "python"), *own, *_left_out(target)))
        listed = Listed(kind="python", name=REQUIREMENTS, files=files, platform=platform)
        there = msgspec.structs.replace(function, code_path=str(code))
        return await self._ensure(function, listed, lambda: python_plan(there, target, files, self._variables), progress)

    async def _python_files(self, function: FunctionConfiguration, target: Target, code: Path,
                            progress: StepHandler) -> Mapping[str, bytes]:
        if not asks_for_uv(function):
            return await asyncio.to_thread(_listed_files, code, REQUIREMENTS)
        listed = await asyncio.to_thread(requirements_of, code)
        if not listed and not target.trusted and (code / PYPROJECT).is_file():
            # Before looking for uv: nobody should install a tool just to be told then that the folder is not trusted.
            raise NotTrusted(f"uv would read {PYPROJECT} of {function.name}, and what that names may be built on this machine.")
        find_uv(function, self._variables)
        if listed:
            return await asyncio.to_thread(_listed_files, code, listed)
        files = await asyncio.to_thread(project_files, code)
        return await self._exported(function, target, code, files, progress) if files else {}

    async def _exported(self, function: FunctionConfiguration, target: Target, code: Path, files: Mapping[str, bytes],
                        progress: StepHandler) -> Mapping[str, bytes]:
        """The requirements that uv exports from a project."""
        there = msgspec.structs.replace(function, code_path=str(code))
        # The path counts because sources named by relative paths are read from the project in place (`export_plan`).
        platform = f"{await self.platform(function, target, 'python')} {code}"
        listed = Listed(kind="uv-lists", name=PYPROJECT, files=files, platform=platform,
                        subject=f"the list of what {PYPROJECT} of {function.name} needs", is_list=True)

        async def plan() -> Plan:
            return export_plan(there, target, files, self._variables)

        entry = await self._dependencies.ensure(function.name, listed, plan, progress)
        return {REQUIREMENTS: await asyncio.to_thread((entry.content / EXPORTED).read_bytes)}

    async def _of_node(self, function: FunctionConfiguration, target: Target, code: Path,
                       progress: StepHandler, take_installed: bool) -> tuple[Entry | None, tuple[str, ...]]:
        strict = function.build is not None and function.build.properties.get("UseNpmCi") is True
        project = await asyncio.to_thread(lambda: node_project(code, use_npm_ci=strict, take_installed=take_installed))
        if project is None:
            return None, ()
        if not target.trusted:
            refuse_unusual(function, PACKAGE, unusual_packages(project))
        refuse_variables(function, project.files, self._variables)
        files = {**project.files, **await asyncio.to_thread(_contents, project)}
        platform = await self._node_platform(function, target, project, strict)
        listed = Listed(kind="nodejs", name=PACKAGE, files=files, platform=platform)

        async def plan() -> Plan:
            planned = node_plan(function, target, project, self._variables, use_npm_ci=strict)
            return planned if project.workspace_root else msgspec.structs.replace(planned, source=str(code))

        return await self._ensure(function, listed, plan, progress)

    async def _node_platform(self, function: FunctionConfiguration, target: Target, project: NodeProject, strict: bool) -> str:
        platform = await self.platform(function, target, "nodejs")
        # Where the function is among its workspaces decides what npm puts into which node_modules.
        return " ".join((platform, *_left_out(target), *(["ci"] if strict else []), f"in {project.code}" if project.code else ""))

    async def _ensure(self, function: FunctionConfiguration, listed: Listed, plan: Callable[[], Awaitable[Plan]],
                      progress: StepHandler) -> tuple[Entry, tuple[str, ...]]:
        entry = await self._dependencies.ensure(function.name, listed, plan, progress)
        return entry, entry.note.notices

    async def platform(self, function: FunctionConfiguration, target: Target, family: str) -> str:
        """What decides which packages fit where the function runs: runtime and architecture, or the tag of a local interpreter.

        Raises SandboxError when that interpreter does not work.
        """
        if not target.is_local:
            return f"{function.runtime} {function.architecture}"
        interpreter = Path(target.interpreter)
        try:
            # With its time of change: an interpreter that was upgraded in place has another ABI under the same path.
            key = (target.interpreter, interpreter.stat().st_mtime_ns)
        except OSError as error:
            raise SandboxError(f"The interpreter {interpreter} does not exist.", "Reinstall it.") from error
        if key not in self._tags:
            command = (target.interpreter, *_TAGS[family])
            tag = await output_of(command, folder=interpreter.parent, variables=self._variables)
            if tag is None:
                raise SandboxError(f"The interpreter {interpreter} does not run.", "Reinstall it.")
            self._tags[key] = tag
        return self._tags[key]


def _listed_files(code: Path, name: str) -> dict[str, bytes]:
    """The files of `python_files`. Raises DependencyError for a list that includes itself."""
    from workbench.packages.circular_lists import check_includes

    files = python_files(code, name)
    if files:
        check_includes(code / name)
    return files


def _contents(project: NodeProject) -> dict[str, bytes]:
    """Hashes of the local packages, whose content decides the result too."""
    return {f"content of {place}": package_hash(path).encode() for place, path in project.folders.items()}


def _left_out(target: Target) -> tuple[str, ...]:
    """What distinguishes an untrusted folder's packages: installed without scripts, they may differ from the trusted ones."""
    return () if target.trusted else ("without scripts",)
