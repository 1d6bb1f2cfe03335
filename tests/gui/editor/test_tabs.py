from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QTabBar, QTabWidget
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import kinds, press, type_text
from workbench.editor.change_banner import ChangeBanner
from workbench.editor.close_guard import CloseGuard
from workbench.editor.colors import LIGHT_COLORS
from workbench.editor.editor_page import EditorPage, SaveRequest, short_titles
from workbench.editor.recovery import UnsavedText
from workbench.editor.recovery_timer import RecoveryTimer
from workbench.editor.tabs import EditorTabs

Key, Modifier = Qt.Key, Qt.KeyboardModifier
Button = QDialogButtonBox.StandardButton


class Disk:
    """What a window does: answers save and reload requests from a dictionary."""

    def __init__(self, tabs: EditorTabs, files: dict[str, str]) -> None:
        self.tabs, self.files, self.version, self.requests = tabs, files, 1, list[SaveRequest]()
        self.fails = False
        tabs.save_requested.connect(self.save)
        tabs.reload_requested.connect(self.reload)

    def open(self, path: str) -> None:
        self.tabs.open_file(path, self.files[path], disk_token="1", eol="\r\n")

    def save(self, request: SaveRequest) -> None:
        self.requests.append(request)
        if self.fails:
            self.tabs.save_failed(request.file.path)
            return
        self.version += 1
        self.files[request.file.path] = request.text
        self.tabs.mark_saved(request.file.path, request.text, str(self.version))

    def reload(self, path: str) -> None:
        page_of(self.tabs, path).load(self.files[path], str(self.version))

    def change(self, path: str, text: str) -> None:
        self.version += 1
        self.files[path] = text
        page_of(self.tabs, path).meet_disk(str(self.version))


def page_of(tabs: EditorTabs, path: str) -> EditorPage:
    page = tabs.page_of(path)
    assert page is not None
    return page


@pytest.fixture
def tabs(qtbot: QtBot) -> EditorTabs:
    made = EditorTabs()
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show()
    made.activateWindow()
    return made


@pytest.fixture
def disk(tabs: EditorTabs) -> Disk:
    made = Disk(tabs, {"/w/app.py": "a = 1\n", "/w/lib/util.py": "b = 2\n"})
    for path in made.files:
        made.open(path)
    return made


def titles(tabs: EditorTabs) -> list[str]:
    bar = bar_of(tabs)
    return [bar.tabText(index) for index in range(bar.count())]


def bar_of(tabs: EditorTabs) -> QTabBar:
    widget = tabs.findChild(QTabWidget)
    assert widget is not None
    return widget.tabBar()


def edit(tabs: EditorTabs, path: str, text: str = "x") -> None:
    tabs.open_file(path, "")
    editor = tabs.editor_of(path)
    assert editor is not None
    type_text(editor, text)


def text_of(tabs: EditorTabs, path: str) -> str:
    editor = tabs.editor_of(path)
    assert editor is not None
    return editor.text()


def answer(tabs: EditorTabs, button: QDialogButtonBox.StandardButton) -> None:
    guard = tabs.findChild(CloseGuard)
    assert guard is not None
    assert guard.box is not None
    guard.box.button(button).click()


def banner(tabs: EditorTabs, path: str) -> ChangeBanner:
    page = tabs.page_of(path)
    assert page is not None
    return page.banner


def test_a_path_is_open_once(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    tabs.open_file("/w/app.py", "other")
    assert tabs.paths() == ["/w/app.py", "/w/lib/util.py"]
    assert text_of(tabs, "/w/app.py") == "xa = 1\n"
    assert tabs.current_path() == "/w/app.py"


def test_the_dot_shows_unsaved_text(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    assert titles(tabs) == ["app.py ●", "util.py"]
    assert tabs.unsaved_paths() == ["/w/app.py"]
    tabs.save()
    assert titles(tabs) == ["app.py", "util.py"]


def test_a_save_hands_back_what_was_given(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    editor = tabs.current_editor()
    assert editor is not None
    press(editor, Key.Key_S, Modifier.ControlModifier)
    request = disk.requests[0]
    assert (request.text, request.file.eol, request.file.encoding, request.file.disk_token) == ("xa = 1\n", "\r\n", "utf-8", "1")
    tabs.save("/w/app.py")
    assert disk.requests[1].file.disk_token == "2"


def test_text_typed_during_a_save_stays_unsaved(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py", "xy")
    tabs.mark_saved("/w/app.py", "xa = 1\n", "2")
    assert tabs.unsaved_paths() == ["/w/app.py"]


@pytest.mark.parametrize(("paths", "expected"), [
    (["/w/app.py"], ["app.py"]), (["/w/a/app.py", "/w/b/app.py", "/w/c.py"], ["a/app.py", "b/app.py", "c.py"]),
    (["C:\\a\\x\\app.py", "C:\\b\\x\\app.py"], ["a/x/app.py", "b/x/app.py"]), ([], []),
])
def test_titles_tell_paths_apart(paths: list[str], expected: list[str]) -> None:
    assert short_titles(paths) == expected


def test_a_saved_tab_closes_without_a_question(qtbot: QtBot, tabs: EditorTabs, disk: Disk) -> None:
    with qtbot.waitSignal(tabs.file_closed) as closed:
        tabs.request_close("/w/app.py")
    assert closed.args == ["/w/app.py"]
    assert tabs.paths() == ["/w/lib/util.py"]


@pytest.mark.parametrize(("button", "stays", "on_disk"), [
    (Button.Save, False, "xa = 1\n"), (Button.Discard, False, "a = 1\n"), (Button.Cancel, True, "a = 1\n"),
])
def test_unsaved_text_is_asked_about(
        tabs: EditorTabs, disk: Disk, button: QDialogButtonBox.StandardButton, stays: bool, on_disk: str) -> None:
    edit(tabs, "/w/app.py")
    tabs.request_close("/w/app.py")
    tabs.request_close("/w/app.py")
    assert "/w/app.py" in tabs.paths()
    answer(tabs, button)
    assert ("/w/app.py" in tabs.paths()) is stays
    assert disk.files["/w/app.py"] == on_disk


def test_a_failed_save_keeps_the_tab(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    disk.fails = True
    tabs.request_close("/w/app.py")
    answer(tabs, Button.Save)
    disk.fails = False
    tabs.save("/w/app.py")
    assert "/w/app.py" in tabs.paths()


def test_the_close_button_and_key_close(tabs: EditorTabs, disk: Disk) -> None:
    close = bar_of(tabs).tabButton(0, QTabBar.ButtonPosition.RightSide)
    close.click()  # type: ignore[attr-defined]
    assert tabs.paths() == ["/w/lib/util.py"]
    tabs.actions_by_id["editor.close_tab"].trigger()
    assert tabs.paths() == []
    assert tabs.current_path() == ""


def test_closing_everything_asks_about_unsaved_ones_alone(qtbot: QtBot, tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/lib/util.py")
    with qtbot.waitSignal(tabs.all_closed):
        tabs.request_close_all()
        assert tabs.paths() == ["/w/app.py", "/w/lib/util.py"]
        answer(tabs, Button.Save)
    assert disk.files["/w/lib/util.py"] == "xb = 2\n"


def test_going_on_keeps_everything_that_is_open(qtbot: QtBot, tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/lib/util.py")
    with qtbot.waitSignal(tabs.close_cancelled), qtbot.assertNotEmitted(tabs.all_closed):
        tabs.request_close_all()
        answer(tabs, Button.Cancel)
    assert tabs.paths() == ["/w/app.py", "/w/lib/util.py"]


def test_ctrl_tab_goes_round(tabs: EditorTabs, disk: Disk) -> None:
    for expected in ("/w/app.py", "/w/lib/util.py"):
        editor = tabs.current_editor()
        assert editor is not None
        press(editor, Key.Key_Tab, Modifier.ControlModifier)
        assert tabs.current_path() == expected


def test_a_change_on_disk_reloads_a_tab_without_edits(tabs: EditorTabs, disk: Disk) -> None:
    disk.change("/w/app.py", "new\n")
    assert text_of(tabs, "/w/app.py") == "new\n"
    assert tabs.unsaved_paths() == []


def test_the_own_save_is_no_change_on_disk(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    tabs.save("/w/app.py")
    edit(tabs, "/w/app.py")
    page_of(tabs, "/w/app.py").meet_disk(str(disk.version))
    assert banner(tabs, "/w/app.py").isHidden()


def test_a_change_on_disk_under_edits_asks_and_reloads(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    disk.change("/w/app.py", "new\n")
    assert text_of(tabs, "/w/app.py") == "xa = 1\n"
    assert not banner(tabs, "/w/app.py").isHidden()
    banner(tabs, "/w/app.py").reload_button.click()
    assert text_of(tabs, "/w/app.py") == "new\n"
    assert banner(tabs, "/w/app.py").isHidden()
    assert titles(tabs)[0] == "app.py"


def test_keeping_mine_saves_over_the_version_seen(tabs: EditorTabs, disk: Disk) -> None:
    edit(tabs, "/w/app.py")
    disk.change("/w/app.py", "new\n")
    banner(tabs, "/w/app.py").keep_button.click()
    tabs.save("/w/app.py")
    assert disk.requests[0].file.disk_token == "2"
    assert disk.files["/w/app.py"] == "xa = 1\n"


def test_a_deleted_file_becomes_unsaved(tabs: EditorTabs, disk: Disk) -> None:
    page_of(tabs, "/w/app.py").meet_removal()
    assert tabs.unsaved_paths() == ["/w/app.py"]
    assert banner(tabs, "/w/app.py").reload_button.isHidden()


def test_the_look_reaches_every_tab_also_later_ones(tabs: EditorTabs, disk: Disk) -> None:
    tabs.look.set_colors(LIGHT_COLORS)
    tabs.look.set_font_size(17)
    later = tabs.open_file("/w/new.py", "")
    first = tabs.editor_of("/w/app.py")
    assert first is not None
    assert (first.code_font.size_pt, later.code_font.size_pt) == (17, 17)
    assert later.view.colors == first.view.colors == LIGHT_COLORS
    press(later, Key.Key_Minus, Modifier.ControlModifier)
    assert first.code_font.size_pt == 16


def test_signals_name_the_tab_in_front(qtbot: QtBot, tabs: EditorTabs, disk: Disk) -> None:
    with qtbot.waitSignal(tabs.current_changed) as changed:
        tabs.open_file("/w/app.py", "")
    assert changed.args == ["/w/app.py"]
    hidden, shown = tabs.editor_of("/w/lib/util.py"), tabs.current_editor()
    assert hidden is not None
    assert shown is not None
    with qtbot.assertNotEmitted(tabs.cursor_moved):
        hidden.goto(1, 3)
    with qtbot.waitSignal(tabs.cursor_moved) as moved:
        shown.goto(1, 3)
    assert moved.args == [1, 3]


def unsaved_files(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in folder.rglob("*.json") if path.name != "owner.json"]


def test_typed_text_is_kept_and_dropped_when_saved(qtbot: QtBot, tabs: EditorTabs, disk: Disk, tmp_path: Path) -> None:
    keeper = RecoveryTimer(tabs, tmp_path)
    edit(tabs, "/w/app.py", "typed")
    qtbot.waitUntil(lambda: len(unsaved_files(tmp_path)) == 1)
    assert "typeda = 1" in unsaved_files(tmp_path)[0]
    tabs.save("/w/app.py")
    assert unsaved_files(tmp_path) == []
    edit(tabs, "/w/app.py", "z")
    keeper.write()
    assert len(unsaved_files(tmp_path)) == 1
    tabs.request_close("/w/app.py")
    answer(tabs, Button.Discard)
    assert unsaved_files(tmp_path) == []


def test_a_folder_that_can_not_be_written_is_told_once(qtbot: QtBot, tabs: EditorTabs, disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeper = RecoveryTimer(tabs, tmp_path / "file")
    edit(tabs, "/w/app.py")
    with qtbot.waitSignal(keeper.failed):
        keeper.write()
    with qtbot.assertNotEmitted(keeper.failed):
        keeper.write()


def test_a_recovered_text_is_modified_and_one_undo_from_the_disk(tabs: EditorTabs) -> None:
    editor = tabs.open_recovered(UnsavedText("/w/lost.py", "mine\n", "7"), "disk\n")
    assert tabs.unsaved_paths() == ["/w/lost.py"]
    assert editor.text() == "mine\n"
    editor.view.undo()
    assert editor.text() == "disk\n"
    assert not editor.is_modified


def test_plain_tabs_have_colors_when_they_are_asked_for_and_keep_what_was_typed(qtbot: QtBot) -> None:
    tabs = EditorTabs(is_plain=True)
    qtbot.addWidget(tabs)
    editor = tabs.open_file("/w/app.py", "def f(): pass\n")
    tabs.look.set_colors(LIGHT_COLORS)
    editor.view.insertPlainText("import os\n")
    assert kinds(editor, 1) == kinds(editor, 2) == []
    assert tabs.look.lexers() == {"python"}
    tabs.look.color()
    qtbot.waitUntil(lambda: editor.view.highlighter.is_finished)
    assert editor.text() == "import os\ndef f(): pass\n"
    assert kinds(editor, 2) == [("def", "keyword"), ("f", "function"), ("pass", "keyword")]
    assert kinds(tabs.open_file("/w/lib.py", "def g(): pass\n"), 1) != []


def test_a_moved_file_takes_its_tab_along_and_makes_way_for_no_lost_text(tabs: EditorTabs, disk: Disk, qtbot: QtBot) -> None:
    disk.open("/w/app.py")
    disk.open("/w/lib/util.py")
    moved = tabs.current_editor()
    assert moved is not None
    type_text(moved, "mine")
    page_of(tabs, "/w/app.py").meet_removal()  # gone from disk, its text only here
    with qtbot.waitSignal(tabs.file_moved):
        tabs.follow("/w/lib/util.py", "/w/app.py")
    assert tabs.editor_of("/w/app.py") is moved
    assert moved.text().startswith("mine")
    assert tabs.paths() == ["/w/app-2.py", "/w/app.py"]
    assert tabs.unsaved_paths() == tabs.paths()
    kept_beside = tabs.editor_of("/w/app-2.py")
    assert kept_beside is not None
    assert kept_beside.text() == "a = 1\n"
