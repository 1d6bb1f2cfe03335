"""The watch of the window's thread sees what keeps it from its loop, names it, and says nothing of what does not."""

from __future__ import annotations

import time

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
