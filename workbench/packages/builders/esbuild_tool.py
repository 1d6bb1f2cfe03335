"""Find the esbuild to use: the project's own, one on PATH, or one installed once from npm."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from workbench.packages.build_failures import DependencyError
from workbench.packages.builders.building import Asked
from workbench.packages.cancellation import StepHandler
from workbench.packages.dependencies import Dependencies, Listed, Plan
from workbench.packages.list_files import read_list_if_there
from workbench.packages.node_packages import node_plan
from workbench.packages.node_projects import NodeProject, read_document
from workbench.packages.targets import Target
from workbench.resource_files import resource_path

_LEVELS_UP = 6


class FoundEsbuild(msgspec.Struct, frozen=True, kw_only=True):
    """The folder with the program. `identity` distinguishes it from other versions; `version` is "" if unknown."""

    folder: Path
    identity: str
    version: str = ""
    notices: tuple[str, ...] = ()


class EsbuildTool:
    """Finds esbuild, and the Node.js to run npm with. `variables` is the environment of tools, including PATH."""

    def __init__(self, dependencies: Dependencies, variables: Mapping[str, str]) -> None:
        self._dependencies = dependencies
        self._variables = variables

    def machine(self, asked: Asked) -> Target:
        """This machine as the target to install for. Raises DependencyError when Node.js or npm is missing. Blocks."""
        found = asked.target.interpreter or shutil.which("node", path=self._variables.get("PATH")) or ""
        if not found or (not asked.target.interpreter and shutil.which("npm", path=self._variables.get("PATH")) is None):
            raise DependencyError(f"{asked.name} is bundled with esbuild, which needs Node.js with npm on this machine.",
                                  "Install Node.js (nodejs.org), or run sam build elsewhere and open .aws-sam/build.")
        return Target(sandbox="process", interpreter=found, trusted=asked.target.trusted)

    def variables(self, asked: Asked) -> dict[str, str]:
        """The environment for tools, with the npm and Node.js of the function's interpreter first on PATH."""
        folder = str(Path(self.machine(asked).interpreter).parent)
        return {**self._variables, "PATH": os.pathsep.join(filter(None, (folder, self._variables.get("PATH", ""))))}

    async def find(self, asked: Asked, modules: Path | None, progress: StepHandler) -> FoundEsbuild:
        """The esbuild to use. Raises DependencyError when none is found and npm cannot install one."""
        for folder in self._places(asked, modules):
            program = shutil.which("esbuild", path=str(folder))
            if program is not None:
                return _found(folder, Path(program))
        return await self._installed(asked, progress)

    def _places(self, asked: Asked, modules: Path | None) -> Iterator[Path]:
        if modules is not None:
            yield modules / ".bin"
        for folder in (asked.source, *list(asked.source.parents)[:_LEVELS_UP]):
            yield folder / "node_modules" / ".bin"
        yield from (Path(folder) for folder in self._variables.get("PATH", "").split(os.pathsep) if folder)

    async def _installed(self, asked: Asked, progress: StepHandler) -> FoundEsbuild:
        version = msgspec.json.decode(resource_path("build_tools.json").read_bytes())["esbuild"]
        project = NodeProject(code="", files={"package.json": json.dumps({"dependencies": {"esbuild": version}}).encode()})
        here = await asyncio.to_thread(self.machine, asked)
        # npm installs the esbuild program of the platform that its own Node.js was built for.
        listed = Listed(kind="tools", name="", files=project.files, platform=f"{here.interpreter} {os.name}",
                        subject=f"esbuild {version} (the project brings none)")

        async def plan() -> Plan:
            return node_plan(asked.function, here, project, self._variables)

        entry = await self._dependencies.ensure(asked.name, listed, plan, progress)
        folder = entry.content / "node_modules" / ".bin"
        notice = (f"{asked.name} is bundled by esbuild {version} from this program's cache, because neither its packages nor "
                  "PATH provide one; sam build needs one of them.")
        return FoundEsbuild(folder=folder, identity=f"esbuild {version}", version=version, notices=(notice,))


def _found(folder: Path, program: Path) -> FoundEsbuild:
    status = program.stat()
    manifest = folder.parent / "esbuild" / "package.json"
    version = str(read_document(read_list_if_there(manifest)).get("version", ""))
    return FoundEsbuild(folder=folder, version=version,
                        identity=f"{os.path.realpath(program)} {version} {status.st_mtime_ns} {status.st_size}")
