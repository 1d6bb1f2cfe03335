"""Which invocations count for a step: those since it began, and none that the journal has kept from before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.workspace.lesson_course import LessonCourse
from workbench.lessons.conditions import read_condition
from workbench.lessons.lesson import Check, Lesson, Step
from workbench.state.session import Session, Topic

COLD = Check("cold", read_condition("cold"))
LESSON = Lesson("a.md", "A", (Step("One", checks=(COLD,)), Step("Two", checks=(COLD,))))


class Run:
    """A course over the stream of an engine, whose first events are an hour old."""

    def __init__(self, folder: Path) -> None:
        self.parent = QObject()
        self.session, self.stream = Session(since_ms=time.time() * 1_000), EventStream()
        self.course = LessonCourse(self.session, WorkspaceMemory(Preferences(folder / "window.ini"), folder), self.parent)
        self.stream.now_ms = time.time() * 1_000 - 3_600_000
        self._known = 0

    def invoke(self, request_id: str) -> None:
        self.stream.cold_success(request_id, f"env-{request_id}")
        self.course.take(self.session.apply(self.stream.events[self._known:], time.time() * 1_000))
        self._known = len(self.stream.events)

    def is_reached(self) -> bool:
        return self.course.is_reached(COLD)


@pytest.fixture
def run(qtbot: QtBot, tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path)
    yield made
    made.course.end()
    made.parent.deleteLater()


def settled(run: Run, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not run.course._pause.isActive())


def test_what_the_journal_kept_does_not_count(run: Run, qtbot: QtBot) -> None:
    run.invoke("before")
    run.course.take_lessons((LESSON,))
    run.stream.wait(60_000)
    run.invoke("before too, in the next batch")
    settled(run, qtbot)
    assert not run.is_reached()
    run.stream.now_ms = time.time() * 1_000
    run.invoke("now")
    qtbot.waitUntil(run.is_reached)


def test_what_was_invoked_before_a_step_does_not_count_for_it(run: Run, qtbot: QtBot) -> None:
    run.course.take_lessons((LESSON,))
    run.stream.now_ms = time.time() * 1_000
    run.invoke("first")
    qtbot.waitUntil(run.is_reached)
    time_ms = run.session.engine_now_ms(time.time() * 1_000)
    qtbot.waitUntil(lambda: run.session.engine_now_ms(time.time() * 1_000) > time_ms + 1)
    run.course.go(1)
    run.course.take({Topic.INVOCATIONS})
    settled(run, qtbot)
    assert (run.course.number, run.is_reached()) == (1, False)
    run.course.go(-1)
    assert run.is_reached()
    run.course.go(5)
    assert run.course.number == 0


def test_a_step_that_goes_on_in_a_changed_file_does_not_begin_anew(run: Run, qtbot: QtBot) -> None:
    run.course.take_lessons((LESSON,))
    run.stream.now_ms = time.time() * 1_000
    run.invoke("first")
    warm = Check("again", read_condition("cold and duration < 60 s"))
    changed = Lesson("a.md", "A", (Step("One", "Another text", (COLD, warm)),))
    run.course.take_lessons((changed,))
    qtbot.waitUntil(lambda: run.course.is_reached(warm) and run.is_reached())
