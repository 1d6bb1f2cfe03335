"""What a person sees first: the code that was worked on last, before the workspace is read and an asyncio loop runs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QRawFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.recovery import recovered
from workbench.editor.sheet import MessageSheet
from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.widgets.flat_combo import ARROW
from workbench.gui.widgets.row_list import RowList
from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.layout_memory import keep_layouts
from workbench.gui.workspace.page_layouts import LAYOUTS, KeptLayouts
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.resource_files import resource_path
from workbench.workspace.locating.other_projects import NoTemplate
from workbench.workspace.recent import RecentWorkspaces
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    return event\n"
LATER = ("msgspec", "uuid", "platform", "platformdirs", "asyncio", "socket", "yaml", "qasync", "aiohttp", "pygments", "numpy",
         "workbench.editor.highlighter",
         "workbench.editor.change_banner", "workbench.gui.widgets.row_list", "workbench.gui.workspace.notice_parts",
         "workbench.gui.layout.drop_marker")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}).function("Beta", {"app.py": "# Beta\n"}).write()


class Start:
    """A window as it is when it has just been started, with the preferences of a person who was here before."""

    def __init__(self, qapp: QApplication, folder: Path) -> None:
        self.errors: list[BaseException] = []
        self.preferences = Preferences(folder / "window.ini")
        reporter = ErrorReporter()
        reporter.report = self.errors.append  # type: ignore[method-assign, assignment]
        recent = RecentWorkspaces(folder)
        self.window = MainWindow(Appearance(qapp, self.preferences), self.preferences, recent, reporter)
        self.window.show()

    def show_workspace(self, root: Path) -> bool:
        """All steps of it."""
        return asyncio.run(self.window.show_workspace(root))

    def text(self) -> str:
        """What is in the editor in front."""
        page = self.window.pages.currentWidget()
        assert isinstance(page, WorkspacePage)
        editor = page.documents.tabs.current_editor()
        assert editor is not None
        return editor.text()

    def end(self) -> None:
        """As the end of the process; what was unsaved stays where it is kept."""
        if self.window.workspace is not None:
            asyncio.run(self.window.workspace.close())
        self.window.deleteLater()


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    started = Start(qapp, tmp_path / "person")
    yield started
    started.end()


def remember(start: Start, root: Path, code: Path) -> None:
    WorkspaceMemory(start.preferences, root).save_text("code", str(code))


def test_a_workspace_opened_before_begins_with_its_code(start: Start, qtbot: QtBot, root: Path) -> None:
    assert start.show_workspace(root)
    assert start.text() == CODE
    start.end()
    again = Start(QApplication.instance(), start.preferences.path.parent)  # type: ignore[arg-type]
    assert again.window.show_code(root)
    assert (again.text(), again.window.workspace) == (CODE, None)
    again.end()


def test_what_was_typed_before_the_workspace_is_read_stays(start: Start, qtbot: QtBot, root: Path) -> None:
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    page = start.window.pages.currentWidget()
    QTest.keyClicks(start.window.focusWidget(), "x = 1")
    assert start.show_workspace(root)
    assert start.window.pages.currentWidget() is page
    assert start.text() == "x = 1" + CODE
    assert "Ln 1, Col 6" in [label.text() for label in start.window.status_line.findChildren(QLabel)]
    assert start.window.workspace is not None
    assert [row.text for row in start.window.workspace.page.functions.list.rows] == ["Alpha", "Beta"]


def test_another_function_is_chosen_than_the_code_is_of(start: Start, root: Path) -> None:
    remember(start, root, root / "beta" / "app.py")
    assert start.window.show_code(root)
    assert start.text() == "# Beta\n"
    assert start.show_workspace(root)
    assert start.text() == CODE  # Alpha is chosen, as nothing else is remembered


def test_there_is_nothing_to_begin_with(start: Start, tmp_path: Path, root: Path) -> None:
    assert not start.window.show_code(root)
    remember(start, root, root / "alpha" / "gone.py")
    assert not start.window.show_code(root)
    outside = tmp_path / "outside.py"
    outside.write_text("x = 1\n")
    remember(start, root, outside)
    assert not start.window.show_code(root)
    assert start.errors == []


def unsaved_text(root: Path, qtbot: QtBot) -> None:
    """What a window leaves that is killed: its text, and an owner that is gone."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom workbench.editor.recovery import Recovery, UnsavedText\n"
        "Recovery(Path(sys.argv[1])).keep(UnsavedText(sys.argv[2], 'unsaved', '', '\\n', 'utf-8'))\n")
    folder, file = state_directory(root) / "recovery", root / "alpha" / "app.py"
    subprocess.run([sys.executable, "-c", code, str(folder), str(file)], check=True)


def test_after_a_crash_the_unsaved_text_comes_first(start: Start, qtbot: QtBot, root: Path) -> None:
    remember(start, root, root / "alpha" / "app.py")
    unsaved_text(root, qtbot)
    assert not start.window.show_code(root)
    assert start.show_workspace(root)
    assert start.text() == "unsaved"


def test_what_was_typed_into_a_workspace_that_is_none_any_more_is_kept(start: Start, qtbot: QtBot, root: Path) -> None:
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    QTest.keyClicks(start.window.focusWidget(), "x")
    (root / "template.yaml").unlink()
    assert not start.show_workspace(root)
    assert [type(error) for error in start.errors] == [NoTemplate]
    start.window.show_welcome()
    kept = list((state_directory(root) / "recovery").rglob("*.json"))
    assert any("xdef handler" in file.read_text() for file in kept)
    assert recovered(state_directory(root) / "recovery") == []  # not before this window is gone


def test_a_window_closed_in_the_middle_of_opening_asks_first(start: Start, qtbot: QtBot, root: Path) -> None:
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    QTest.keyClicks(start.window.focusWidget(), "x")
    assert not start.window.close()
    assert start.show_workspace(root)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), MessageSheet))
    question = QApplication.activeModalWidget()
    assert isinstance(question, MessageSheet)
    question.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert start.text() == "x" + CODE


def test_another_folder_chosen_before_the_first_is_read_asks_about_what_was_typed(
    start: Start, qtbot: QtBot, root: Path, tmp_path: Path
) -> None:
    other = WorkspaceBuilder(tmp_path / "other").function("Gamma", {"app.py": CODE}).write()
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    QTest.keyClicks(start.window.focusWidget(), "x")
    start.window.pages.recent_chosen.emit(str(other))
    assert start.show_workspace(root)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), MessageSheet))
    question = QApplication.activeModalWidget()
    assert isinstance(question, MessageSheet)
    question.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert start.text() == "x" + CODE


@pytest.mark.parametrize("turns", [1, 2, 3, 4])
def test_a_window_that_ends_between_the_steps_of_opening_keeps_what_was_typed(
    start: Start, qtbot: QtBot, root: Path, turns: int
) -> None:
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    QTest.keyClicks(start.window.focusWidget(), "x")

    async def end_meanwhile() -> bool:
        closed = asyncio.Event()
        start.window.closed.connect(closed.set)
        opening = asyncio.create_task(start.window.show_workspace(root))
        for _ in range(turns):
            await asyncio.sleep(0)
        start.window.end()
        await closed.wait()
        return await opening

    assert not asyncio.run(end_meanwhile())
    assert (start.window.workspace, start.errors) == (None, [])
    kept = list((state_directory(root) / "recovery").rglob("*.json"))
    assert any("xdef handler" in file.read_text() for file in kept)


def test_the_code_is_there_before_what_it_can_do_without_is_loaded(start: Start, root: Path) -> None:
    """Whatever a person who was here before has left: layouts, folders, the theme that the system has."""
    remember(start, root, root / "alpha" / "app.py")
    keep_layouts(WorkspaceMemory(start.preferences, root), KeptLayouts("write", LAYOUTS))
    RecentWorkspaces(start.preferences.path.parent).add(root)
    start.preferences.sync()
    script = f"""
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from workbench.gui.shell.app import make_application
from workbench.gui.look.appearance import Appearance
from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.application.preferences import Preferences
from workbench.workspace.recent import RecentWorkspaces
application = make_application(["workbench"])
preferences = Preferences(Path(sys.argv[1]))
recent = RecentWorkspaces(Path(sys.argv[2]))
assert recent.list() == (Path(sys.argv[3]),)
window = MainWindow(Appearance(application, preferences), preferences, recent, ErrorReporter())
window.show()
assert window.show_code(Path(sys.argv[3]))
application.processEvents()
assert window.pages.currentWidget().layouts.name == "write"
print([name for name in {LATER!r} if name in sys.modules])
"""
    person = start.preferences.path.parent
    done = subprocess.run([sys.executable, "-c", script, str(start.preferences.path), str(person), str(root)],
                          capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_the_first_picture_needs_no_other_font(start: Start, root: Path) -> None:
    """To look for a font that has a character takes a millisecond."""
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    inter = QRawFont(str(resource_path("fonts/Inter-Regular.ttf")), 12)
    shown = {part.text() for kind in (QLabel, QAbstractButton) for part in start.window.findChildren(kind) if part.isVisible()}
    assert any(ARROW in text for text in shown)
    assert [each for each in "".join({*shown, ARROW}) if not inter.supportsCharacter(ord(each))] == []


def test_nothing_moves_when_the_lists_come(start: Start, qtbot: QtBot, root: Path) -> None:
    """Until the workspace has been read, there is room for one row of each list."""
    remember(start, root, root / "alpha" / "app.py")
    assert start.window.show_code(root)
    page = start.window.pages.currentWidget()
    assert isinstance(page, WorkspacePage)
    before = [panel.sizeHint().height() for panel in (page.functions, page.events)]
    assert not start.window.findChildren(RowList)
    assert page.functions.list.rows == page.events.list.rows == ()
    QApplication.sendPostedEvents()
    assert [panel.sizeHint().height() for panel in (page.functions, page.events)] == before
    assert page.functions.list.isVisible()


def test_imports_of_the_window_are_pythons_own() -> None:
    """PySide's would read and keep the source of each module."""
    script = """
import linecache
from workbench.cli.window import _run_window
_run_window()
print([name for name in linecache.cache if "workbench" in name and "plain_imports" not in name])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_documents_know_whether_there_is_something_to_recover(qtbot: QtBot, root: Path) -> None:
    documents = Documents(state_directory(root) / "recovery", root)
    assert not documents.can_recover()
    unsaved_text(root, qtbot)
    assert documents.can_recover()
    documents.tabs.deleteLater()
    documents.close()
    documents.deleteLater()
    QCoreApplication.sendPostedEvents()


@pytest.mark.parametrize("locale", ["ar_EG.UTF-8", "fa_IR.UTF-8", "de_DE.UTF-8"])
def test_the_window_is_english_wherever_it_is_used(locale: str) -> None:
    """Mirrored, English texts and code cannot be read; and figures in fields are written as those beside them."""
    script = """
import os
from workbench.gui.shell.app import make_application
from PySide6.QtWidgets import QSpinBox, QWidget
application = make_application(["workbench", "-reverse"])
box = QSpinBox(maximum=99_999)
box.setGroupSeparatorShown(True)
box.setValue(10_240)
print(QWidget().layoutDirection().name, box.text(), f"{10_240:,}")
"""
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.returncode) == ("LeftToRight 10,240 10,240\n", 0), done.stderr
