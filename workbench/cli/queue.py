"""`workbench queue`: the queue of asynchronous invocations, its clocks and its events."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec

from workbench.cli.choices import chosen
from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.queue import QueueCalls
from workbench.model.events import iso_time
from workbench.model.failures import InvalidInput
from workbench.model.queue import QueueClockInfo, QueuedEventInfo, QueueInfo, QueueMove, QueueStep
from workbench.model.shown import shown

Ask = Callable[[QueueCalls], Awaitable[QueueInfo | QueueMove]]
_UNITS_S = {"s": 1, "m": 60, "h": 3600}
_LINE = 160


class DropOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are to be dropped: one by its number (0: none), those that wait for a decision, or all."""

    number: int = 0
    asked: bool = False
    everything: bool = False
    function: str = ""

    def check(self) -> None:
        """Raise InvalidInput unless exactly one of them is named."""
        if (self.number > 0) + self.asked + self.everything != 1:
            raise InvalidInput("It is not clear what to drop.", "Name one: an event's number, --asked or --all.")

    async def drop(self, calls: QueueCalls) -> QueueInfo:
        """Drop them."""
        if self.number:
            return await calls.drop(self.number)
        return await calls.drop_all(self.function, only_asked=self.asked)


async def sent(calls: QueueCalls, function: str, payload: bytes) -> QueueInfo:
    """Put an event into a function's queue, and return the queue."""
    await calls.send(function, payload)
    return await calls.info(function)


def run_queue(workspace: Path, ask: Ask, *, as_json: bool) -> int:
    """Ask the workspace's engine and print its answer. Returns exit status 0; raises WorkbenchError."""
    return run(_run(workspace, ask, as_json=as_json))


async def _run(workspace: Path, ask: Ask, *, as_json: bool) -> int:
    root, choices = chosen(workspace, "", "", None, "")
    async with engine_of(root, choices) as client:
        answer = await ask(client.queue)
    if as_json:
        write_json(msgspec.json.encode(answer))
    else:
        sys.stdout.write(shown("".join(f"{line}\n" for line in _lines(answer))))
    return 0


def seconds_in(text: str) -> int | None:
    """Return the seconds of a duration such as 90s, 5m or 2h, None for "". Raises InvalidInput."""
    if not text:
        return None
    found = re.fullmatch(r"([1-9]\d{0,6})([smh]?)", text)
    if found is None:
        raise InvalidInput(f"{text!r} is not a duration.", "Write it as 90s, 5m or 2h.")
    return int(found[1]) * _UNITS_S[found[2] or "s"]


def _lines(answer: QueueInfo | QueueMove) -> Iterable[str]:
    if isinstance(answer, QueueInfo):
        return queue_lines(answer)
    nothing = ["Nothing was due."] if not answer.tried else []
    left_out = answer.tried - len(answer.steps)
    earlier = [f"({left_out:,} earlier ones are not shown)"] if left_out else []
    return [*nothing, *earlier, *map(step_line, answer.steps), *_clock_lines(answer.queue)]


def queue_lines(info: QueueInfo) -> list[str]:
    """Format the queue for the terminal."""
    if info.problem:
        return [info.problem]
    if not info.waiting:
        return ["No asynchronous invocation waits.", *_clock_lines(info)]
    left_out = info.waiting - len(info.events)
    more = [f"… and {left_out:,} more"] if left_out > 0 else []
    asked = [f"{info.asked:,} older than an hour: workbench queue resume runs them, workbench queue drop --asked drops them."]
    return [*map(_event_line, info.events), *more, *(asked if info.asked else []), *_clock_lines(info)]


def step_line(step: QueueStep) -> str:
    """Format what became of an event: `17 Fn: attempt 1 failed (…); next at 2026-…`."""
    about = f"{step.event_id} {step.function_name}:"
    why = f" ({step.why})" if step.why else ""
    attempts = _attempts(step.attempts)
    if step.outcome == "scheduled":
        return f"{about} {attempts} so far; tried again at {iso_time(step.due_ms)}{why}"
    return f"{about} {step.outcome} after {attempts}{why}"


def _attempts(count: int) -> str:
    return f"{count} attempt{'' if count == 1 else 's'}"


def _event_line(event: QueuedEventInfo) -> str:
    where = event.function_name + (f":{event.qualifier}" if event.qualifier else "")
    parts = [f"{event.event_id:>6}  {where:<24}  {_when(event):<18}  {_attempts(event.attempts)}", event.payload or "{}"]
    line = "  ".join([*parts, *([f"({event.why})"] if event.why else [])])
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"


def _when(event: QueuedEventInfo) -> str:
    if event.state != "waiting":
        return event.state
    wait_ms = event.due_ms - event.clock_ms
    return "due" if wait_ms <= 0 else f"due in {duration(wait_ms)}"


def duration(milliseconds: int) -> str:
    """Format a duration: 45 s, 1 min 30 s, 2 h 5 min."""
    seconds = -(-milliseconds // 1000)
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _clock_lines(info: QueueInfo) -> list[str]:
    return [line for clock in info.clocks if (line := _clock_line(clock))]


def _clock_line(clock: QueueClockInfo) -> str:
    whose = f"The clock of {clock.function_name}" if clock.function_name else "The clock"
    if clock.is_held:
        return f"{whose} is held at {iso_time(clock.now_ms)}."
    if not clock.ahead_ms:
        return ""
    direction = "ahead of" if clock.ahead_ms > 0 else "behind"
    return f"{whose} is {duration(abs(clock.ahead_ms))} {direction} this machine's."
