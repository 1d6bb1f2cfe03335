"""Creates the container of an execution environment with Lambda's limits, user and file system, and nothing beyond them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.model.function import FunctionConfiguration, vcpus
from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.model.quotas import PROCESSES_LIMIT
from workbench.sandbox.docker.code import CodePlaces, bootstrap_path
from workbench.sandbox.docker.first_process import LOG_DESCRIPTOR, RUN_FOLDER, SET_BY_ENGINES, shell_command
from workbench.sandbox.docker.init_trace import InitTrace
from workbench.sandbox.docker.user import USER, USERS_FILE
from workbench.sandbox.protocol import SandboxSpec

LOG_DESCRIPTOR_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"
"""Names the descriptor to which AWS's runtime clients write log records, framed, so that one of several lines is one event."""


CPU_PERIOD_US = 20_000
"""CPU time is allotted per 20 ms, as observed on Lambda."""

_MINIMUM_CPU_QUOTA_US = 1_000
TMP = "/tmp"  # noqa: S108, it is the container's
"""The one place that a function may write to. Source: Lambda guide, "Configure ephemeral storage"."""

HOST_NAME = "sandbox.localdomain"
"""The environment's host name, at which telemetry subscribers listen. Source: Lambda guide, "Telemetry API"."""

NO_SHARED_MEMORY = "none"
"""The IPC mode without /dev/shm, as on Lambda: POSIX semaphores fail there with "not implemented", while pipes work."""

FEW_PROCESSES = 32
"""The limit of containers in which one or two processes run. No lower: runc is in a container until it becomes its first process,
and its Go runtime ends with exit code 2 where it cannot have another thread. Of 300 containers with a limit of 2, four ended as
they started; of 240 with 64, none.
"""


class ContainerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the engine must know to create one container. `run_folder`: where our output pipe is, None to attach.

    `mounts` (read-only) and `file_systems` (writable) are folders of this machine by their paths in the container.
    `image_variables`: names of the variables that the image itself sets; `users_file`: mounted at USERS_FILE, "" for nothing.
    `is_tmp_memory`: files in /tmp are charged to the container's memory, as there is no disk for them.
    `tmp_volume` is mounted at /tmp; if it is "", the container gets its own tmpfs there. The CPU share is missing here because
    it applies only from the end of INIT (`DockerSandbox.drain_output`).
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    labels: dict[str, str]
    memory_mb: int
    ephemeral_storage_mb: int
    network_mode: str
    extra_hosts: dict[str, str]
    run_folder: str | None
    has_shell: bool
    init: bool
    process_limit: int = 0
    tmp_volume: str = ""
    is_tmp_memory: bool = True
    image_variables: tuple[str, ...] = ()
    users_file: str = ""
    working_directory: str = TASK_ROOT
    trace: InitTrace | None = None
    mounts: Mapping[str, str] = msgspec.field(default_factory=dict)
    file_systems: Mapping[str, str] = msgspec.field(default_factory=dict)

    def entrypoint(self) -> list[str]:
        """The whole command line. Without a shell it is the runtime's own, which then sees the engine's variables too."""
        if not self.has_shell:
            return list(self.command)
        return shell_command(self.command, unset=self.foreign_variables(), has_pipe=bool(self.run_folder),
                             has_records=LOG_DESCRIPTOR_VARIABLE in self.environment, init=self.init)

    def group_limit_bytes(self) -> int:
        """The group's memory limit. A /tmp in memory is charged to the group, so its whole size is added to the memory size."""
        return (self.memory_mb + (self.ephemeral_storage_mb if self.is_tmp_memory else 0)) * 2**20

    def foreign_variables(self) -> tuple[str, ...]:
        """Names of the variables that only the container engine or the shell sets, which the runtime must not see."""
        return tuple(name for name in SET_BY_ENGINES if name not in self.environment and name not in self.image_variables)


def cpu_quota_us(memory_mb: int, cpus: int) -> int:
    """CPU time per period in µs: the vCPU share of the memory size (128 MB: 0.072), at most the CPUs that the engine has.

    The kernel's minimum of 1 ms is a share of 0.05 vCPU, below Lambda's smallest.
    """
    return max(_MINIMUM_CPU_QUOTA_US, round(min(vcpus(memory_mb), cpus) * CPU_PERIOD_US))


def runtime_command(
    function: FunctionConfiguration, entrypoint: Sequence[str], command: Sequence[str], opt_path: str = ""
) -> tuple[str, ...]:
    """What to run: the image's entry point with the handler as its only argument; for an OS-only runtime, the bootstrap.

    For a function in a container image: the image's entry point and command, each unless ImageConfig overrides it.
    Raises EntrypointInvalid if an OS-only function has no bootstrap that can be started.
    """
    if function.image is not None:
        return (*(function.image.entry_point or entrypoint), *(function.image.command or command))
    if function.runtime.startswith("provided"):
        return (bootstrap_path(function, opt_path),)
    arguments = (function.handler,) if function.handler else tuple(command)
    return (*entrypoint, *arguments)


def working_directory(function: FunctionConfiguration, image_directory: str) -> str:
    """The runtime's working directory: /var/task; for a function in a container image, what ImageConfig or the image says."""
    if function.image is None:
        return TASK_ROOT
    return function.image.working_directory or image_directory or "/"


def container_environment(spec: SandboxSpec) -> dict[str, str]:
    """The environment's variables as a container sees them: Lambda's paths, wherever the folders are on this machine.

    Functions in a container image get no AWS_EXECUTION_ENV and no _HANDLER: Lambda knows neither their runtime nor their handler.
    """
    places = {"LAMBDA_TASK_ROOT": TASK_ROOT, "LAMBDA_RUNTIME_DIR": RUNTIME_ROOT, "AWS_LAMBDA_RUNTIME_API": spec.runtime_api}
    given = dict(spec.environment)
    if spec.function.image is not None:
        for name in ("AWS_EXECUTION_ENV", "_HANDLER"):
            given.pop(name, None)
    return {"TZ": ":UTC", **given, **places}


def log_variables(function: FunctionConfiguration, *, has_pipe: bool) -> dict[str, str]:
    """The variable that tells AWS's runtime clients where to write log records. `has_pipe`: they share our output pipe.

    OS-only runtimes do not have it on Lambda, as environments recorded there show.
    """
    if not has_pipe or function.runtime.startswith("provided"):
        return {}
    return {LOG_DESCRIPTOR_VARIABLE: str(LOG_DESCRIPTOR)}


def create_container(client: Any, plan: ContainerPlan, code: CodePlaces) -> str:
    """Make the container and return its id. Blocking; raises the SDK's errors."""
    created = client.create_container(
        image=plan.image, name=plan.name, entrypoint=plan.entrypoint(), command=[], environment=plan.environment, user=USER,
        working_dir=plan.working_directory, labels=plan.labels,
        # One that joins a pause container's network has that one's host name, and the engine refuses to set another.
        hostname=HOST_NAME if plan.network_mode == "bridge" else None, host_config=_host_config(client, plan, code),
    )
    return str(created["Id"])


def remove_container(client: Any, container: str) -> None:
    """Kill and remove a container with its anonymous volumes. Blocking; raises the SDK's errors."""
    client.remove_container(container, v=True, force=True)


def ulimits(process_limit: int) -> list[Any]:
    """The rlimits of every container: open files, and processes if the engine must be told (`EngineInfo.process_limit`)."""
    from docker.types import Ulimit

    files = Ulimit(name="nofile", soft=PROCESSES_LIMIT, hard=PROCESSES_LIMIT)
    return [files, Ulimit(name="nproc", soft=process_limit, hard=process_limit)] if process_limit else [files]


def address_of(inspected: dict[str, Any]) -> str:
    """A container's own address from its inspection, "" if it has none or more than one."""
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    addresses = [network.get("IPAddress") for network in networks.values() if network.get("IPAddress")]
    return str(addresses[0]) if len(addresses) == 1 else ""


def tmp_mount(volume: str) -> Any:
    """Mount a volume at /tmp without copying the image's files there into it, as Docker does with an empty volume by default."""
    from docker.types import Mount

    return Mount(target=TMP, source=volume, type="volume", no_copy=True)


def _host_config(client: Any, plan: ContainerPlan, code: CodePlaces) -> Any:
    from docker.types import LogConfig

    return client.create_host_config(
        mounts=_mounts(plan, code),
        # "exec" is named because Docker's default for a tmpfs is noexec; functions may run programs from /tmp.
        tmpfs=None if plan.tmp_volume else {TMP: f"rw,exec,nosuid,nodev,size={plan.ephemeral_storage_mb}m,mode=1777"},
        mem_limit=plan.group_limit_bytes(),
        # Memory and swap together: the same number means no swap. With swap, a function would get slow where Lambda kills it.
        memswap_limit=plan.group_limit_bytes(),
        pids_limit=PROCESSES_LIMIT,
        ulimits=ulimits(plan.process_limit),
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],  # else a setuid program in the image would make the function root in its container
        network_mode=plan.network_mode,
        ipc_mode=NO_SHARED_MEMORY,
        extra_hosts=plan.extra_hosts or None,
        init=plan.init,
        # Output comes through our pipe or the attach stream; the engine would keep a second copy on its disk.
        log_config=LogConfig(type="none"),
    )


def _mounts(plan: ContainerPlan, code: CodePlaces) -> list[Any]:
    from docker.types import Mount

    mounts = []
    if code.task:
        mounts.append(Mount(target=TASK_ROOT, source=code.task, type="bind", read_only=True))
    if code.layers:
        mounts.append(Mount(target=LAYER_ROOT, source=code.layers, type="bind", read_only=True))
    if plan.users_file:
        mounts.append(Mount(target=USERS_FILE, source=plan.users_file, type="bind", read_only=True))
    if plan.tmp_volume:
        mounts.append(tmp_mount(plan.tmp_volume))
    if plan.run_folder:
        mounts.append(Mount(target=RUN_FOLDER, source=plan.run_folder, type="bind", read_only=True))
    for target, (source, read_only) in (plan.trace.mounts() if plan.trace else {}).items():
        mounts.append(Mount(target=target, source=source, type="bind", read_only=read_only))
    mounts += [Mount(target=target, source=source, type="bind", read_only=True) for target, source in plan.mounts.items()]
    mounts += [Mount(target=target, source=source, type="bind") for target, source in plan.file_systems.items()]
    return mounts
