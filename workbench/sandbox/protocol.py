"""What the engine needs of a place where an environment lives. One module beside this one = one kind of sandbox.

All methods run on the engine's event loop and must not block it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.function import FreezeMode, FunctionConfiguration, SandboxKind

OutputHandler = Callable[[bytes], bool | None]
"""Receives raw bytes the runtime wrote to stdout or stderr, in the order they were written, on the engine's loop.

True says that what was written before is still on its way to the disk: it is not to be called again for a moment.
"""


RUNTIME_ONLY_VARIABLES = frozenset({
    "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER", "_LAMBDA_TELEMETRY_LOG_FD",
    "WORKBENCH_DEBUGGER", "WORKBENCH_DEBUGGER_FOLDER",  # ours: what starts a debugger in the runtime
    "WORKBENCH_LAYERS", "WORKBENCH_SITE_PACKAGES",  # ours: where our Python bootstrap lets the function find modules
})
"""Variables that a runtime has and its extensions have not. Source: Lambda guide, "Extensions API", "Environment variables"."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A step of something long: `fraction` from 0 to 1 where it is known."""

    stage: str
    text: str
    fraction: float | None = None


ProgressHandler = Callable[[Progress], None]


class RuntimePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What `prepare` found for a function: what will run it, and what this sandbox cannot hold it to.

    `runs_on` is a sentence part for people ("Python 3.11.7 (asked for 3.12)"); `notices` are full sentences to say aloud.
    `opaque` belongs to the provider (image id, interpreter path). `opt_path`: see `SandboxSpec`. `runtime_path` is the folder of
    this machine with what Lambda's runtime brings in `/var/runtime` (its AWS SDK), "" where that is not there or not needed.
    `is_tmp_memory`: its /tmp takes memory of this machine, and no disk.
    `denies_files`: there are files in the package that its user may not read; they have no permissions at all, which root must
    not pass over.
    """

    runs_on: str
    notices: tuple[str, ...] = ()
    not_enforced: tuple[str, ...] = ()
    opt_path: str = ""
    runtime_path: str = ""
    opaque: Mapping[str, str] = msgspec.field(default_factory=dict)
    denies_files: bool = False
    is_tmp_memory: bool = False


class Address(msgspec.Struct, frozen=True):
    """Where the engine binds an environment's Runtime API, and the host name by which the environment reaches it."""

    bind_host: str
    advertised_host: str


Admits = Callable[[tuple[str, int], tuple[str, int]], bool]
"""Whether a connection comes from the environment, told by its two ends, the caller's first; some milliseconds at most."""


class Listening(msgspec.Struct, frozen=True):
    """A socket that listens for an environment's Runtime API, and the `host:port` by which the environment reaches it.

    `admits` is asked once for each connection, where others than the environment can reach the socket.
    """

    socket: socket.socket
    runtime_api: str
    admits: Admits | None = None


class SandboxSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One environment to be made. `environment` is complete: reserved variables, credentials and the function's own.

    `opt_path` is the folder that is `/opt` in the environment (the function's layers, merged), "" without layers. Executable
    files in its `extensions` folder are the external extensions. All sandboxes of one `environment_id` (there is a new one
    after every reset, never two at a time) have the same `/tmp`, until `SandboxProvider.release`. `mounts` are folders of this
    machine that a container has read-only, by their places in it; a process finds them where they are.
    """

    environment_id: str
    engine_id: str
    function: FunctionConfiguration
    runtime_plan: RuntimePlan
    environment: Mapping[str, str]
    runtime_api: str
    opt_path: str = ""
    freeze: FreezeMode = "on"
    mounts: Mapping[str, str] = msgspec.field(default_factory=dict)


_KILLED = 9
"""SIGKILL, which Windows has no name for."""


class Exit(msgspec.Struct, frozen=True):
    """How the runtime process ended: exactly one of `code` and `signal`, or neither when the sandbox itself was lost.

    `out_of_memory`: it was killed for reaching the memory limit. `lost`: a sentence on why the sandbox is gone.
    """

    code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    lost: str = ""

    @property
    def is_from_outside(self) -> bool:
        """Whether neither the function nor the platform ended it, as far as that shows: killed, or its sandbox lost."""
        return (self.signal == _KILLED and not self.out_of_memory) or self.code is self.signal is None


class ExtensionHandler(Protocol):
    """Who hears the external extensions of a sandbox, on the engine's loop."""

    def extension_output(self, name: str, data: bytes) -> bool | None:
        """Raw bytes that an extension wrote to stdout or stderr."""

    def extension_exited(self, name: str, exit_: Exit) -> None:
        """An extension's process ended; all its output was delivered."""


class EntrypointInvalid(SandboxError):
    """There is nothing to start: Lambda answers `error_type` with `reason`, the text after "Error: ".

    "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" or "fork/exec <path>: permission denied".
    """

    error_type = "Runtime.InvalidEntrypoint"

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason, hint)
        self.reason = reason


class WorkingDirectoryInvalid(EntrypointInvalid):
    """There is no place to start it in: "the working directory doesn't exist: <path>"."""

    error_type = "Runtime.InvalidWorkingDir"


class Sandbox(Protocol):
    """One environment's process or container, from created to gone. One runtime process, many children of it at will."""

    peer_address: str
    """From where its runtime calls the engine, known after `start`; "" when it has no address of its own."""

    shares_network: bool
    """Whether `localhost` inside is this machine's."""

    started_ns: int
    """When its runtime was started, as near as the sandbox can tell: monotonic, 0 before."""

    extensions: tuple[str, ...]
    """Names of its external extensions (the files of `/opt/extensions`), known from the beginning."""

    notices: tuple[str, ...]
    """What this one could not be given, though it should have it: full sentences with what to do. Known after `start`."""

    async def make_ready(self) -> None:
        """Do ahead of `start` whatever needs no runtime to run yet, so that `start` takes less. May be left out, idempotent.

        Raises SandboxError.
        """

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start all external extensions, before the runtime; the names of those that did not start, and why."""

    def kill_extension(self, name: str) -> None:
        """End one extension and what it started, at once."""

    async def start(self) -> None:
        """Start the runtime. Raises SandboxError when that is not possible."""

    async def connect(self, port: int) -> socket.socket:
        """A connection to what listens at a port inside: a subscriber of telemetry, a debugger. Raises OSError.

        Not blocking, for the loop. May be called after `start` or `start_extensions`.
        """

    async def end_runtime(self, grace_ms: int) -> None:
        """End the runtime alone: SIGTERM and up to `grace_ms`, then SIGKILL. Extensions go on (SHUTDOWN: the runtime first)."""

    async def wait(self) -> Exit:
        """Return when the runtime has ended, all its output delivered. May be awaited by one task, before start."""

    async def drain_output(self) -> None:
        """Return when all that the runtime wrote before its latest Runtime API request was handed to the OutputHandler."""

    def freeze(self) -> None:
        """Stop all its processes between two invocations (best effort, returns at once)."""

    async def thaw(self) -> None:
        """Let them go on; returns when they do."""

    def init_report(self) -> str:
        """What was noted of INIT from outside the runtime, in the form of our runtimes' `Workbench-Init` header.

        "" where the runtime speaks for itself, or nothing was noted (yet). Ask at the runtime's first request.
        """

    def memory_peak_mb(self) -> float:
        """Highest memory use since start, in MB, cheap enough for every invocation (<0.2 ms)."""

    async def terminate(self, grace_ms: int = 0) -> None:
        """Ask (SIGTERM) if a grace is given, then kill everything of this environment and leave nothing behind. Idempotent."""


class SandboxProvider(Protocol):
    """Makes sandboxes of one kind; one an engine."""

    kind: SandboxKind

    @property
    def reaches_inside(self) -> bool:
        """Whether `Sandbox.connect` leads anywhere from this machine; known once something was prepared."""

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find or fetch what the function needs (image, interpreter). Never part of an invocation's time; may be long.

        Raises SandboxUnavailable with what to do about it. Cancelling it stops the download.
        """

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:
        """Where the next sandbox of an environment finds its Runtime API; the caller closes it. Raises OSError, SandboxError."""

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> Sandbox:
        """Make the sandbox without starting its runtime. Raises SandboxError."""

    async def release(self, environment_id: str) -> None:
        """An environment is gone for good, its last sandbox terminated: what it kept over resets (`/tmp`) goes. Never raises."""

    async def reap_orphans(self) -> int:
        """Remove what engines of this workspace that died left behind, and say how much that was; cheap where there is nothing.

        Raises SandboxError.
        """

    async def close(self) -> None:
        """Release the provider and anything of this engine that is left."""
