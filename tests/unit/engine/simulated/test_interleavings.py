"""Whatever happens to an engine, in whatever order: nobody waits for ever, nothing is told twice, nothing is left.

Requests, time, crashes, timeouts, failures of INIT, cancellations and changes of the configuration, as Hypothesis arranges them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from tests.support.simulated_sandbox import SimulatedRuntime
from workbench.background import BackgroundWork
from workbench.engine.environment.state import State
from workbench.engine.invocation.request import InvokeOutcome
from workbench.model.failures import WorkbenchError

TIMEOUT_S, MEMORY_MB = 3, 128
LONG_ENOUGH_S = 600.0
DELAY_S = 0.02
"""What a sandbox takes to be made, to start, to thaw and to end: time in which something else can happen."""
REPORTED_WITHIN_S = 10 * DELAY_S
"""A failure that ends the sandbox is reported once the sandbox is gone."""

times_s = st.sampled_from([0, 0.25, 1, 2.5, 4])
behaviors = st.fixed_dictionaries({"sleep": times_s}, optional={
    "linger": times_s, "write": st.sampled_from(["a line\n", "no end of line"]), "take": st.sampled_from([1, 256]),
    "exit": st.sampled_from([0, 3]), "fail": st.just("ValueError")})
inits = st.sampled_from([
    ("sleep", 0), ("sleep", 0), ("sleep", 0.5), ("sleep", 9), ("sleep", 11), ("exit", 1), ("fail", "Runtime.ImportModuleError")])


class Invoke(NamedTuple):
    """A request with this event."""

    event: dict[str, Any]


class Forward(NamedTuple):
    """Time passes."""

    duration_s: float


class Init(NamedTuple):
    """The next runtimes begin like this."""

    how: tuple[str, Any]


class To(NamedTuple):
    """Something happens to one of those that there are."""

    what: str
    which: int


class Turns(NamedTuple):
    """The loop goes round this often: what happens next happens in the middle of what was set off."""

    count: int


Step = Invoke | Forward | Init | To | Turns
events_of_the_world = st.one_of(
    st.builds(Invoke, behaviors), st.builds(Invoke, behaviors), st.builds(Invoke, behaviors), st.builds(Init, inits),
    st.builds(To, st.sampled_from(["kill", "kill", "lose"]), st.integers(0, 2)),
    st.builds(To, st.sampled_from(["cancel", "retire", "stop"]), st.integers(0, 2)))
pauses = st.one_of(
    st.just(Turns(0)), st.builds(Turns, st.integers(1, 6)), st.builds(Forward, st.sampled_from([0, 0.01, 0.03])),
    st.just(Forward(0.3)), st.just(Forward(5)))
steps = st.lists(st.tuples(events_of_the_world, pauses), min_size=4, max_size=16).map(
    lambda pairs: [Invoke({"sleep": 0}), Forward(1), *(step for pair in pairs for step in pair)])
"""After a first invocation there is an environment to which something can happen."""


class Story:
    """One engine and what is asked of it."""

    def __init__(self, folder: Path, delay_s: float) -> None:
        self.init: tuple[str, Any] = ("sleep", 0)
        self.engine = SimulatedEngine(folder, self._script, timeout_s=TIMEOUT_S, memory_mb=MEMORY_MB, delay_s=delay_s)
        self.calls: list[tuple[str, dict[str, Any], asyncio.Task[InvokeOutcome]]] = []

    async def _script(self, runtime: SimulatedRuntime) -> int:
        what, value = self.init
        if what == "exit":
            return int(value)
        if what == "fail":
            await runtime.fail_init(value)
            return 1
        await runtime.sleep(value)
        return await obey(runtime)

    async def take(self, step: Step) -> None:
        if isinstance(step, Forward):
            await self.engine.clock.forward(step.duration_s)
        elif isinstance(step, Init):
            self.init = step.how
        elif isinstance(step, Invoke):
            request_id = f"request-{len(self.calls)}"
            self.calls.append((request_id, step.event, self.engine.invoke(step.event, request_id)))
        elif isinstance(step, Turns):
            for _ in range(step.count):
                await asyncio.sleep(0)
        else:
            self._happen(step)

    def _happen(self, step: To) -> None:
        environments = self.engine.environments
        alive = [sandbox for sandbox in self.engine.provider.made if sandbox.is_alive]
        running = [request_id for request_id, _, call in self.calls if not call.done()]
        if step.what == "retire":
            self.engine.pool.retire(lambda _: True, "changed")
        elif step.what == "cancel" and running:
            self.engine.invoker.cancel(running[step.which % len(running)])
        elif step.what == "stop" and environments:
            self.engine.pool.stop_one(environments[step.which % len(environments)].environment_id)
        elif step.what in ("kill", "lose") and alive:
            getattr(alive[step.which % len(alive)], step.what)()

    def kill_at_rest(self) -> None:
        """Kill all sandboxes that are frozen."""
        for sandbox in self.engine.provider.made:
            if sandbox.is_alive and not sandbox.thawed.is_set():
                sandbox.kill()

    async def end(self) -> None:
        await self.engine.clock.forward(LONG_ENOUGH_S)
        for _, _, call in self.calls:
            assert call.done()
            with contextlib.suppress(WorkbenchError):
                await call


def play(folder: Path, tell: Callable[[Story], Awaitable[None]], *, delay_s: float) -> None:
    async def run() -> None:
        errors = BackgroundWork()
        errors.listen()
        story = Story(folder, delay_s)
        made = story.engine.environments
        try:
            await tell(story)
        finally:
            made += story.engine.environments
            await story.engine.close()
        engine = story.engine
        assert all(environment.state is State.STOPPED for environment in made)
        created = [event.environment_id for event in engine.events() if event.type == "sandbox.creating"]
        assert sorted(engine.provider.released) == sorted(created)
        assert all(sandbox.is_gone for sandbox in engine.provider.made)
        assert engine.environments == []
        assert engine.clock.waiting == 0
        await errors.close()
        assert errors.problem == ""
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(run())


@settings(deadline=None, max_examples=150)
@given(steps)
def test_in_whatever_order(tmp_path_factory: Any, steps: list[Step]) -> None:
    async def tell(story: Story) -> None:
        for step in steps:
            await story.take(step)
        await story.end()
        for request_id, _, call in story.calls:
            told = story.engine.types(request_id)
            answered = call.exception() is None
            assert told["platform.report"] == told["platform.runtimeDone"] == told["platform.start"] == int(answered)
            if answered and call.result().result.is_fatal:
                assert story.engine.report_after_answer_s(request_id) < REPORTED_WITHIN_S

    play(tmp_path_factory.getbasetemp(), tell, delay_s=DELAY_S)


@settings(deadline=None, max_examples=150)
@given(steps)
def test_the_end_in_the_midst_of_it(tmp_path_factory: Any, steps: list[Step]) -> None:
    """The engine ends while requests run, sandboxes are made and others end: it waits for all of it."""
    async def tell(story: Story) -> None:
        for step in steps:
            await story.take(step)
        await story.engine.close()
        for request_id, _, _ in story.calls:
            told = story.engine.types(request_id)
            assert told["platform.report"] == told["platform.runtimeDone"] == told["platform.start"] <= 1

    play(tmp_path_factory.getbasetemp(), tell, delay_s=DELAY_S)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(behaviors, times_s, st.booleans()), max_size=8))
def test_each_gets_what_its_handler_did(tmp_path_factory: Any, requests: list[tuple[dict[str, Any], float, bool]]) -> None:
    """Many at a time, in however many environments: the answer and the figures of each depend on its own handler alone.

    Also where the sandboxes at rest are killed before it.
    """
    async def tell(story: Story) -> None:
        for event, pause_s, killed in requests:
            if killed:
                story.kill_at_rest()
            await story.take(Invoke(event))
            await story.take(Forward(pause_s))
        await story.end()
        for request_id, event, call in story.calls:
            outcome, report = call.result(), story.engine.report(request_id)
            answer, ends_s, status = expected(event)
            if answer is None:
                assert json.loads(outcome.result.payload)["kept"] == ""
            else:
                assert outcome.result.error_type == answer
            assert (report["metrics"]["durationMs"], report["status"]) == (ends_s * 1000, status), event

    play(tmp_path_factory.getbasetemp(), tell, delay_s=0)  # a repeated INIT is in the duration, with what its sandbox takes


def expected(event: dict[str, Any]) -> tuple[str | None, float, str]:
    """The error type (None for the answer), when the invocation ends, and its status in the REPORT."""
    answers_s, linger_s = event["sleep"], event.get("linger", 0)
    if event.get("take", 0) > MEMORY_MB:
        return "Runtime.OutOfMemory", 0, "error"
    if answers_s > TIMEOUT_S:
        return "Sandbox.Timedout", TIMEOUT_S, "timeout"
    if "exit" in event:
        return "Runtime.ExitError", answers_s, "error"
    error = event.get("fail")
    if answers_s + linger_s > TIMEOUT_S:
        return error, TIMEOUT_S, "timeout"
    return error, answers_s + linger_s, "error" if error else "success"
