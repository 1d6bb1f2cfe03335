"""Where a person is in the lessons of a workspace, and which checks have been reached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.state.session import Session, Topic

if TYPE_CHECKING:  # imported on a thread, if there is a lesson
    from workbench.lessons.lesson import Check, Lesson, Step
    from workbench.lessons.progress import Progress

_PAUSE_MS = 100
"""Between two looks at the invocations, which are 2,000 at most."""
_KEY = "lesson"


class LessonCourse(QObject):
    """Judges the step that is shown by the invocations since it began, whether it can be seen or not. What was reached stays so,
    and is kept with what the window remembers of the workspace.

    Emits `changed()` when anything of it is another one.
    """

    changed = Signal()

    def __init__(self, session: Session, memory: WorkspaceMemory, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._memory = session, memory
        self.lessons: tuple[Lesson, ...] = ()
        self._progress: Progress | None = None
        self._since_ms = 0.0
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._judge)

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is shown, None if the workspace has none."""
        chosen = (each for each in self.lessons if self._progress is not None and each.name == self._progress.name)
        return next(chosen, self.lessons[0] if self.lessons else None)

    @property
    def number(self) -> int:
        """The number of the step that is shown, from 0."""
        lesson = self.lesson
        return self._progress.step_of(lesson) if lesson is not None and self._progress is not None else 0

    @property
    def step(self) -> Step | None:
        """The step that is shown, None if there is none."""
        lesson = self.lesson
        return lesson.steps[self.number] if lesson is not None and lesson.steps else None

    def can_go(self, by: int) -> bool:
        """Whether there is a step that many further on."""
        return self.lesson is not None and 0 <= self.number + by < len(self.lesson.steps)

    def is_reached(self, check: Check) -> bool:
        """Whether a check of this step was reached."""
        lesson, step = self.lesson, self.step
        return lesson is not None and step is not None and self._known.has(lesson, step, check)

    def take_lessons(self, lessons: tuple[Lesson, ...]) -> None:
        """Use these, which have just been read. A step that is called as before goes on."""
        from_before = self._place
        self.lessons = lessons
        if lessons and self._progress is None:
            from workbench.lessons.progress import read_progress

            self._progress = read_progress(self._memory.text(_KEY))
        if self._place != from_before:
            self._begin_step()
        self.take({Topic.INVOCATIONS})
        self.changed.emit()

    def choose(self, name: str) -> None:
        """Show another lesson, at the step where it was left."""
        if self.lesson is not None and name != self.lesson.name:
            self._turn(self._known.chosen(name))

    def go(self, by: int) -> None:
        """Go that many steps on, or back."""
        lesson = self.lesson
        if lesson is not None and self.can_go(by):
            self._turn(self._known.went(lesson, self.number + by))

    def reset_step(self) -> None:
        """Begin this step anew: nothing of it is reached, and what was invoked until now does not count."""
        lesson, step = self.lesson, self.step
        if lesson is not None and step is not None:
            self._turn(self._known.without_step(lesson, step))

    def tick(self, check: Check, *, is_reached: bool) -> None:
        """Note what a person says of a check that only a person can judge."""
        lesson, step = self.lesson, self.step
        if lesson is not None and step is not None and check.is_by_hand:
            self._keep(self._known.with_check(lesson, step, check, is_reached=is_reached))

    def take(self, topics: set[Topic]) -> None:
        """Something of these changed in the session."""
        if self.lessons and Topic.INVOCATIONS in topics and not self._pause.isActive():
            self._pause.start()

    def take_verdict(self, _request_id: str) -> None:
        """An answer was compared with what is expected of it."""
        self.take({Topic.INVOCATIONS})

    def end(self) -> None:
        """Judge no more."""
        self.lessons = ()
        self._pause.stop()

    @property
    def _known(self) -> Progress:
        assert self._progress is not None  # read with the first lesson
        return self._progress

    @property
    def _place(self) -> tuple[str, str]:
        lesson, step = self.lesson, self.step
        return lesson.name if lesson is not None else "", step.title if step is not None else ""

    def _turn(self, progress: Progress) -> None:
        self._begin_step()
        self._keep(progress)

    def _begin_step(self) -> None:
        # The engine's clock is told by its events: until all that it kept have come, it seems to be that of earlier days.
        self._since_ms = max(self._session.since_ms, self._session.engine_now_ms(time.time() * 1_000))

    def _keep(self, progress: Progress) -> None:
        self._progress = progress
        self._memory.save_text(_KEY, progress.text())
        self.changed.emit()

    def _judge(self) -> None:
        from workbench.lessons.judging import is_reached

        lesson, step = self.lesson, self.step
        if lesson is None or step is None:
            return
        progress = self._known
        wanted = [each for each in step.checks if each.condition is not None and not progress.has(lesson, step, each)]
        since = [each for each in self._session.history if each.received_ms >= self._since_ms] if wanted else []
        for check in wanted:
            if check.condition is not None and is_reached(check.condition, since, self._session.verdicts.of):
                progress = progress.with_check(lesson, step, check)
        if progress != self._progress:
            self._keep(progress)
