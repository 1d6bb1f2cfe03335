"""The engine's own HTTP API beside the Lambda API, under `/_workbench/`: paths, headers and documents shared by both ends.

All documents are JSON in camel case. Every path below needs `Authorization: Bearer <token>` from the connection file.

    GET    /_workbench/health                      -> Health
    GET    /_workbench/functions                   -> [FunctionConfiguration]; the template's, then those that the API made
    POST   /_workbench/refresh                     -> [FunctionConfiguration]; re-reads the workspace, retires what changed
    GET    /_workbench/environments                -> [EnvironmentInfo]
    DELETE /_workbench/environments?functionName=  -> []; stops the function's environments, or all without a name
    DELETE /_workbench/environments?environmentId= -> []; stops one; 404 if there is no such environment
    GET    /_workbench/provisioned                 -> [ProvisionedConcurrency]
    PUT    /_workbench/provisioned/{function}?count=  -> ProvisionedConcurrency; sets the provisioned count, 0 removes it
    GET    /_workbench/concurrency                 -> ConcurrencyReport; what runs now, of what limits, and what was throttled
    PUT    /_workbench/worked-on/{function}        -> 204; the person is working on it: keep a sandbox ready once invoked
    GET    /_workbench/debug                       -> [DebuggedFunction]
    PUT    /_workbench/debug/{function}            DebugRequest -> DebuggedFunction; 400 if the runtime has no debugger
    DELETE /_workbench/debug/{function}            -> 204
    GET    /_workbench/events?since=&limit=&requestId=   -> [StreamEvent] with seq > since
    GET    /_workbench/invocations/{requestId}     -> [StreamEvent]; waits for its platform.report; includes a cold start's init
    DELETE /_workbench/invocations/{requestId}     -> 204; cancels a running or preparing invocation
    GET    /_workbench/invocations/{requestId}/answer  -> the answer's bytes, where the stream has only a part; 404 if not kept
    PUT    /_workbench/settings                    -> Settings; changes the sandbox and images
    GET    /_workbench/values                      -> [ValueInfo]; secrets are masked
    PUT    /_workbench/values                      {key: value or null} -> [ValueInfo]; 400 for a value that is not allowed
    GET    /_workbench/trust                       -> TrustReport
    PUT    /_workbench/trust                       TrustAnswer -> TrustReport; trusts the folder or declines to
    DELETE /_workbench/trust                       -> TrustReport; withdraws the trust
    GET    /_workbench/allowed                     -> {logical id: Allowance}
    PUT    /_workbench/allowed/{function}          Allowance -> Allowance; 400 if it cannot be allowed; `*`: all other functions
    GET    /_workbench/credentials                 -> CredentialsReport (model/credentials.py)
    PUT    /_workbench/credentials                 CredentialsChoice -> CredentialsReport; 403 for real ones unless the folder is
                                                   trusted, 400 if they cannot be had
    DELETE /_workbench/credentials                 -> CredentialsReport; made-up ones from now on
    GET    /_workbench/credentials/profiles        -> ProfilesFound; those of this machine
    GET    /_workbench/overrides?functionName=     -> [OverrideInfo]; what the Lambda API changed of the template's functions
    DELETE /_workbench/overrides/{function}?property=  -> [OverrideInfo]; drops one or all of a function, returns what is left
    POST   /_workbench/overrides/{function}?property=  -> [OverrideInfo]; writes one or all back into the template, likewise
    POST   /_workbench/saved-functions?function=&folder=&withSecrets=&dryRun=  -> [SavingReport]; writes the API's functions into
                                                   the template, all for none named
    POST   /_workbench/taken-functions/{function}  -> TakingReport; a function of the template becomes one of the API
    GET    /_workbench/queue?functionName=&after=&limit=     -> QueueInfo (model/queue.py); events after this number
    POST   /_workbench/queue/hold?functionName=    -> QueueInfo; no event becomes due by itself; all clocks without a name
    POST   /_workbench/queue/resume?functionName=  -> QueueInfo; the clock goes on, and events that were asked about are tried
    POST   /_workbench/queue/step?functionName=    -> QueueMove; tries the next event; 409 unless the clock is held
    POST   /_workbench/queue/forward?functionName=&seconds=  -> QueueMove; without seconds, to when the next event is due
    DELETE /_workbench/queue/events?functionName=&asked=     -> QueueInfo; drops all events, or those that were asked about
    GET    /_workbench/queue/events/{number}       -> the event's payload
    PUT    /_workbench/queue/events/{number}?sendAgain=  -> QueueInfo; replaces the payload by the body, if there is one
    POST   /_workbench/queue/events/{number}       -> QueueMove; tries the event now
    DELETE /_workbench/queue/events/{number}       -> QueueInfo; drops the event
    GET    /_workbench/function-urls/exchanges/{requestId}   -> UrlExchangeInfo (model/url_exchanges.py); 404 if it is not kept
    GET    /_workbench/vitals                      -> Vitals (model/vitals.py)
    DELETE /_workbench/long-work/{number}          -> 204; cancels a preparation that is under way; 404 if there is none
    GET    /_workbench/past-invocations/{seq}/deployed       -> Deployed (model/past_invocations.py); code and configuration
    PUT    /_workbench/past-invocations/marks      MarkRequest -> {marked}; a star, a name
    POST   /_workbench/past-invocations/forget     ForgetRequest -> Forgotten; deletes payloads and logs too
    GET    /_workbench/retention                   -> Retention
    PUT    /_workbench/retention                   Retention -> Retention; deletes what is too old or too much
    GET    /_workbench/doctor                      -> DoctorReport
    POST   /_workbench/shutdown                    -> 202
    GET    /_workbench/stream?since=               -> WebSocket; each text frame is a JSON array of StreamEvent

An invocation goes through the Lambda API (`POST /2015-03-31/functions/{name}/invocations`); the headers below are optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from workbench.model.allowances import Allowance
from workbench.model.credentials import CredentialsReport
from workbench.model.function import FreezeMode, InitializationType, SandboxKind
from workbench.model.quotas import ACCOUNT_CONCURRENCY
from workbench.model.trust import Standing

SANDBOX_HEADER = "X-Workbench-Sandbox"
"""`process`, `isolated` or `docker`: the sandbox for this invocation, overriding the settings."""
COLD_HEADER = "X-Workbench-Cold"
"""`true`: use a new environment even if a warm one is idle."""
REFRESH_HEADER = "X-Workbench-Refresh"
"""`true`: read the workspace before the invocation, for a caller that has just written to it and cannot wait for the watch."""
REQUEST_ID_HEADER = "X-Workbench-Request-Id"
"""A UUID made by the caller, which lets it cancel the invocation before the response arrives."""
HINT_HEADER = "X-Workbench-Hint"
"""On an error response: what the person can do about it (percent-encoded)."""

SandboxChoice = Literal["auto", "process", "isolated", "docker"]
EnvironmentState = Literal["creating", "initializing", "idle", "busy", "stopping"]


FailureLog = Literal["both", "new", "old"]
"""How a failed invocation is logged: `new` in fields of the REPORT line, `old` in lines before END, `both` in both places.

Lambda's newer platform does the first, its older one the second. Source: Lambda guide, "Troubleshoot invocation issues"; AWS
migrates Region by Region, so both are in use.
"""


class Connection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The connection file of a running engine (`engine.json` in the person's state folder, readable only by its owner).

    `started_s` (not a time of day, see `storage.processes`) and `program` prove that the process `pid` is still the engine and
    not another process with a reused ID. Only loopback URLs are accepted.
    """

    # \Z rather than $, which would also match before a newline at the end.
    url: Annotated[str, msgspec.Meta(pattern=r"\Ahttp://(127\.0\.0\.1|\[::1\]):[0-9]{1,5}\Z")]
    token: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,200}\Z")]
    pid: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    engine_id: str
    workspace: str
    started_s: float = 0.0
    program: str = ""


class SandboxStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a kind of sandbox can be used here: `detail` says what it is or why it cannot, `hint` what to do about it.

    `is_busy`: the sandbox's engine is here but did not answer in time, so it may be usable a moment later.
    """

    kind: SandboxKind
    available: bool
    detail: str
    hint: str = ""
    is_busy: bool = False


PreparedSandboxes = Literal["one", "all", "none"]
"""Which functions get a spare sandbox, created ahead so that the next cold start need not wait for it: the one function being
worked on, every function that has been invoked, or none."""


ServicesChoice = Annotated[str, msgspec.Meta(pattern=r"\A(moto|https?://[A-Za-z0-9._:\[\]-]+/?)?\Z")]
"""Where requests to other AWS services go: `moto`, the URL of a server, or "" for nowhere."""


def is_services_choice(text: str) -> bool:
    """Whether a text is a valid `ServicesChoice`."""
    try:
        msgspec.convert(text, ServicesChoice)
    except msgspec.ValidationError:
        return False
    return True


MOST_ACCOUNT_CONCURRENCY = 1_000_000
MOST_MACHINE_ENVIRONMENTS = 100_000
MOST_MACHINE_MEMORY_MB = 100_000_000
"""The largest numbers that the settings take."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the person chose for this workspace. `images` maps a runtime identifier to the image to use instead of the default.

    `idle_limit_s`: how long an environment may be idle before it is reclaimed (observed on Lambda: 5 to 15 minutes; AWS
    guarantees nothing). `freeze`: what happens to an environment between two invocations. `failure_log`: how the log reports a
    timeout or a dead runtime. `prepared_sandboxes`: which functions get a spare sandbox. `venv_packages`: functions in the
    process sandbox can import from a virtual environment beside their code, which they could not on Lambda. `services`: where
    requests to other AWS services go: `moto` (its server, started with the engine), a URL, or "" for nowhere.
    `account_concurrency`: the concurrency that Lambda gives an account in a Region. `machine_environments`: how many execution
    environments this machine runs at a time, 0 for so many for each of its cores. `machine_memory_mb`: what all of them together
    may take, 0 for what is measured to be available. Requests beyond either wait.
    """

    sandbox: SandboxChoice = "auto"
    images: Mapping[str, str] = msgspec.field(default_factory=dict)
    region: Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")] = "us-east-1"
    idle_limit_s: Annotated[int, msgspec.Meta(ge=1)] = 900
    freeze: FreezeMode = "on"
    failure_log: FailureLog = "both"
    prepared_sandboxes: PreparedSandboxes = "one"
    venv_packages: bool = False
    services: ServicesChoice = ""
    account_concurrency: Annotated[int, msgspec.Meta(ge=1, le=MOST_ACCOUNT_CONCURRENCY)] = ACCOUNT_CONCURRENCY
    machine_environments: Annotated[int, msgspec.Meta(ge=0, le=MOST_MACHINE_ENVIRONMENTS)] = 0
    machine_memory_mb: Annotated[int, msgspec.Meta(ge=0, le=MOST_MACHINE_MEMORY_MB)] = 0


class Health(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of a running engine. `sandbox` is the kind used now, `seq` the number of the latest event.

    `workspace_problem` says why the workspace cannot be read ("" if it can), `workspace_warnings` what in its template has no
    effect. `trust` is the person's decision about the folder, `allowed` what functions may use of this machine, by logical ID,
    `credentials` which AWS credentials they get.
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
    credentials: CredentialsReport = CredentialsReport()


class EnvironmentInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One execution environment that exists now.

    `is_spare`: its sandbox exists and INIT waits for the first request. `idle_since_ms`: epoch time, None while it is busy.
    `holds_snapshot`: it serves no requests; others are restored from it. `created_ms`: epoch time. `shell_command`: what opens a
    shell in it when it is typed at a prompt of this machine, "" if nothing does; of a plain process, it goes to its code.
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
    is_spare: bool = False
    holds_snapshot: bool = False
    idle_since_ms: float | None = None
    version: str = ""
    created_ms: float = 0.0
    shell_command: str = ""


ProvisionedStatus = Literal["IN_PROGRESS", "READY", "FAILED"]


class ProvisionedConcurrency(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A function's provisioned environments: `requested`, `allocated` (initialized), `available` (idle).

    Source: Lambda API, `GetProvisionedConcurrencyConfig`.
    """

    function_name: str
    requested: int
    allocated: int
    available: int
    status: ProvisionedStatus
    status_reason: str = ""


DebuggerState = Literal["listening", "waiting", "attached", "stopped", "running", "detached", "off"]
"""The stage of debugging a function; see `sandbox.debugger` in model/events.py."""


class DebugRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Start debugging a function on a port of 127.0.0.1 (0: any free one) in a kind of sandbox (None: as the settings say)."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    sandbox: SandboxKind | None = None


class DebuggedFunction(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A function being debugged: debuggers for its language can attach to 127.0.0.1 at `port` at any time.

    `language` decides the protocol: python (Debug Adapter Protocol), nodejs (inspector). `waiting`: an environment waits for a
    debugger before it loads the function's module. `stopped`: it has stopped at a breakpoint. The folder `local_root` on this
    machine is `remote_root` where the function runs.
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
    """A person's decision about the workspace's folder.

    If `trusted`, `digests` lists the items that the person agreed to; None means all that the folder brings now.
    """

    trusted: bool
    digests: tuple[str, ...] | None = None


class CacheKind(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The number of package cache entries of one kind (`zip`, `python`, `stages`, …) and their size when unzipped."""

    kind: str
    entries: int
    size_bytes: int


class CacheReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The package cache. Above its limit, the least recently used entries are removed, but never one that is in use."""

    folder: str
    limit_bytes: int
    kinds: tuple[CacheKind, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The size of all entries."""
        return sum(kind.size_bytes for kind in self.kinds)

    def sentence(self) -> str:
        """Summarize the cache for people: `1.2 GB of 5.0 GB in 34 packages`."""
        entries = sum(kind.entries for kind in self.kinds)
        of_all = f"{gigabytes(self.size_bytes)} of {gigabytes(self.limit_bytes)}"
        return f"{of_all} in {entries} {'package' if entries == 1 else 'packages'}"


def gigabytes(size_bytes: int) -> str:
    """Format a size for people: `0.4 KB`, `12.3 MB`, `1.2 GB` (powers of 1,024)."""
    if 0 < size_bytes < 2**20 / 10:
        return f"{size_bytes / 2**10:.1f} KB"
    return f"{size_bytes / 2**30:.1f} GB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.1f} MB"


class Finding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of `workbench doctor`: what was checked, whether it is `ok`, and in `hint` what to do if it is not."""

    subject: str
    ok: bool
    detail: str
    hint: str = ""


class DoctorReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `workbench doctor` found: sandboxes, interpreters, images, ports, folders."""

    version: str
    findings: tuple[Finding, ...]


class ValueInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value that the template asks for: a parameter, or something only a deployment knows.

    `shown` is masked for a secret. `source` is command, yours, samconfig, default or missing. `functions` are those that need it.
    """

    key: str
    kind: str
    shown: str
    source: str
    description: str = ""
    allowed: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
