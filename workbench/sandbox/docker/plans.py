"""Plans the container of an environment and those of its extensions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.model.lambda_folders import LAYER_ROOT
from workbench.sandbox.docker.container import (
    ContainerPlan,
    container_environment,
    log_variables,
    runtime_command,
    working_directory,
)
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.init_trace import InitTrace
from workbench.sandbox.docker.places import Place
from workbench.sandbox.extension_variables import extension_variables
from workbench.sandbox.file_systems import mounted_folders
from workbench.sandbox.protocol import SandboxSpec


def container_plan(
    spec: SandboxSpec, image: ImageFacts, engine: EngineInfo, *, name: str, labels: Mapping[str, str], place: Place,
    is_tmp_memory: bool, hosts: dict[str, str], run_folder: Path | None, trace: InitTrace | None,
) -> ContainerPlan:
    """The plan of the runtime's container. `hosts`: names to add if the container has its own network. Blocking.

    Raises EntrypointInvalid if there is nothing to start, SandboxError if the folder of a file system is missing.
    """
    function = spec.function
    return ContainerPlan(
        name=name,
        image=image.identifier,
        command=runtime_command(function, image.entrypoint, image.command, spec.opt_path),
        environment={**container_environment(spec), **log_variables(function, has_pipe=run_folder is not None),
                     **(trace.variables() if trace else {})},
        labels={**labels, "workbench.environment": spec.environment_id},
        memory_mb=function.memory_mb,
        ephemeral_storage_mb=function.ephemeral_storage_mb,
        tmp_volume=place.volume,
        is_tmp_memory=is_tmp_memory,
        network_mode=place.network_mode,
        extra_hosts={} if place.address else hosts,  # a pause container has them already, for all that join it
        run_folder=str(run_folder) if run_folder else None,
        has_shell=image.has_shell,
        init=engine.has_init,
        process_limit=engine.process_limit,
        working_directory=working_directory(function, image.working_directory),
        trace=trace,
        image_variables=image.variables,
        users_file=spec.runtime_plan.opaque["users"],
        mounts=spec.mounts,
        file_systems=mounted_folders(function),
    )


def extension_plan(plan: ContainerPlan, name: str) -> ContainerPlan:
    """The plan of an extension's container, derived from that of its runtime."""
    command = (f"{LAYER_ROOT}/extensions/{name}",)
    return msgspec.structs.replace(
        plan, command=command, environment=extension_variables(plan.environment), working_directory=LAYER_ROOT)
