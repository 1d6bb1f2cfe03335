"""The watch of the window's thread sees what keeps it from its loop, names it, and says nothing of what does not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import yaml
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from tests.support.stall_watch import StallWatch


def compute_for(duration_s: float) -> None:
    until_s = time.thread_time() + duration_s
    while time.thread_time() < until_s:
        pass


def watched(qtbot: QtBot, *slots: object) -> list[str]:
    over: list[int] = []
    with StallWatch(40) as watch:
        for number, slot in enumerate(slots):
            QTimer.singleShot(20 * number, slot)
        QTimer.singleShot(20 * len(slots), lambda: over.append(1))
        qtbot.waitUntil(lambda: bool(over))
        qtbot.wait(20)
    return watch.stalls


def test_a_long_slot_is_seen_and_named(qtbot: QtBot) -> None:
    (stall,) = watched(qtbot, lambda: compute_for(0.5))
    assert "compute_for" in stall


def test_waiting_and_short_work_are_no_stall(qtbot: QtBot) -> None:
    assert watched(qtbot, *[lambda: compute_for(0.002)] * 8, lambda: time.sleep(0.2)) == []


_PIECE_MS = 4.6
"""What `piece` takes where `tests.support.stall_watch` takes what it says there."""
_TEMPLATE = "\n".join(f"k{number}: {{a: [1, 2, x], b: 'text {number}'}}" for number in range(30))
_BUSY = "block = bytearray(64 << 20)\nwhile True: bytes(block)"
"""A program that wants the caches for itself."""


def piece() -> None:
    """Some work that the window does too, other than what the watch compares with. It needs no fonts, which tests change."""
    yaml.load(_TEMPLATE, yaml.SafeLoader)


@pytest.fixture(params=[0, 4], ids=["alone", "beside four busy programs"])
def crowd(request: pytest.FixtureRequest) -> Iterator[None]:
    programs = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(request.param)]
    yield
    for program in programs:
        program.kill()
        program.wait()


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("took_ms", "is_stall"), [(165, True), (70, False)])
def test_a_turn_is_judged_by_what_it_would_take_alone(qtbot: QtBot, took_ms: int, *, is_stall: bool) -> None:
    piece()
    over: list[int] = []

    def turn() -> None:
        for _ in range(round(took_ms / _PIECE_MS)):
            piece()
        over.append(1)

    with StallWatch(100) as watch:
        QTimer.singleShot(20, turn)
        qtbot.waitUntil(lambda: bool(over))
        qtbot.wait(20)
    assert bool(watch.stalls) is is_stall, watch.stalls
