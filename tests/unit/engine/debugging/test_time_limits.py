"""Limits that stand still while a debugger holds the function."""

from __future__ import annotations

import asyncio

from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits


async def passed(limit_s: float) -> None:
    """Return when a limit of others has expired."""
    over = asyncio.Event()
    TimeLimits(Clock()).start(limit_s, over.set)
    await over.wait()


async def test_a_limit_expires_once() -> None:
    limits, expired = TimeLimits(Clock()), asyncio.Event()
    limits.start(0.001, expired.set)
    await expired.wait()
    expired.clear()
    limits.hold()
    limits.go_on()
    await passed(0.005)
    assert not expired.is_set()


async def test_a_held_limit_does_not_expire_and_goes_on_with_what_was_left() -> None:
    limits, expired = TimeLimits(Clock()), asyncio.Event()
    limits.start(0.02, expired.set)
    limits.hold()
    assert limits.are_held
    await passed(0.04)
    assert not expired.is_set()
    limits.go_on()
    await expired.wait()


async def test_a_limit_that_starts_while_all_are_held_waits() -> None:
    limits, expired = TimeLimits(Clock()), asyncio.Event()
    limits.hold()
    limits.start(0.001, expired.set)
    await passed(0.01)
    assert not expired.is_set()
    limits.go_on()
    await expired.wait()


async def test_a_cancelled_limit_never_expires() -> None:
    limits, expired = TimeLimits(Clock()), asyncio.Event()
    limit = limits.start(0.001, expired.set)
    limit.cancel()
    limits.hold()
    limits.go_on()
    await passed(0.01)
    assert not expired.is_set()
