"""An alarm calls once, at the time that was set last, and makes no timer each time."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.held_clock import HeldClock
from workbench.engine.alarm import Alarm
from workbench.engine.clock import Timer

S = 1_000_000_000


class CountingClock(HeldClock):
    """Counts the timers that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.begun_ns = self.now_ns()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        self.made += 1
        return super().call_later(delay_s, callback)


class Tried:
    """An alarm, and when it called, in seconds."""

    def __init__(self) -> None:
        self.clock = CountingClock()
        self.called: list[float] = []
        self.alarm = Alarm(self.clock, lambda: self.called.append((self.clock.now_ns() - self.clock.begun_ns) / S))

    def set(self, at_s: float) -> None:
        self.alarm.set(self.clock.begun_ns + round(at_s * S))


async def test_it_calls_once_at_its_time() -> None:
    tried = Tried()
    tried.set(2)
    await tried.clock.forward(1.9)
    assert tried.called == []
    await tried.clock.forward(10)
    assert (tried.called, tried.clock.waiting) == ([2], 0)


async def test_only_what_was_set_last_counts() -> None:
    tried = Tried()
    tried.set(2)
    tried.set(5)
    await tried.clock.forward(3)
    tried.set(4)
    await tried.clock.forward(10)
    assert tried.called == [4]


async def test_what_was_given_up_is_not_called_and_can_be_set_again() -> None:
    tried = Tried()
    tried.set(2)
    tried.alarm.give_up()
    await tried.clock.forward(1)
    tried.set(6)
    tried.alarm.give_up()
    await tried.clock.forward(9)
    assert (tried.called, tried.clock.waiting) == ([], 0)
    tried.set(12)
    await tried.clock.forward(10)
    assert tried.called == [12]


async def test_a_thousand_times_set_and_given_up_make_one_timer() -> None:
    tried = Tried()
    for number in range(1_000):
        tried.set(3 + number / 1_000)
        tried.alarm.give_up()
    assert tried.clock.made == 1


async def test_a_closed_one_leaves_no_timer() -> None:
    tried = Tried()
    tried.set(2)
    tried.alarm.close()
    assert tried.clock.waiting == 0
    await tried.clock.forward(10)
    assert tried.called == []
