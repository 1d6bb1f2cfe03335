"""Everything a window shows of an engine, folded from its stream in batches. No I/O; for use on one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from workbench.model.events import StreamEvent
from workbench.state.concurrency import ConcurrencyGrid
from workbench.state.costs import Pricing, SessionCosts
from workbench.state.debugging import Debugging
from workbench.state.environments import Environments
from workbench.state.hidden_values import HiddenValues
from workbench.state.history import History
from workbench.state.invocation import Invocation
from workbench.state.invocation_folds import OWN_TYPES
from workbench.state.logs import LogTail, take_event
from workbench.state.sequence import Sequencer
from workbench.state.startup import LOG_TYPES
from workbench.state.verdicts import Verdicts

if TYPE_CHECKING:
    from workbench.state.timeline import Timeline

LINES_PER_INVOCATION = 1_000
"""The number of log lines kept per invocation in the history; the journal has all of them."""


class Topic(StrEnum):
    """What a batch changed; a panel refreshes when one of its topics is in the set that `apply` returns."""

    TIMELINE = "timeline"
    LOGS = "logs"
    INVOCATIONS = "invocations"
    ENVIRONMENTS = "environments"
    COSTS = "costs"
    STREAM = "stream"
    PROGRESS = "progress"
    DEBUGGING = "debugging"
    FUNCTIONS = "functions"
    PARTS = "parts"
    QUEUE = "queue"
    QUEUED = "queued"
    INBOX = "inbox"
    CONCURRENCY = "concurrency"


_OF_QUEUE: Mapping[str, frozenset[Topic]] = {
    "sandbox.queueClock": frozenset({Topic.QUEUE}),
    "sandbox.delivered": frozenset({Topic.QUEUED, Topic.INBOX}),
    **{f"sandbox.queue{what}": frozenset({Topic.QUEUED})
       for what in ("Accepted", "Attempt", "Scheduled", "Settled", "Dropped", "Edited")},
}
"""What the events of the asynchronous queue change. Views ask the engine for what they show of it: it may be 100,000 events."""


class Progress(msgspec.Struct, frozen=True):
    """The latest news of a long step before an invocation, such as pulling an image. `fraction` is None if it is unknown."""

    function_name: str
    request_id: str
    stage: str
    text: str
    fraction: float | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the status bar. `usd` leaves out debugged invocations; `environments_warm` includes the busy ones.

    `canceled` invocations, which a person broke off, are not among the `invocations`, as nowhere in what things cost.

    `prepared` sandboxes have no execution environment yet: they are not among the `environments`.
    """

    invocations: int
    canceled: int
    errors: int
    cold_starts: int
    usd: Decimal
    environments: int
    environments_warm: int
    environments_busy: int
    prepared: int


class Session:
    """The read models of one engine. Invocations are priced when their report arrives.

    `since_ms` (epoch) is when the session began: earlier invocations from the journal are shown but not counted in totals.
    """

    def __init__(self, pricing: Pricing | None = None, since_ms: float = 0.0) -> None:
        self.since_ms = since_ms
        self.logs = LogTail()
        self.history = History()
        self.environments = Environments()
        self.concurrency = ConcurrencyGrid(since_ms)
        self.debugging = Debugging()
        self.costs = SessionCosts(pricing)
        self.sequence = Sequencer()
        self.progress: Progress | None = None
        self.hidden = HiddenValues()
        """What nobody is to see now, wherever it stands in what is shown."""
        self.verdicts = Verdicts()
        self._clock_offset_ms: float | None = None

    @cached_property
    def timeline(self) -> Timeline:
        """Environments as rows of spans. Created on first use, because importing numpy takes 0.2 s."""
        from workbench.state.timeline import Timeline

        return Timeline()

    def apply(self, batch: Sequence[StreamEvent], now_ms: float | None = None) -> set[Topic]:
        """Take in events and return what they changed. Known events are ignored; missing ones are noted in `sequence.gaps`.

        `now_ms` is this machine's epoch time on arrival, from which the engine's clock is estimated (`engine_now_ms`).
        """
        topics: set[Topic] = set()
        for event in batch:
            if self.sequence.accept(event):
                self._apply_one(event, topics)
            if self.sequence.take_gap_news():
                self.logs.is_doubtful = True
                topics.add(Topic.STREAM)
        if now_ms is not None and batch:
            self._observe_clock(batch[-1], now_ms)  # the last event waited least for its batch to be sent
        return topics

    def price(self, invocation: Invocation) -> None:
        """Give an invocation that was folded from the journal its price, which counts in no total."""
        if invocation.metrics is not None:
            self.costs.price(invocation)

    def engine_now_ms(self, now_ms: float) -> float:
        """Return the engine's epoch time at our `now_ms`, as precisely as the arrival of events shows it."""
        return now_ms - (self._clock_offset_ms or 0.0)

    @property
    def totals(self) -> Totals:
        """The session's figures for the status bar."""
        total = self.costs.total
        return Totals(
            invocations=total.invocations + self.costs.debugged, canceled=self.costs.cancelled,
            errors=total.errors, cold_starts=total.cold_starts, usd=total.usd,
            environments=self.environments.count("creating", "initializing", "idle", "busy", "reset"),
            environments_warm=self.environments.warm, environments_busy=self.environments.count("busy"),
            prepared=self.environments.count("prepared"),
        )

    def last_cold_start(self) -> Invocation | None:
        """Return the newest cold start whose init has been measured; None if there is none."""
        return next((i for i in reversed(list(self.history)) if i.startup is not None and i.startup.init_ms is not None), None)

    def _apply_one(self, event: StreamEvent, topics: set[Topic]) -> None:
        if event.type in _OF_QUEUE:
            topics |= _OF_QUEUE[event.type]
        elif event.type in LOG_TYPES and event.request_id:
            self._apply_line(event, topics)
        else:
            self._apply_lifecycle(event, topics)

    def _apply_line(self, event: StreamEvent, topics: set[Topic]) -> None:
        """Take the fast path for lines printed during an invocation, which can arrive by the thousand."""
        invocation = self.history.get(event.request_id)
        if invocation is not None:
            invocation.apply_own(event)
        take_event(self.logs, event)
        topics.add(Topic.LOGS)

    def _apply_lifecycle(self, event: StreamEvent, topics: set[Topic]) -> None:
        # Before the environments take the event in: a stop or a report clears the request that it belongs to.
        request_id = event.request_id or self._request_of(event.environment_id)
        environment = self.environments.apply(event)
        if environment is not None and event.type not in LOG_TYPES:
            topics.add(Topic.ENVIRONMENTS)
        if self.concurrency.apply(event, environment):
            topics.add(Topic.CONCURRENCY)
        if self.timeline.apply(event):
            topics.add(Topic.TIMELINE)
        invocation = self._apply_to_invocation(event, request_id)
        if invocation is not None and event.type not in LOG_TYPES:
            topics.add(Topic.INVOCATIONS)
        if take_event(self.logs, event, invocation.platform_message if invocation is not None else ""):
            topics.add(Topic.LOGS)
        if event.type == "platform.report" and invocation is not None:
            self.costs.price(invocation)  # those of the journal as well: they are shown with their cost
            if invocation.received_ms >= self.since_ms:
                self.costs.add(invocation)
            topics.add(Topic.COSTS)
        if event.type == "sandbox.stopped" and invocation is not None and invocation.stop_reason == "cancelled":
            self._count_canceled(invocation, topics)
        if self.debugging.apply(event):
            topics.add(Topic.DEBUGGING)
        if event.type == "sandbox.progress":
            self.progress = _progress(event)
            topics.add(Topic.PROGRESS)
        if event.type == "sandbox.functionChanged":
            topics.add(Topic.FUNCTIONS)
        if event.type == "sandbox.partsChanged":
            topics.add(Topic.PARTS)

    def _count_canceled(self, invocation: Invocation, topics: set[Topic]) -> None:
        """Count one that was canceled while its environment was created: it never gets a report."""
        if invocation.received_ms >= self.since_ms:
            self.costs.add(invocation)
            topics.add(Topic.COSTS)

    def _apply_to_invocation(self, event: StreamEvent, request_id: str) -> Invocation | None:
        """Apply the event to its invocation: `request_id` is the event's, else that of the request running in its environment."""
        if event.type == "sandbox.assigned":
            return self._assign(event)
        if event.type not in OWN_TYPES and event.type not in LOG_TYPES:
            return None
        invocation = self.history.get(request_id)
        # Log lines that come here carry no request ID: they belong to the environment, not to the invocation.
        if invocation is not None and event.type not in LOG_TYPES:
            invocation.apply_own(event)
        return invocation

    def _assign(self, event: StreamEvent) -> Invocation:
        invocation = self.history.listed(event.request_id)
        if invocation is None:
            invocation = Invocation(line_limit=LINES_PER_INVOCATION)
            invocation.apply_own(event)
            self.history.add(invocation)
        else:
            invocation.apply_own(event)
        self.progress = None
        environment = self.environments.by_id[event.environment_id]
        environment.request_id = event.request_id
        # Shared and not copied: INIT of a cold start is still to come, and the environment's fold takes it in.
        invocation.startup = environment.startup if invocation.is_cold else None
        return invocation

    def _request_of(self, environment_id: str) -> str:
        environment = self.environments.by_id.get(environment_id)
        return environment.request_id if environment else ""

    def _observe_clock(self, newest: StreamEvent, now_ms: float) -> None:
        if newest.time_ms <= 0:
            return
        # The offset includes the delay of the delivery, so the smallest one seen is the closest to the difference of the clocks.
        offset_ms = now_ms - newest.time_ms
        if self._clock_offset_ms is None or offset_ms < self._clock_offset_ms:
            self._clock_offset_ms = offset_ms


def _progress(event: StreamEvent) -> Progress:
    record = event.fields()
    stage, text = record.get("stage", ""), record.get("text", "")
    return Progress(event.function_name, event.request_id, stage, text, record.get("fraction"))
