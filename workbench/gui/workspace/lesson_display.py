"""Shows the lesson of a workspace: above the code in the layout Teach, around timeline and log before an audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from workbench.gui.layout.reading_order import enter
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.lesson_course import LessonCourse
from workbench.gui.workspace.lesson_reader import LessonReader
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.workspace.lesson_files import LESSONS_FOLDER

if TYPE_CHECKING:  # made when there is a lesson
    from workbench.gui.panels.lesson.lesson_panel import LessonPanel
    from workbench.gui.panels.lesson.presented_lesson import PresentedChecks, PresentedHead

_NONE = (f"This workspace has no lesson. A lesson is a Markdown file in its folder {LESSONS_FOLDER}: a heading ## for each step, "
         "and checks as task list items, such as - [ ] a cold start was seen `cold`.")


class LessonDisplay(QObject):
    """Belongs to the workspace's page. Parts are made when they are first to be seen."""

    def __init__(self, course: LessonCourse, reader: LessonReader, page: WorkspacePage, appearance: Appearance) -> None:
        super().__init__(page)
        self._page, self._appearance = page, appearance
        self.course, self.reader = course, reader
        self.panel: LessonPanel | None = None
        self.head: PresentedHead | None = None
        self.foot: PresentedChecks | None = None
        self.reader.read.connect(self.course.take_lessons)
        self.course.changed.connect(self._show)
        page.layouts.chosen.connect(self._show)
        page.layouts.presenting_changed.connect(self._show)

    def go_to(self) -> None:
        """Show the lesson in the layout Teach and go there, or say what a lesson is; before an audience it is seen already."""
        if self.course.lesson is None:
            self._page.notice.show_message(_NONE)
        elif self._page.layouts.is_presenting and self.head is not None:
            enter(self.head, Qt.FocusReason.ShortcutFocusReason)
        else:
            if self._page.layouts.name != "teach":
                self._page.layouts.choose("teach")
            self._page.regions.reveal_editor()
            if self.panel is not None:
                enter(self.panel, Qt.FocusReason.ShortcutFocusReason)

    async def close(self) -> None:
        """Read and judge no more."""
        await self.reader.close()
        self.course.end()

    def _show(self, *_: object) -> None:
        layouts, course = self._page.layouts, self.course
        is_taught = course.lesson is not None and layouts.name == "teach" and not layouts.is_presenting
        is_presented = course.step is not None and layouts.is_presenting
        if is_taught and self.panel is None:
            self._make_panel()
        if is_presented and self.head is None:
            self._make_presented()
        if self.panel is not None:
            self._show_panel(self.panel, is_shown=is_taught)
        if self.head is not None and self.foot is not None:
            self._show_presented(self.head, self.foot, is_shown=is_presented)

    def _show_panel(self, panel: LessonPanel, *, is_shown: bool) -> None:
        if is_shown and self.course.lesson is not None:
            panel.show_lessons(self.course.lessons, self.course.lesson)
            panel.show_step(self.course.lesson, self.course.number, self.course.is_reached)
        panel.setVisible(is_shown)

    def _show_presented(self, head: PresentedHead, foot: PresentedChecks, *, is_shown: bool) -> None:
        lesson, step = self.course.lesson, self.course.step
        if is_shown and lesson is not None and step is not None:
            head.show_step(lesson, self.course.number)
            foot.checks.show_checks(step.checks, self.course.is_reached)
        head.setVisible(is_shown)
        foot.setVisible(is_shown and step is not None and bool(step.checks))

    def _make_panel(self) -> None:
        from workbench.gui.panels.lesson.lesson_panel import LessonPanel

        panel = self.panel = LessonPanel(self._appearance.theme)
        panel.lesson_chosen.connect(self.course.choose)
        panel.moved.connect(self.course.go)
        panel.reset.connect(self.course.reset_step)
        panel.ticked.connect(self._on_ticked)
        self._page.add_above_code(self._appearance.dress(panel))

    def _make_presented(self) -> None:
        from workbench.gui.panels.lesson.presented_lesson import PresentedChecks, PresentedHead

        self.head, self.foot = PresentedHead(), PresentedChecks(self._appearance.theme)
        self.head.moved.connect(self.course.go)
        self.head.reset.connect(self.course.reset_step)
        self.foot.checks.ticked.connect(self._on_ticked)
        self._page.regions.put_around(self._appearance.dress(self.head), self._appearance.dress(self.foot))

    def _on_ticked(self, check: object, is_reached: bool) -> None:
        from workbench.lessons.lesson import Check

        assert isinstance(check, Check)
        self.course.tick(check, is_reached=is_reached)
