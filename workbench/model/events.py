"""The one stream: everything that happens in an engine, in the vocabulary of the Telemetry API plus `sandbox.*`.

Source of the `platform.*` and `function` records: Lambda guide, "Telemetry API event schema reference" (2022-12-13).
All times are milliseconds; `time_ms` is epoch time derived from the engine's monotonic clock (one anchor an engine),
so differences between two events of one engine are exact durations.

`sandbox.*` events tell what Lambda hides:

    sandbox.assigned    a request was given an environment  {requestId, start: cold|warm, receivedMs, sandbox,
                                                             debugged: true where a debugger can stop it}
    sandbox.creating    an environment is being made        {sandbox, runtime, runsOn, memorySizeMB, notEnforced: [..],
                                                             initializationType, ahead: true when nobody waits for it}
    sandbox.progress    something long before it            {stage: pull|prepare|notice, text, fraction?}
    sandbox.created     it exists, its process does not     {durationMs}
    sandbox.started     its process was started             {durationMs}
    sandbox.spans       the runtime's own account of init   {spans: [{name: runtimeInit|functionInit, startMs, durationMs}],
                                                             imports: [{module, parent, startMs, durationMs, selfMs}]}
    sandbox.extension   a stretch of an extension's work    {name, external, phase: init|invoke|shutdown, durationMs,
                        ended                                status: success|error|timeout}
    sandbox.ready       a sandbox made ahead waits for INIT {durationMs}
    sandbox.thawed      a frozen environment goes on        {durationMs}
    sandbox.payload     what the caller sent and got        {requestId, kind: event|result, text, sizeBytes, functionError?,
                                                             isFatal? when Lambda found the failure, not the runtime}
    sandbox.outOfMemory the memory limit was reached        {limitMB, usedMB}
    sandbox.refused     the isolated sandbox is why it      {kind: path|address|network|systemCall, what?, folder?, address?,
                        failed                               isAllowed?}; see model.refusals.Refusal
    sandbox.debugger    a function is debugged              {state: listening|waiting|attached|stopped|running|detached|off,
                                                             port}; waiting: for a debugger, before the function's module;
                                                             running: it goes on after it was stopped; times stand still while
                                                             it is waiting or stopped
    sandbox.reset       its processes are gone, it is   {reason: timeout|error|failure}; after the platform.report of what
                        not: the next invocation        brought it about; failure: broken off, or died at rest
                        initialises again
    sandbox.stopped     it is gone                          {reason: idle|changed|failure|shutdown|cold|cancelled, detail?}
    sandbox.elided      log lines were left out of a slow stream {first, last, count} (seq numbers; page them from the journal)

`receivedMs` and the `startMs` of spans and imports are epoch milliseconds like `time_ms`; `parent` is the index of the
importing entry in the same list, or -1. `sandbox.spans` is missing where nobody
gives an account of the start (AWS's client for Node.js, custom runtimes).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Record = dict[str, Any] | str


LogForm = Literal["text", "text-new", "text-old", "json", "none"]
"""How a platform event shows in its function's log: Lambda's lines of text, one JSON object, or not at all.

Of the lines of text there are two editions for what failed, `text` has both (`engine_api.FailureLog`).
"""


class StreamEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One event. `seq` is gap-free per journal; `request_id` is set on whatever belongs to one invocation."""

    seq: int
    time_ms: float
    type: str
    function_name: str = ""
    environment_id: str = ""
    request_id: str = ""
    record: Record = ""
    log: LogForm = "text"

    def fields(self) -> dict[str, Any]:
        """The record of any event but a log line."""
        assert isinstance(self.record, dict)
        return self.record


def iso_time(time_ms: float) -> str:
    """Epoch milliseconds as Lambda prints them: 2026-11-05T10:11:12.123Z."""
    seconds, milliseconds = divmod(int(time_ms), 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds:03d}Z"


def telemetry_record(kind: str, record: Record) -> Record:
    """A record as AWS's schema has it: spans tell their start as a time of day, our stream has epoch milliseconds."""
    if kind not in ("platform.runtimeDone", "platform.report") or not isinstance(record, dict) or "spans" not in record:
        return record
    return {**record, "spans": [_span(span) for span in record["spans"]]}


def _span(span: dict[str, Any]) -> dict[str, Any]:
    return {"name": span["name"], "start": iso_time(span["startMs"]), "durationMs": round(span["durationMs"], 3)}
