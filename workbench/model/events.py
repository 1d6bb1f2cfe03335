"""The one stream: everything that happens in an engine, in the vocabulary of the Telemetry API plus `sandbox.*`.

Source of the `platform.*` and `function` records: Lambda guide, "Telemetry API event schema reference" (2022-12-13).
All times are milliseconds; `time_ms` is epoch time derived from the engine's monotonic clock (one anchor per engine),
so the difference between two events of one engine is an exact duration.

`sandbox.*` events report what Lambda hides:

    sandbox.assigned    a request was given an environment  {requestId, start: cold|warm, receivedMs, sandbox,
                                                             debugged: true where a debugger can stop it,
                                                             concurrency: provisioned, or spillover where none of its
                                                             version's provisioned concurrency was free; alias: the one
                                                             that the request named; version: of a new environment;
                                                             trigger, deployment: see PastInvocation}
    sandbox.throttled   requests were refused               {reason, count}; of no environment. The first throttle of a
                                                             function is told at once, those of a tenth of a second together
    sandbox.creating    an environment is being made        {sandbox, version, runtime, runsOn, memorySizeMB, notEnforced: [..],
                                                             initializationType, ahead: true if no request waits for it,
                                                             codePath, layerPaths: the engine's folders of both}
    sandbox.progress    a long step before that             {stage: pull|prepare|wait|notice, text, fraction?}; wait: for
                                                             this machine, which runs no more environments; with fraction
                                                             1, the wait is over
    sandbox.created     it exists, its process does not yet {durationMs}
    sandbox.started     its process was started             {durationMs}
    sandbox.spans       init as the runtime reported it     {spans: [{name: runtimeInit|functionInit, startMs, durationMs}],
                                                             imports: [{module, parent, startMs, durationMs, selfMs}]}
    sandbox.extension   a stretch of an extension's work    {name, external, phase: init|invoke|shutdown, durationMs,
                        ended                                status: success|error|timeout}
    sandbox.ready       a spare sandbox waits for INIT      {durationMs}
    sandbox.thawed      a frozen environment was thawed     {durationMs}
    sandbox.payload     what the caller sent or received    {requestId, kind: event|result, text, sizeBytes, functionError?,
                                                             isFatal? if Lambda found the failure, not the runtime}
    sandbox.outOfMemory the memory limit was reached        {limitMB, usedMB}
    sandbox.refused     the isolated sandbox caused the     {kind: path|address|network|systemCall, what?, folder?, address?,
                        failure                              isAllowed?}; see model.refusals.Refusal
    sandbox.debugger    a function is debugged              {state: listening|waiting|attached|stopped|running|detached|off,
                                                             port}; waiting: for a debugger, before the function's module
                                                             is loaded; running: resumed after a stop; all time limits are
                                                             suspended while it is waiting or stopped
    sandbox.reset       its processes are gone, but it is   {reason: timeout|error|failure}; follows the platform.report of
                        kept: the next invocation           the cause; failure: the invocation was canceled, or the
                        initializes again                   process died while idle
    sandbox.stopping    it serves nobody any more           {reason}; its extensions and its runtime are shut down
    sandbox.stopped     it is gone                          {reason: idle|changed|expired|failure|shutdown|cold|cancelled|
                                                             snapshot, detail?}; expired: the credentials that it had;
                                                             snapshot: it ran INIT for a publication, and nothing is forked here
    sandbox.delivered   the end of an asynchronous          {kind: success|failure|dead-letter, target, place:
                        invocation was sent on               service|function|inbox, why?}; why the target did not get it
    sandbox.functionChanged                                 {}; of no environment: the API made, changed or deleted this
                                                             function, or published a layer that it names
    sandbox.partsChanged                                    {}; of no environment: what belongs to this function was made,
                                                             changed or deleted: versions, aliases, tags, permissions, …
    sandbox.historyChanged                                  {forgotten: [mark, ..]}, {restored: how many} or
                                                             {marked: how many}; of no environment: a person's doing; for a
                                                             mark see `forgotten_requests`: an ID would stay in the journal
    sandbox.queue…      an asynchronous invocation, told with its request ID; times are those of the queue's clock
    sandbox.queueAccepted    it is on disk                  {eventId, qualifier, acceptedMs}
    sandbox.queueAttempt     it is tried                    {eventId, attempt: counted from 1, ageMs}
    sandbox.queueScheduled   it will be tried again         {eventId, dueMs, inMs, attempts, why}
    sandbox.queueSettled     it has ended                   {eventId, condition: see requestContext.condition of the service's
                                                             records, or RecursiveInvocationDetected; attempts,
                                                             settledMs}
    sandbox.queueDropped     it was removed                 {eventId, attempts, why, droppedMs}
    sandbox.queueEdited      its payload was replaced       {eventId, payloadBytes}
    sandbox.queueClock  a clock of the queue was held, goes on, or was moved; of no function for the clock of all
                                                            {isHeld, nowMs, offsetMs}
    sandbox.elided      log lines left out of a slow stream {first, last, count}; seq numbers, to be paged from the journal;
                                                             forgotten: true for events that a person had deleted

`receivedMs` and the `startMs` of spans and imports are epoch milliseconds like `time_ms`; `parent` is the index of the
importing entry in the same list, or -1. There is no `sandbox.spans` for runtimes that do not report their init (AWS's client
for Node.js, custom runtimes).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from workbench.model.moments import universal_time

Record = dict[str, Any] | str


LogForm = Literal["text", "text-new", "text-old", "json", "none"]
"""How a platform event appears in its function's log: as Lambda's lines of text, as one JSON object, or not at all.

For failures, the text comes in two editions; `text` has both (see `engine_api.FailureLog`).
"""


class StreamEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One event. `seq` has no gaps within a journal; `request_id` is set on everything that belongs to one invocation."""

    seq: int
    time_ms: float
    type: str
    function_name: str = ""
    environment_id: str = ""
    request_id: str = ""
    record: Record = ""
    log: LogForm = "text"

    def fields(self) -> dict[str, Any]:
        """Return the record as a dict. Valid for every event except log lines, whose record is text."""
        assert isinstance(self.record, dict)
        return self.record


def is_cut(payload: dict[str, Any]) -> bool:
    """Whether the record of a `sandbox.payload` tells only the beginning of it."""
    return len(str(payload.get("text", "")).encode(errors="surrogatepass")) != int(payload.get("sizeBytes", 0))


def iso_time(time_ms: float) -> str:
    """Format epoch milliseconds as Lambda prints them: 2026-11-05T10:11:12.123Z."""
    seconds, milliseconds = divmod(int(time_ms), 1000)
    return universal_time(seconds).strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds:03d}Z"


def telemetry_record(kind: str, record: Record) -> Record:
    """Convert a record to AWS's schema, in which spans have their start as ISO time instead of epoch milliseconds."""
    if kind not in ("platform.runtimeDone", "platform.report") or not isinstance(record, dict) or "spans" not in record:
        return record
    return {**record, "spans": [_span(span) for span in record["spans"]]}


def _span(span: dict[str, Any]) -> dict[str, Any]:
    return {"name": span["name"], "start": iso_time(span["startMs"]), "durationMs": round(span["durationMs"], 3)}
