"""Assemble an engine from this machine's parts, and find out which sandboxes work here and why the others do not."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from workbench.engine.clock import Clock
from workbench.engine.machine_sandboxes import MachineSandboxes
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.service import Engine
from workbench.model.engine_api import SandboxStatus
from workbench.model.failures import SandboxBusy, SandboxUnavailable, WorkspaceError
from workbench.model.function import Architecture, SandboxKind
from workbench.packages.build_variables import ALLOWED_FILE, allowed_files, build_variables
from workbench.packages.package import Packages
from workbench.runtimes.catalogue import base_image
from workbench.runtimes.interpreters import Interpreters
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.isolated.builds import BubbledBuilds
from workbench.sandbox.isolated.probe import isolated_status
from workbench.sandbox.on_demand import ProviderOnDemand
from workbench.sandbox.protocol import SandboxProvider
from workbench.storage.cache_home import cache_home
from workbench.workspace.locating.locate import check_is_text
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import APPLICATION


def build_engine(
    root: Path, state_directory: Path, options: Options | None = None, *, data: Path | None = None, clock: Clock | None = None,
) -> Engine:
    """An engine for a workspace, with all kinds of sandbox, not yet started. Raises WorkspaceError for a folder it cannot serve.

    `options`: the template and values given with a command; None for the workspace's own. `data`: where history is kept; None
    for `.workbench` in the workspace.
    """
    check_is_text(root)
    if not root.is_dir():
        raise WorkspaceError(f"There is no folder {root}.", "Name a SAM project folder with -w.")
    engine_id = str(uuid.uuid4())
    interpreters = Interpreters()

    # These closures read `engine`, which is assigned last: they are called only once the engine has been started.
    def launcher() -> Launcher:
        return Launcher(interpreters, venv_packages=lambda: engine.settings.in_force.venv_packages,
                        uses_own=lambda function: engine.trust.uses_own_interpreter(function))

    def process() -> SandboxProvider:
        from workbench.sandbox.process.provider import ProcessSandboxProvider

        return ProcessSandboxProvider(launcher(), orphans_file=process_file)

    def isolated() -> SandboxProvider:
        from workbench.sandbox.isolated.provider import IsolatedSandboxProvider

        return IsolatedSandboxProvider(launcher(), cache=isolated_folder(), orphans_file=isolated_file)

    def docker() -> SandboxProvider:
        from workbench.sandbox.docker.provider import DockerSandboxProvider

        return DockerSandboxProvider(engine_id=engine_id, state_folder=state_directory, image_for=image_for)

    def published(arn: str) -> Path | None:
        return engine.resources.layers.content(arn)

    def image_for(runtime: str, _: Architecture) -> str | None:
        return engine.settings.in_force.images.get(runtime) or base_image(runtime)

    process_file, isolated_file = state_directory / "runtimes.json", state_directory / "isolated.json"
    allowed = own_sdks().with_name(ALLOWED_FILE)
    isolation = BubbledBuilds(root, allowed_files(allowed))
    packages = Packages(packages_folder(), published=published, variables=build_variables(os.environ, allowed),
                        own_sdks=own_sdks(), isolation=isolation)
    providers: dict[SandboxKind, SandboxProvider] = {
        "process": ProviderOnDemand("process", process, left=process_file),
        "isolated": ProviderOnDemand("isolated", isolated, left=isolated_file),
        "docker": ProviderOnDemand("docker", docker, left=state_directory / "docker")}
    machine = MachineSandboxes(engine_id, providers, probe_sandboxes)
    workspace = ServedWorkspace(root, state_directory, options or Options(), _checked, data)
    engine = Engine(workspace, machine, packages, clock)
    return engine


def _checked(operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check what a template declares as the API checks a request. The API's model is read only for this."""
    from workbench.gateway.wire.documents import declared

    return declared(operation, parameters)


def packages_folder() -> Path:
    """The package cache, shared by all of this person's engines."""
    return cache_home() / "packages"


def isolated_folder() -> Path:
    """The files that isolated sandboxes use, shared by all of this person's engines."""
    return cache_home() / "isolated"


def own_sdks() -> Path:
    """The person's own list of the SDKs that runtimes bring, in the form of `resources/runtime_sdks.json`."""
    return Path(platformdirs.user_config_dir(APPLICATION, appauthor=False)) / "runtime_sdks.json"


async def probe_sandboxes() -> tuple[SandboxStatus, ...]:
    """Which kinds of sandbox can be used now, and why the others cannot. Blocking checks run in threads."""
    process = SandboxStatus(kind="process", available=True, detail="Local processes, without isolation")
    isolated, docker = await asyncio.gather(asyncio.to_thread(isolated_status), _docker_status())
    return isolated, process, docker


async def _docker_status() -> SandboxStatus:
    try:
        engine = await asyncio.to_thread(find_engine)
    except SandboxUnavailable as error:
        is_busy = isinstance(error, SandboxBusy)
        return SandboxStatus(kind="docker", available=False, detail=error.message, hint=error.hint, is_busy=is_busy)
    return SandboxStatus(kind="docker", available=True, detail=engine.sentence())
