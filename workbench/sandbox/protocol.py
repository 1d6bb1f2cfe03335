"""The interface between the engine and the sandboxes in which environments run. Each kind of sandbox has a package beside it.

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
"""Receives the raw bytes that the runtime wrote to stdout or stderr, in the order of writing, on the engine's loop.

If it returns True, earlier output is still being written to the disk, and it should not be called again for a moment.
"""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a long operation; `fraction` is from 0 to 1, `done_bytes` what was downloaded so far; None if unknown."""

    stage: str
    text: str
    fraction: float | None = None
    done_bytes: int | None = None


ProgressHandler = Callable[[Progress], None]


class RuntimePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What `prepare` found for a function: what will run it, and what this sandbox cannot enforce.

    `runs_on` is part of a sentence for people ("Python 3.11.7 (asked for 3.12)"); `notices` are full sentences to show.
    `opaque` belongs to the provider (image ID, interpreter path). `opt_path`: see `SandboxSpec`. `runtime_path` is the folder on
    this machine with what Lambda's runtime has in `/var/runtime` (its AWS SDK), "" if that is missing or not needed.
    `is_tmp_memory`: its /tmp takes this machine's memory instead of disk space.
    `denies_files`: the package contains files that its user may not read. They have no permissions at all, and root must not
    bypass that.
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
    """The address to which the engine binds an environment's Runtime API, and the host name that leads to it from inside."""

    bind_host: str
    advertised_host: str


Admits = Callable[[tuple[str, int], tuple[str, int]], bool]
"""Whether a connection comes from the environment. Gets its two ends, the caller's first; blocks some milliseconds at most."""


class Listening(msgspec.Struct, frozen=True):
    """A socket that listens for an environment's Runtime API, and the `host:port` by which the environment reaches it.

    `admits` is called once per connection; None if only the environment can reach the socket.
    """

    socket: socket.socket
    runtime_api: str
    admits: Admits | None = None


class SandboxSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One sandbox to make. `environment` has all variables: reserved ones, credentials and the function's own.

    `opt_path` is the folder that becomes `/opt` (the function's layers, merged), "" without layers. Executable files in its
    `extensions` folder are the external extensions. All sandboxes with the same `environment_id` share `/tmp` until
    `SandboxProvider.release`; there is a new one after every reset, but never two at a time. `mounts` are folders of this
    machine that a container sees read-only, by their paths in it; a process finds them at their own paths.
    `holds_snapshot`: others are to be restored from its runtime, which goes no further than the end of INIT. `restored_from` is
    the environment that holds the snapshot from which this one is to be restored, "" for none.
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
    holds_snapshot: bool = False
    restored_from: str = ""


_KILLED = 9
"""SIGKILL, whose name Windows lacks."""


class Exit(msgspec.Struct, frozen=True):
    """How the runtime process ended: with either `code` or `signal`; both are None if the sandbox itself was lost.

    `out_of_memory`: it was killed for reaching the memory limit. `lost`: a sentence on why the sandbox is gone, else "".
    """

    code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    lost: str = ""

    @property
    def is_from_outside(self) -> bool:
        """Whether apparently neither the function nor the platform ended it: it was killed, or its sandbox lost."""
        return (self.signal == _KILLED and not self.out_of_memory) or self.code is self.signal is None


class ExtensionHandler(Protocol):
    """Receives output and ends of a sandbox's external extensions, on the engine's loop."""

    def extension_output(self, name: str, data: bytes) -> bool | None:
        """Receive raw bytes that an extension wrote to stdout or stderr. The result is an OutputHandler's."""

    def extension_exited(self, name: str, exit_: Exit) -> None:
        """Hear that an extension's process has ended, after all its output was delivered."""


class EntrypointInvalid(SandboxError):
    """There is nothing that can be started. Lambda answers with `error_type` and, after "Error: ", `reason`.

    Examples: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", "fork/exec <path>: permission denied".
    """

    error_type = "Runtime.InvalidEntrypoint"

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason, hint)
        self.reason = reason


class WorkingDirectoryInvalid(EntrypointInvalid):
    """The working directory cannot be used: "the working directory doesn't exist: <path>"."""

    error_type = "Runtime.InvalidWorkingDir"


class Sandbox(Protocol):
    """One environment's process or container, from its creation to its removal. It has one runtime process with any children."""

    peer_address: str
    """The address from which its runtime calls the engine, known after `start`; "" if it has no address of its own."""

    shares_network: bool
    """Whether `localhost` inside is this machine's."""

    started_ns: int
    """When its runtime was started, as exactly as the sandbox can tell, in monotonic ns; 0 before."""

    extensions: tuple[str, ...]
    """Names of its external extensions (the files in `/opt/extensions`), known from the beginning."""

    comes_from_snapshot: bool
    """Whether its runtime will be restored from a snapshot: it has had its INIT, and its first request is `restore/next`."""

    notices: tuple[str, ...]
    """What this sandbox should have but could not get: full sentences with what to do. Known after `start`."""

    def shell_command(self) -> tuple[str, ...]:
        """Return the command that opens a shell in it, for a person's terminal; () if there is none now, or no shell inside."""

    async def make_ready(self) -> None:
        """Do everything that can be done before the runtime runs, so that `start` is faster. Optional and idempotent.

        Raises SandboxError.
        """

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start all external extensions, before the runtime. Returns those that did not start: name -> reason."""

    def kill_extension(self, name: str) -> None:
        """Kill one extension and what it started, without waiting for its end."""

    async def start(self) -> None:
        """Start the runtime. Raises SandboxError when that is not possible."""

    async def connect(self, port: int) -> socket.socket:
        """Connect to a port inside, where a telemetry subscriber or a debugger listens. Raises OSError.

        The socket is non-blocking. Call it after `start` or `start_extensions`.
        """

    async def end_runtime(self, grace_ms: int) -> None:
        """End only the runtime: SIGTERM, up to `grace_ms`, then SIGKILL. In the Shutdown phase, extensions end after it."""

    async def wait(self) -> Exit:
        """Return when the runtime has ended and all its output was delivered. One task may await it, even before `start`."""

    async def drain_output(self) -> None:
        """Return when everything the runtime wrote before its latest Runtime API request has gone to the OutputHandler."""

    def has_drained(self) -> bool:
        """Whether `drain_output` would find nothing, which spares waiting for it; False if that cannot be told at once."""

    def freeze(self) -> None:
        """Stop all its processes between two invocations (best effort, returns at once)."""

    async def thaw(self) -> None:
        """Resume all its processes; returns when they run. If they run already, what has ended among them is known then."""

    def has_thawed(self) -> bool:
        """Whether `thaw` would find nothing to do, which spares waiting for it; False if that cannot be told at once."""

    def init_report(self) -> str:
        """What was recorded of INIT from outside the runtime, in the form of our runtimes' `Workbench-Init` header.

        "" if the runtime reports itself, or if nothing was recorded (yet). Call it at the runtime's first request.
        """

    def memory_peak_mb(self) -> float:
        """Highest memory use since start, in MB, cheap enough for every invocation (<0.2 ms)."""

    async def terminate(self, grace_ms: int = 0) -> None:
        """Send SIGTERM if a grace is given, then kill all processes of this sandbox and leave none behind. Idempotent."""


class SandboxProvider(Protocol):
    """Makes sandboxes of one kind. Each engine has one provider per kind."""

    kind: SandboxKind

    @property
    def restores_by_fork(self) -> bool:
        """Whether it restores a snapshot by a fork of the runtime that holds it. Where it does not, INIT is run again."""

    def holds_snapshot(self, environment_id: str) -> bool:
        """Whether others can be restored from this environment now."""

    @property
    def reaches_inside(self) -> bool:
        """Whether `Sandbox.connect` works from this machine; known after the first `prepare`."""

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find or fetch what the function needs (image, interpreter). Never part of an invocation's time; may take long.

        Raises SandboxUnavailable with what to do about it. Canceling it stops a download.
        """

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:
        """Listen for the Runtime API of an environment's next sandbox; the caller closes it. Raises OSError, SandboxError."""

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> Sandbox:
        """Make the sandbox without starting its runtime. Raises SandboxError."""

    async def release(self, environment_id: str) -> None:
        """Delete what an environment kept over resets (`/tmp`), after its last sandbox was terminated. Never raises."""

    async def reap_orphans(self) -> int:
        """Remove what dead engines of this workspace left behind, and return how much that was. Cheap if there is nothing.

        Raises SandboxError.
        """

    async def close(self) -> None:
        """Close the provider and remove everything of this engine that is left."""
