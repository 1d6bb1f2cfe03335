"""Everything about one request, folded from the stream: what `workbench invoke --json` prints and the result panel shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.failures import CANCELED_ENDINGS
from workbench.model.function_version import LATEST
from workbench.model.json_text import on_one_line
from workbench.model.log_entries import record_text
from workbench.model.platform_lines import closing_lines
from workbench.model.prices import Cost
from workbench.model.refusals import Refusal
from workbench.state.invocation_folds import FOLDS
from workbench.state.report_metrics import Metrics
from workbench.state.startup import LOG_TYPES, STARTUP_TYPES, Phase, Startup

Status = Literal["running", "success", "error", "timeout"]


class Invocation(msgspec.Struct, kw_only=True):
    """Fold of one request. Times are epoch milliseconds. `start` is "" until an environment is assigned; a `Pricing` sets `cost`.

    `line_limit` bounds the number of log lines kept (0: no bound); the oldest are dropped first and counted in `lines_left_out`.
    `payload` is what the stream carries of the payload (its first 64 KiB), `payload_bytes` the size of all of it.

    `memory_used_mb` is the memory in use when it ran out; `init_again_ms` how long an init repeated inside the invocation took;
    `failed_extension` the name of the extension that failed; `refusal` what the sandbox refused. `startup` is the start of the
    environment if it was created for this request, shared with the fold of that environment; None for a warm start.
    `is_debugged`: a debugger may have stopped it, so its times include a person's. `concurrency`: `provisioned`, or
    `spillover` where none of its version's provisioned concurrency was free, "" otherwise. `alias`: the one it named.
    """

    request_id: str = ""
    function_name: str = ""
    version: str = LATEST
    sandbox: str = ""
    environment_id: str = ""
    start: str = ""
    received_ms: float = 0.0
    function_error: str = ""
    is_fatal: bool = False
    error_type: str = ""
    event_text: str = ""
    payload: str = ""
    payload_bytes: int = 0
    answered: bool = False
    reported_status: str = ""
    metrics: Metrics | None = None
    invoke_began_ms: float | None = None
    ended_ms: float | None = None
    out_of_memory: bool = False
    memory_used_mb: int = 0
    init_again_ms: float = 0.0
    init_again_failed: bool = False
    failed_extension: str = ""
    refusal: Refusal | None = None
    stop_reason: str = ""
    stop_detail: str = ""
    startup: Startup | None = None
    cost: Cost | None = None
    is_debugged: bool = False
    concurrency: str = ""
    alias: str = ""
    own_phases: list[Phase] = msgspec.field(default_factory=list)
    own_lines: list[tuple[int, str]] = msgspec.field(default_factory=list)
    report: StreamEvent | None = None
    line_limit: int = 0
    lines_left_out: int = 0
    last_seq: int = -1

    def apply(self, event: StreamEvent) -> None:
        """Take in one event; events of other requests, and of the environment before a warm start, are ignored.

        Only `sandbox.assigned` says which environment serves the request, so the caller must keep earlier events of other
        environments away, as `fold_invocation` does.
        """
        if event.seq <= self.last_seq:  # taken in before, for example when a stream is resumed
            return
        self.last_seq = event.seq
        if self._is_startup(event):
            if self.startup is None:
                self.startup = Startup(environment_id=event.environment_id)
            self.startup.apply(event)
        else:
            self.apply_own(event)

    def apply_own(self, event: StreamEvent) -> None:
        """Take in an event that carries this request's ID, or an event of its environment while the request runs."""
        if self.request_id and event.request_id and event.request_id != self.request_id:
            return
        if event.type in LOG_TYPES and event.request_id:
            self._add_line(event)
            return
        fold = FOLDS.get(event.type)
        if fold is not None and self._concerns(event):
            fold(self, event, event.fields())

    def _add_line(self, event: StreamEvent) -> None:
        self.own_lines.append((event.seq, record_text(event.record)))
        # A tenth at a time: each deletion at the front moves all the other lines.
        surplus = len(self.own_lines) - self.line_limit
        if self.line_limit and surplus > self.line_limit // 10:
            del self.own_lines[:surplus]
            self.lines_left_out += surplus

    def _is_startup(self, event: StreamEvent) -> bool:
        of_environment = event.type in STARTUP_TYPES or (event.type in LOG_TYPES and not event.request_id)
        same = not self.environment_id or event.environment_id == self.environment_id
        return of_environment and same and not event.request_id and self.start != "warm" and self.invoke_began_ms is None

    def _concerns(self, event: StreamEvent) -> bool:
        return bool(event.request_id) or (event.environment_id == self.environment_id and self.status == "running")

    @property
    def status(self) -> Status:
        """The outcome. Before the report arrives, an answer or a lost sandbox decides."""
        if self.reported_status == "timeout":
            return "timeout"
        if self.function_error or (self.reported_status and self.reported_status != "success"):
            return "error"
        if self.reported_status or self.answered:
            return "success"
        return "error" if self.stop_reason else "running"

    @property
    def was_cancelled(self) -> bool:
        """Whether a person canceled it, either while its environment was being created or in the handler."""
        message = str(self.error().get("errorMessage", ""))
        return self.stop_reason == "cancelled" or message.endswith(CANCELED_ENDINGS)

    @property
    def is_cold(self) -> bool:
        """Whether it had to wait for init."""
        return self.start == "cold"

    @property
    def before_handler_ms(self) -> float | None:
        """The time from the request's arrival to the handler's first instruction; None until then."""
        return None if self.invoke_began_ms is None else self.invoke_began_ms - self.received_ms

    @property
    def phases(self) -> list[Phase]:
        """All phases it waited for; at a cold start, those of the environment's start come first."""
        return [*(self.startup.phases_since(self.received_ms) if self.startup else ()), *self.own_phases]

    def error(self) -> dict[str, Any]:
        """Return the error object in the payload; {} if it succeeded or the payload is not a JSON object."""
        return _json_object(self.payload) if self.function_error else {}

    def log_lines(self) -> list[str]:
        """Return what CloudWatch Logs would hold, one item per log event, without line ends."""
        # Sorted by sequence number alone: lines of one event share it and keep their order.
        lines = sorted([*(self.startup.lines if self.startup else ()), *self.own_lines], key=lambda item: item[0])
        return [text for _, text in lines] + self._closing_lines()

    def _closing_lines(self) -> list[str]:
        return closing_lines(self.report, self.platform_message) if self.report is not None else []

    @property
    def platform_message(self) -> str:
        """Lambda's own message about the failure; "" for a success or a failure that the function's runtime reported."""
        return str(self.error().get("errorMessage", "")) if self.is_fatal else ""

    def document(self) -> dict[str, Any]:
        """Return the JSON document of this invocation. Phases start relative to the request's arrival; no cost until priced.

        `payload` is the answer as JSON if it is JSON, otherwise the same text as `payloadText`.
        """
        return {
            "requestId": self.request_id,
            "functionName": self.function_name,
            "version": self.version,
            "sandbox": self.sandbox,
            "environmentId": self.environment_id,
            "start": self.start,
            "status": self.status,
            "functionError": self.function_error or None,
            "payload": _embedded(self.payload),
            "payloadText": self.payload,
            "metrics": self.metrics.document() if self.metrics else None,
            "phases": [_phase_document(phase, self.received_ms) for phase in self.phases],
            "log": self.log_lines(),
            "cost": _cost_document(self.cost) if self.cost else None,
        }


def fold_invocation(events: Iterable[StreamEvent], request_id: str = "") -> Invocation:
    """Fold one request out of events that may include others: the given one, else the first one assigned.

    Only events of its own environment count toward its start.
    """
    kept = sorted(events, key=lambda event: event.seq)
    # The assignment comes first although it is later: only it says whose start the events before it are.
    assigned = next((e for e in kept if e.type == "sandbox.assigned" and request_id in ("", e.fields()["requestId"])), None)
    invocation = Invocation(request_id=request_id)
    if assigned is None:
        return invocation
    invocation.apply_own(assigned)
    for event in kept:
        if event.seq != assigned.seq and event.environment_id in ("", invocation.environment_id):
            invocation.apply(event)
    return invocation


def _embedded(payload: str) -> msgspec.Raw | str:
    """Embed JSON as it is, on one line: decoding and encoding it would change its numbers."""
    try:
        return msgspec.Raw(on_one_line(payload.encode()))
    except (ValueError, RecursionError):
        return payload


def _phase_document(phase: Phase, received_ms: float) -> dict[str, Any]:
    return {"name": phase.name, "startMs": round(phase.start_ms - received_ms, 3), "durationMs": round(phase.duration_ms, 3)}


def _cost_document(cost: Cost) -> dict[str, Any]:
    """Return US dollars as numbers, for scripts; rounded only to what a double holds."""
    return {
        "usd": float(cost.usd),
        "requestsUsd": float(cost.requests_usd),
        "durationUsd": float(cost.duration_usd),
        "storageUsd": float(cost.storage_usd),
        "gbSeconds": float(cost.gb_seconds),
        **({"restoreUsd": float(cost.restore_usd)} if cost.restore_usd else {}),
        "formula": cost.formula,
    }


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}
