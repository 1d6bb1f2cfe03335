"""From a line of the log to the line of the file: by mouse and by keyboard, in log and result; only the person's own files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.panels.log.log_panel import LogPanel
from workbench.gui.widgets.linked_text import LinkedText
from workbench.gui.widgets.source_links import SourceLinks, is_dependency
from workbench.model.events import StreamEvent
from workbench.model.function import FunctionConfiguration
from workbench.state.session import Session
from workbench.state.startup import RunFolders


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("w/src/app.py", "w/layer/python/shared.py", "outside.py", "w/index.mjs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n2\n3\n")
    (tmp_path / "w" / "link.py").symlink_to(tmp_path / "outside.py")
    return tmp_path / "w"


@pytest.fixture
def links(root: Path) -> SourceLinks:
    function = FunctionConfiguration(name="f", logical_id="F", runtime="python3.13", handler="app.h", code_path=str(root / "src"),
                                     layers=(str(root / "layer"),))
    return SourceLinks(root, lambda name: function if name == "f" else None)


def test_only_files_of_the_workspace_are_links(links: SourceLinks, root: Path) -> None:
    def files(text: str, function: str = "f") -> list[str]:
        return [str(link.file.relative_to(root)) for link in links.of(text, function)]

    assert files(f'File "{root}/src/app.py", line 2, in h') == ["src/app.py"]
    assert files('File "/var/task/app.py", line 2') == ["src/app.py"]
    assert files('File "/opt/python/shared.py", line 2') == ["layer/python/shared.py"]
    assert files(f"at h ({root}/index.mjs:3:1) and {root}/src/app.py:1") == ["index.mjs", "src/app.py"]
    for other in (f"{root}/../outside.py", f"{root}/link.py", f"{root}/gone.py", "/etc/passwd", "/var/task/../../outside.py"):
        assert files(f'File "{other}", line 2') == [], other
    assert files('File "/var/task/app.py", line 2', "unknown") == []


def test_sources_of_dependencies_are_links_wherever_they_are(root: Path, tmp_path: Path) -> None:
    package, layer, library = tmp_path / "cache" / "package", tmp_path / "cache" / "layer", tmp_path / "venv" / "site-packages"
    for path in (package / "requests" / "api.py", package / "key.pem", layer / "python" / "shared2.py", library / "other.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n2\n3\n")
    (package / "out.py").symlink_to(tmp_path / "outside.py")
    function = FunctionConfiguration(name="f", logical_id="F", runtime="python3.13", handler="app.h", code_path=str(root / "src"))
    links = SourceLinks(root, lambda name: function if name == "f" else None, lambda _: RunFolders(str(package), (str(layer),)))

    def files(text: str) -> list[Path]:
        return [link.file for link in links.of(text, "f")]

    assert files('File "/var/task/app.py", line 2') == [root / "src" / "app.py"]  # the person's own comes first
    assert files('File "/var/task/requests/api.py", line 2') == [package / "requests" / "api.py"]
    assert files('File "/opt/python/shared2.py", line 2') == [layer / "python" / "shared2.py"]
    assert files(f'File "{library}/other.py", line 2') == [library / "other.py"]
    for other in ("/var/task/key.pem", "/var/task/out.py", "/var/task/../../outside.py", str(tmp_path / "outside.py")):
        assert files(f'File "{other}", line 2') == [], other


@pytest.mark.parametrize(("path", "is_one"), [
    ("/w/src/app.py", False), ("/w/.venv/lib/python3.13/site-packages/a.py", True), ("/usr/lib/python3.11/json/decoder.py", True),
    ("/w/node_modules/a/index.js", True), ("/w/lib/helper.py", False), ("/w/python3/app.py", False)])
def test_what_others_wrote_is_told_by_its_folder(path: str, is_one: bool) -> None:
    assert is_dependency(Path(path)) is is_one


def hover(widget: QWidget, place: QPoint) -> None:
    """The offscreen platform has no mouse that moves by itself."""
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), widget.mapToGlobal(QPointF(place)), Qt.MouseButton.NoButton,
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def test_a_click_or_enter_in_the_log_opens_the_line(qtbot: QtBot, links: SourceLinks, root: Path) -> None:
    session = Session()
    panel = LogPanel(session, links=links)
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    texts = ("plain", f'  File "{root}/src/app.py", line 2, in h', f"    at h ({root}/index.mjs:3:2)")
    session.apply([StreamEvent(seq=number, time_ms=1_792_000_000_000, type="function", function_name="f", environment_id="e",
                               request_id="r", record=text) for number, text in enumerate(texts, 1)])
    panel.refresh()
    view, chosen, selected = panel.view, [], []
    panel.place_chosen.connect(lambda *place: chosen.append(place))
    panel.invocation_selected.connect(selected.append)
    on_link = next(QPoint(x, view.visualRect(view.lines.index(2, 0)).center().y()) for x in range(0, 800, 5)
                   if view.link_at(QPoint(x, view.visualRect(view.lines.index(2, 0)).center().y())).link)
    hover(view.viewport(), on_link)
    assert view.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    view.grab()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link)
    assert chosen == [(str(root / "index.mjs"), 3, 2)]
    hover(view.viewport(), QPoint(on_link.x(), 2))
    assert view.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, on_link.y()))
    assert len(chosen) == 1
    view.setCurrentIndex(view.lines.index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert chosen[1:] == [(str(root / "src" / "app.py"), 2, 1)]
    assert selected == []
    view.setCurrentIndex(view.lines.index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert (len(chosen), selected) == (2, ["r"])
    assert "Open app.py at line 2 (Enter)" in view.lines.data(view.lines.index(1, 0), Qt.ItemDataRole.ToolTipRole)


def test_a_click_or_enter_in_the_result_opens_the_line(qtbot: QtBot, links: SourceLinks, root: Path) -> None:
    text = LinkedText(links)
    qtbot.addWidget(text)
    text.resize(900, 200)
    with qtbot.waitExposed(text):
        text.show()
    text.function_name = "f"
    text.setPlainText(f'😀 File "{root}/src/app.py", line 2, in h\nplain\n    at h ({root}/index.mjs:3:2)')
    chosen: list[tuple[str, int, int]] = []
    text.place_chosen.connect(lambda *place: chosen.append(place))
    cursor = QTextCursor(text.document().findBlockByNumber(0))
    cursor.setPosition(cursor.position() + 12)
    place = text.cursorRect(cursor).center()
    hover(text.viewport(), place)
    assert text.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    (selection,) = text.extraSelections()
    assert selection.cursor.selectedText() == f'File "{root}/src/app.py", line 2'  # type: ignore[attr-defined]
    qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [(str(root / "src" / "app.py"), 2, 1)]
    text.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(text, Qt.Key.Key_Return)
    assert chosen[1:] == [(str(root / "index.mjs"), 3, 2)]
    text.setTextCursor(QTextCursor(text.document().findBlockByNumber(1)))
    qtbot.keyClick(text, Qt.Key.Key_Return)
    assert len(chosen) == 2
    text.setPlainText("new")
    assert text.extraSelections() == []
