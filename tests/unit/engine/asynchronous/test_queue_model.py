"""The queue against a small model, in any order of events, answers, moves of its clocks, changes by hand and crashes.

The model is the description of Lambda's rules alone: it has no disk, no tasks and no waiting.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.queue_in_test import FAILED, QueueInTest, Result, condition_of, key_of
from workbench.engine.asynchronous.clocks import ALL
from workbench.engine.asynchronous.retrying import Policy
from workbench.engine.invocation.request import InvokeRequest
from workbench.model.failures import ServiceError, Throttled

FUNCTIONS = ("A", "B")
SOME = st.sampled_from((ALL, *FUNCTIONS))
RETRIES = 2
PLANS = st.sampled_from(("fff", "fff", "ftff", "tftf", "ttttttttttt", "ff", "f", ""))
MEMORY = Path("/dev/shm")
"""A disk that takes no time, where there is one: what is tried here is not the disk."""


@dataclass
class Modeled:
    """An event. `plan`: what its attempts come to, one letter each: failure, throttle, success; then successes."""

    number: int
    function: str
    plan: str
    accepted_ms: int
    due_ms: int
    tried: int = 0
    attempts: int = 0
    backoffs: int = 0


@dataclass
class Model:
    """Events that wait, those that have ended by function, and what each clock shows if it is held, else how far it is ahead."""

    real_ms: int
    waiting: list[Modeled] = field(default_factory=list)
    ended: dict[str, list[tuple[int, str, int, int]]] = field(default_factory=lambda: {name: [] for name in FUNCTIONS})
    held: dict[str, int] = field(default_factory=dict)
    ahead: dict[str, int] = field(default_factory=lambda: {ALL: 0})
    age_s: int = 200

    def clock_of(self, function: str) -> str:
        return function if function in self.held or function in self.ahead else ALL

    def now_ms(self, clock: str) -> int:
        return self.held[clock] if clock in self.held else self.real_ms + self.ahead[clock]

    def show(self, clock: str, at_ms: int) -> None:
        if clock in self.held:
            self.held[clock] = max(at_ms, self.held[clock])
        else:
            self.ahead[clock] = at_ms - self.real_ms

    def of(self, clock: str) -> list[Modeled]:
        return [event for event in self.waiting if self.clock_of(event.function) == clock]

    def attempt(self, event: Modeled, *, forced: bool = False) -> None:
        now_ms = self.now_ms(self.clock_of(event.function))
        end_ms = event.accepted_ms + self.age_s * 1000
        if now_ms >= end_ms and not forced:
            return self.end(event, "EventAgeExceeded", now_ms)
        outcome = event.plan[event.tried:event.tried + 1]
        event.tried += 1
        if outcome == "t":
            event.backoffs += 1
            return self.later(event, now_ms, min(2 ** (event.backoffs - 1), 300) * 1000, end_ms)
        event.attempts, event.backoffs = event.attempts + 1, 0
        if outcome != "f":
            return self.end(event, "Success", now_ms)
        if event.attempts > RETRIES:
            return self.end(event, "RetriesExhausted", now_ms)
        return self.later(event, now_ms, 60_000 if event.attempts == 1 else 120_000, end_ms)

    def later(self, event: Modeled, now_ms: int, wait_ms: int, end_ms: int) -> None:
        event.due_ms = now_ms + wait_ms
        if event.due_ms >= end_ms:
            self.end(event, "EventAgeExceeded", now_ms)

    def end(self, event: Modeled, condition: str, now_ms: int) -> None:
        self.waiting.remove(event)
        self.ended[event.function].append((event.number, condition, event.attempts, now_ms))


class QueueMachine(RuleBasedStateMachine):
    """Events of two functions, whose clocks are mostly held; the dispatcher does not run, so nothing happens by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.runner = asyncio.Runner()
        self.calls: Counter[str] = Counter()
        self.tested = self.runner.run(self.made())
        self.model = Model(self.tested.now_ms)
        self.hold(ALL)

    async def made(self) -> QueueInTest:
        tested = QueueInTest(self.folder / "queue.sqlite", self.answer)
        await tested.begin()
        return tested

    def answer(self, request: InvokeRequest) -> Result:
        done = self.calls[request.request_id]
        self.calls[request.request_id] += 1
        outcome = request.payload.decode()[1 + done:2 + done]
        return {"f": FAILED, "t": Throttled("x")}.get(outcome)

    @initialize(age_s=st.sampled_from((60, 180, 200)))
    def configure(self, age_s: int) -> None:
        self.model.age_s = age_s
        self.tested.policy = Policy(retries=RETRIES, age_s=age_s)

    @rule(function=st.sampled_from(FUNCTIONS), plan=PLANS)
    def accept(self, function: str, plan: str) -> None:
        self.runner.run(self.tested.accept(f'"{plan}s"'.encode(), function))
        self.tidy()  # before it is accepted: the clocks that no event needed until now
        now_ms = self.model.now_ms(self.model.clock_of(function))
        numbers = [event.fields()["eventId"] for event in self.tested.told("sandbox.queueAccepted")]
        self.model.waiting.append(Modeled(max(numbers), function, plan, now_ms, now_ms))

    @rule(function=SOME)
    def hold(self, function: str) -> None:
        self.runner.run(self.tested.queue.moves.hold(key_of(function) if function else ALL))
        for clock in [*self.model.held, *self.model.ahead] if function == ALL else [function]:
            now_ms = self.model.now_ms(self.model.clock_of(clock))
            self.model.ahead.pop(clock, None)
            self.model.held[clock] = now_ms

    @rule(function=SOME)
    def hold_again(self, function: str) -> None:
        self.hold(function)

    @rule(function=SOME)
    def resume(self, function: str) -> None:
        self.runner.run(self.tested.queue.moves.resume(key_of(function) if function else ALL))
        for clock in [*self.model.held, *self.model.ahead] if function == ALL else [function]:
            now_ms = self.model.now_ms(self.model.clock_of(clock))
            self.model.held.pop(clock, None)
            self.model.ahead[clock] = now_ms - self.model.real_ms
        self.tidy()

    @rule(function=SOME, times=st.sampled_from((1, 3, 6)))
    def steps(self, function: str, times: int) -> None:
        for _ in range(times):
            self.step(function)
            self.what_waits_is_the_same()

    def step(self, function: str) -> None:
        try:
            self.runner.run(self.tested.queue.moves.step(key_of(function) if function else ALL))
        except ServiceError:
            is_held = bool(self.model.held) if function == ALL else self.model.clock_of(function) in self.model.held
            assert not is_held
            return
        clocks = self.model.held if function == ALL else [self.model.clock_of(function)]
        events = [event for event in self.model.waiting if self.model.clock_of(event.function) in clocks
                  and self.model.clock_of(event.function) in self.model.held and function in (ALL, event.function)]
        if events:
            self.tried(min(events, key=self.order))

    @rule(function=SOME, seconds=st.sampled_from((None, 1, 60, 180, 400)))
    def forward(self, function: str, seconds: int | None) -> None:
        self.runner.run(self.tested.queue.moves.forward(
            key_of(function) if function else ALL, None if seconds is None else seconds * 1000))
        if function != ALL and self.model.clock_of(function) != function:
            now_ms = self.model.now_ms(ALL)
            if ALL in self.model.held:
                self.model.held[function] = now_ms
            else:
                self.model.ahead[function] = now_ms - self.model.real_ms
        for clock in [*self.model.held, *self.model.ahead] if function == ALL else [function]:
            self.forward_one(clock, seconds)

    def forward_one(self, clock: str, seconds: int | None) -> None:
        now_ms, first = self.model.now_ms(clock), min(self.model.of(clock), key=self.order, default=None)
        wait_ms = max(first.due_ms - now_ms, 0) if first is not None else 0
        until_ms = now_ms + (wait_ms if seconds is None else seconds * 1000)
        while clock in self.model.held and (events := self.model.of(clock)):
            if (event := min(events, key=self.order)).due_ms > until_ms:
                break
            self.tried(event)
        self.model.show(clock, until_ms)

    def tried(self, event: Modeled) -> None:
        self.model.show(self.model.clock_of(event.function), event.due_ms)
        self.model.attempt(event)

    @precondition(lambda self: self.model.waiting)
    @rule(choice=st.integers(0, 9), forced=st.sampled_from(("retry", "drop", "again")))
    def change(self, choice: int, forced: str) -> None:
        event = self.model.waiting[choice % len(self.model.waiting)]
        changes = self.tested.queue.changes
        if forced == "retry":
            self.runner.run(changes.retry(event.number))
            self.model.attempt(event, forced=True)
        elif forced == "drop":
            self.runner.run(changes.drop(event.number))
            self.model.waiting.remove(event)
        else:
            self.runner.run(changes.send_again(event.number))
            event.accepted_ms = event.due_ms = self.model.now_ms(self.model.clock_of(event.function))
            event.attempts = event.backoffs = 0

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.runner.run(self.tested.clock.forward(seconds))
        self.model.real_ms += seconds * 1000

    @rule()
    def crash(self) -> None:
        self.runner.run(self.tested.crash())
        self.tidy()

    @invariant()
    def what_waits_is_the_same(self) -> None:
        info = self.runner.run(self.tested.queue.shown.info(limit=1_000))
        now_ms = {function: self.model.now_ms(self.model.clock_of(function)) for function in FUNCTIONS}
        shown = [(e.event_id, e.function_name, e.accepted_ms, e.due_ms, e.attempts, e.state, e.clock_ms) for e in info.events]
        assert shown == [
            (e.number, e.function, e.accepted_ms, e.due_ms, e.attempts, "waiting", now_ms[e.function])
            for e in sorted(self.model.waiting, key=lambda event: event.number)]

    @invariant()
    def what_has_ended_is_the_same(self) -> None:
        """Which of two clocks goes on first when all are moved is nobody's business."""
        for function in FUNCTIONS:
            assert self.model.ended[function] == [
                (s.event.event_id, *condition_of(s), s.settled_ms) for s in self.tested.settled
                if s.event.function_name == function]

    def order(self, event: Modeled) -> tuple[int, int, int]:
        wait_ms = max(event.due_ms - self.model.now_ms(self.model.clock_of(event.function)), 0)
        return wait_ms, event.due_ms, event.number

    def tidy(self) -> None:
        """Clocks that go and that no event needs are those of the machine again."""
        used = {self.model.clock_of(event.function) for event in self.model.waiting}
        for clock in [clock for clock in self.model.ahead if clock not in used]:
            if clock == ALL:
                self.model.ahead[ALL] = 0
            elif self.model.ahead[clock]:
                del self.model.ahead[clock]

    def teardown(self) -> None:
        self.runner.run(self.tested.queue.close())
        self.runner.close()
        shutil.rmtree(self.folder)


QueueMachine.TestCase.settings = settings(
    deadline=None, max_examples=20, stateful_step_count=25, suppress_health_check=list(HealthCheck))
test_the_queue_is_the_model: Any = QueueMachine.TestCase
