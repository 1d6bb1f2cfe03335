"""What the engine says beside the Lambda API, under `/_workbench/`: paths, headers and documents shared by both ends.

All documents are JSON in camel case. Every path below needs `Authorization: Bearer <token>` from the connection file.

    GET    /_workbench/health                      -> Health
    GET    /_workbench/functions                   -> [FunctionConfiguration]
    POST   /_workbench/refresh                     -> [FunctionConfiguration]; re-reads the workspace now, retires what changed
    GET    /_workbench/environments                -> [EnvironmentInfo]
    DELETE /_workbench/environments?functionName=  -> [] ; stops them (all without a name); the next start is cold
    DELETE /_workbench/environments?environmentId= -> [] ; stops one; 404 when there is none
    GET    /_workbench/provisioned                 -> [ProvisionedConcurrency]
    PUT    /_workbench/provisioned/{function}?count=  -> ProvisionedConcurrency; so many initialised ahead, 0 for none
    PUT    /_workbench/worked-on/{function}        -> 204; a person turned to it: keep a sandbox ready for it, once invoked
    GET    /_workbench/debug                       -> [DebuggedFunction]
    PUT    /_workbench/debug/{function}            DebugRequest -> DebuggedFunction; 400 for a runtime without a debugger
    DELETE /_workbench/debug/{function}            -> 204
    GET    /_workbench/events?since=&limit=&requestId=   -> [StreamEvent] with seq > since
    GET    /_workbench/invocations/{requestId}     -> [StreamEvent]; waits for its platform.report; includes a cold start's init
    DELETE /_workbench/invocations/{requestId}     -> 204; cancels a running or preparing invocation
    PUT    /_workbench/settings                    -> Settings; changes the sandbox and images
    GET    /_workbench/values                      -> [ValueInfo]; secret ones masked
    PUT    /_workbench/values                      {key: value or null} -> [ValueInfo]; 400 for one that is not allowed
    GET    /_workbench/trust                       -> TrustReport
    PUT    /_workbench/trust                       TrustAnswer -> TrustReport; the folder is trusted, or only looked at
    DELETE /_workbench/trust                       -> TrustReport; the folder is trusted no more
    GET    /_workbench/allowed                     -> {logical id: Allowance}
    PUT    /_workbench/allowed/{function}          Allowance -> Allowance; 400 for what cannot be; `*`: all other functions
    GET    /_workbench/doctor                      -> DoctorReport
    POST   /_workbench/shutdown                    -> 202
    GET    /_workbench/stream?since=               -> WebSocket; each text frame is a JSON array of StreamEvent

An invocation goes through the Lambda API (`POST /2015-03-31/functions/{name}/invocations`) with these headers at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from workbench.model.allowances import Allowance
from workbench.model.function import FreezeMode, InitializationType, SandboxKind
from workbench.model.trust import Standing

SANDBOX_HEADER = "X-Workbench-Sandbox"
"""`process`, `isolated` or `docker`: run this invocation there instead of where the settings say."""
COLD_HEADER = "X-Workbench-Cold"
"""`true`: take a new environment even when a warm one is idle."""
REQUEST_ID_HEADER = "X-Workbench-Request-Id"
"""A UUID made by the caller, so that it can cancel before it has an answer."""
HINT_HEADER = "X-Workbench-Hint"
"""On an error answer: what the person can do about it (percent-encoded)."""

SandboxChoice = Literal["auto", "process", "isolated", "docker"]
EnvironmentState = Literal["creating", "initializing", "idle", "busy", "stopping"]


FailureLog = Literal["both", "new", "old"]
"""Lambda's newer platform tells of a failed invocation in fields of REPORT, the older one in lines before END; `both` has both.

Source: Lambda guide, "Troubleshoot invocation issues"; AWS moves Region by Region, so one meets both.
"""


class Connection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The connection file of a running engine (`engine.json` in the person's state folder, readable by its owner alone).

    `started_s` (no time of day, see `storage.processes`) and `program` prove that the process `pid` is the engine. The address is
    this machine's own.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"\Ahttp://(127\.0\.0\.1|\[::1\]):[0-9]{1,5}\Z")]
    token: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,200}\Z")]
    pid: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    engine_id: str
    workspace: str
    started_s: float = 0.0
    program: str = ""


class SandboxStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a kind of sandbox can be used here: `detail` says what it is, or why not; `hint` what to do about it.

    `is_busy`: it is here and did not answer in time, so that it may be used a moment later.
    """

    kind: SandboxKind
    available: bool
    detail: str
    hint: str = ""
    is_busy: bool = False


PreparedSandboxes = Literal["one", "all", "none"]
"""For whom a sandbox is made ahead, so that the next cold start need not wait for that: the one function that is worked on, every
function that was invoked, or none."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the person chose for this workspace. `images` names another image for a runtime identifier.

    `idle_limit_s`: an idle environment is reclaimed after this time (observed on Lambda: 5 to 15 minutes; AWS promises nothing).
    `freeze`: what happens to an environment between two invocations. `failure_log`: how the log tells of a timeout or a dead
    runtime, see `FailureLog`. `prepared_sandboxes`: for whom one is made ahead, see `PreparedSandboxes`.
    `venv_packages`: functions
    that run as processes find the packages of a virtual environment beside their code, which Lambda would not have.
    """

    sandbox: SandboxChoice = "auto"
    images: Mapping[str, str] = msgspec.field(default_factory=dict)
    region: Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")] = "us-east-1"
    idle_limit_s: Annotated[int, msgspec.Meta(ge=1)] = 900
    freeze: FreezeMode = "on"
    failure_log: FailureLog = "both"
    prepared_sandboxes: PreparedSandboxes = "one"
    venv_packages: bool = False


class Health(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A running engine. `sandbox` is the kind used now; `seq` the latest event's number.

    `workspace_problem` says why the workspace cannot be read, `workspace_warnings` what its template has without effect.
    `trust` is what the person has said of its folder, `allowed` what functions may have of this machine (by logical id).
    """

    engine_id: str
    version: str
    pid: int
    workspace: str
    workspace_problem: str
    seq: int
    sandbox: SandboxKind
    sandboxes: tuple[SandboxStatus, ...]
    settings: Settings
    loop_lag_ms: float
    notice: str = ""
    workspace_warnings: tuple[str, ...] = ()
    trust: Standing = "unknown"
    allowed: Mapping[str, Allowance] = msgspec.field(default_factory=dict)


class EnvironmentInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One execution environment that exists now.

    `is_prepared`: its sandbox is made, INIT waits for the first request. `idle_since_ms`: epoch time, None while it works.
    """

    environment_id: str
    function_name: str
    sandbox: SandboxKind
    state: EnvironmentState
    runs_on: str
    not_enforced: tuple[str, ...]
    invocations: int
    memory_peak_mb: float
    initialization_type: InitializationType = "on-demand"
    is_prepared: bool = False
    idle_since_ms: float | None = None


ProvisionedStatus = Literal["IN_PROGRESS", "READY", "FAILED"]


class ProvisionedConcurrency(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Environments initialised ahead: asked for, initialised, idle. Source: Lambda API, `GetProvisionedConcurrencyConfig`."""

    function_name: str
    requested: int
    allocated: int
    available: int
    status: ProvisionedStatus
    status_reason: str = ""


DebuggerState = Literal["listening", "waiting", "attached", "stopped", "running", "detached", "off"]
"""What happened to a function that is debugged, see `sandbox.debugger` in model/events.py."""


class DebugRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Have a function debugged: at a port of 127.0.0.1 (0: any free one), in a sandbox (None: as the settings say)."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    sandbox: SandboxKind | None = None


class DebuggedFunction(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A function that is debugged: debuggers of its language attach to 127.0.0.1 at `port`, at any time.

    `language` decides the protocol: python (Debug Adapter Protocol), nodejs (inspector). `waiting`: an environment stands before
    the function's module until a debugger is attached. `stopped`: it stands at a breakpoint. What is in the folder `local_root`
    of this machine is in `remote_root` where the function runs.
    """

    function_name: str
    port: int
    language: Literal["python", "nodejs"]
    sandbox: SandboxKind
    local_root: str
    remote_root: str
    attached: bool = False
    stopped: bool = False
    waiting: bool = False


class TrustAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a person says of the workspace's folder: `trusted` with what it brings that has these digests (None: all that it
    brings now), or not."""

    trusted: bool
    digests: tuple[str, ...] | None = None


class CacheKind(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many entries of a kind (`zip`, `python`, `stages`, …) the cache of packages has, and how large they are unzipped."""

    kind: str
    entries: int
    size_bytes: int


class CacheReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The cache of packages. What has not been used for longest goes when it is above its limit, but nothing that is in use."""

    folder: str
    limit_bytes: int
    kinds: tuple[CacheKind, ...] = ()

    @property
    def size_bytes(self) -> int:
        """All of it."""
        return sum(kind.size_bytes for kind in self.kinds)

    def sentence(self) -> str:
        """`1.2 GB of 5 GB in 34 packages`."""
        entries = sum(kind.entries for kind in self.kinds)
        of_all = f"{gigabytes(self.size_bytes)} of {gigabytes(self.limit_bytes)}"
        return f"{of_all} in {entries} {'package' if entries == 1 else 'packages'}"


def gigabytes(size_bytes: int) -> str:
    """A size for people: `12.3 MB`, `1.2 GB` (powers of 1,024)."""
    return f"{size_bytes / 2**30:.1f} GB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.1f} MB"


class Finding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of `workbench doctor`: `subject` is checked, `ok` or not, and what to do when not."""

    subject: str
    ok: bool
    detail: str
    hint: str = ""


class DoctorReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is here: sandboxes, interpreters, images, ports, folders."""

    version: str
    findings: tuple[Finding, ...]


class ValueInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value that the template asks for: a parameter, or what only a deployment knows. `shown` is masked where it is secret.

    `source` is command, yours, samconfig, default or missing; `functions` need it.
    """

    key: str
    kind: str
    shown: str
    source: str
    description: str = ""
    allowed: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
