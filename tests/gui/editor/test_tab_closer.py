from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from workbench.editor.close_guard import CloseGuard
from workbench.editor.editor_page import EditorPage, OpenFile
from workbench.editor.page_groups import PageGroups
from workbench.editor.tab_closer import TabCloser

Button = QDialogButtonBox.StandardButton


class Closing:
    """Three tabs, of which `/b.py` has unsaved text, and what the closer told."""

    def __init__(self, tabs: PageGroups) -> None:
        self.tabs = tabs
        for path in ("/a.py", "/b.py", "/c.py"):
            self.tabs.add(EditorPage(OpenFile(path=path), "", self.tabs))
        self.closer = TabCloser(self.tabs)
        self.told: list[str] = []
        self.closer.save_chosen.connect(self.save)
        self.closer.closed.connect(self.told.append)
        self.closer.all_closed.connect(self.all_closed)
        self.closer.close_cancelled.connect(self.cancelled)
        self.page("/b.py").editor.view.insertPlainText("typed")

    def page(self, path: str) -> EditorPage:
        page = self.tabs.page_of(path)
        assert page is not None
        return page

    def save(self, page: EditorPage) -> None:
        self.told.append(f"save {page.file.path}")

    def all_closed(self) -> None:
        self.told.append("all closed")

    def cancelled(self) -> None:
        self.told.append("cancelled")

    @property
    def guard(self) -> CloseGuard:
        guard = self.tabs.findChild(CloseGuard)
        assert guard is not None
        return guard

    def answer(self, button: QDialogButtonBox.StandardButton) -> None:
        assert self.guard.box is not None
        self.guard.box.button(button).click()

    def is_on_disk(self, page: EditorPage) -> None:
        page.mark_saved(page.editor.text(), "2")
        self.closer.note_saved(page)


@pytest.fixture
def closing(qtbot: QtBot) -> Closing:
    tabs = PageGroups()
    qtbot.addWidget(tabs)
    tabs.show()
    return Closing(tabs)


def test_a_saved_text_closes_at_once_and_an_unsaved_one_is_shown_and_asked_about(closing: Closing) -> None:
    closing.closer.close(closing.page("/c.py"))
    closing.closer.close(closing.page("/b.py"))
    assert closing.told == ["/c.py"]
    assert closing.tabs.current_page() is closing.page("/b.py")
    closing.answer(Button.Cancel)
    assert closing.tabs.paths() == ["/a.py", "/b.py"]


def test_while_a_question_is_open_nothing_else_closes(closing: Closing) -> None:
    closing.closer.close(closing.page("/b.py"))
    closing.closer.close(closing.page("/a.py"))
    closing.closer.close_all()
    assert closing.told == []
    closing.answer(Button.Cancel)
    assert closing.told == []


def test_what_is_saved_closes_when_it_is_on_disk(closing: Closing) -> None:
    page = closing.page("/b.py")
    closing.closer.close(page)
    closing.answer(Button.Save)
    assert closing.told == ["save /b.py"]
    closing.is_on_disk(page)
    assert closing.told == ["save /b.py", "/b.py"]


def test_a_save_that_nobody_waits_for_closes_nothing(closing: Closing) -> None:
    closing.is_on_disk(closing.page("/b.py"))
    assert closing.told == []


def test_what_could_not_be_saved_stays_and_the_next_save_does_not_close_it(closing: Closing) -> None:
    page = closing.page("/b.py")
    closing.closer.close(page)
    closing.answer(Button.Save)
    closing.closer.note_save_failed(page)
    closing.is_on_disk(page)
    assert "/b.py" in closing.tabs.paths()


def test_text_typed_during_the_save_is_asked_about_again(closing: Closing) -> None:
    page = closing.page("/b.py")
    closing.closer.close(page)
    closing.answer(Button.Save)
    page.mark_saved("older text", "2")
    closing.closer.note_saved(page)
    closing.answer(Button.Cancel)
    assert "/b.py" in closing.tabs.paths()


def test_closing_all_begins_with_unsaved_text_and_discards_it_only_when_told(qtbot: QtBot, closing: Closing) -> None:
    page = closing.page("/b.py")
    closing.closer.close_all()
    assert closing.told == []
    with qtbot.waitSignal(page.given_up) as given_up:
        closing.answer(Button.Discard)
    assert given_up.args == ["/b.py", "typed"]
    assert closing.told == ["/b.py", "/a.py", "/c.py", "all closed"]


@pytest.mark.parametrize("fails", [False, True])
def test_closing_all_is_called_off_by_the_person_and_by_a_failed_save(closing: Closing, fails: bool) -> None:
    closing.closer.close_all()
    closing.answer(Button.Save if fails else Button.Cancel)
    if fails:
        closing.closer.note_save_failed(closing.page("/b.py"))
    assert closing.told[-1] == "cancelled"
    assert closing.tabs.paths() == ["/a.py", "/b.py", "/c.py"]
    closing.closer.close(closing.page("/a.py"))
    assert closing.told[-1] == "/a.py"
    assert not closing.guard.is_asking
