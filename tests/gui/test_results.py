"""Results in the window, as a person looks at them, with a real engine: long ones, HTTP, secrets, places in dependencies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest

from tests.gui.test_window_with_engine import Scenario, Window, parts, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.panels.result.result_panel import ResultPanel

__all__ = ["play"]  # a fixture

CODE = {
    "app.py": """
        import base64
        import json
        import time

        import vendored.thing

        def handler(event, context):
            what = event.get("what", "page")
            if what == "long":
                return {"rows": [{"name": f"größe {number}"} for number in range(40_000)]}
            if what == "deep":
                return vendored.thing.fail()
            if what == "stdlib":
                return json.loads("{")
            if what == "slow":
                time.sleep(60)
            body = "<h1>Grüße</h1><script>document.title = 1</script>"
            return {"statusCode": 201, "headers": {"Content-Type": "text/html"}, "cookies": ["a=b"], "body": body}
        """,
    "vendored/__init__.py": "",
    "vendored/thing.py": "def fail():\n    raise ValueError('from a dependency')\n",
}
PAGE = {"version": "2.0", "requestContext": {"http": {"method": "GET", "path": "/hello"}}, "what": "page"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE, timeout_s=90, memory_mb=512).write()
    (root / "events").mkdir()
    for what in ("long", "deep", "stdlib", "slow"):
        (root / "events" / f"{what}.json").write_text(json.dumps({"what": what}))
    (root / "events" / "page.json").write_text(json.dumps(PAGE))
    return root


def test_results(play: Callable[[Scenario], None], root: Path) -> None:
    play(parts(root, a_long_answer_is_shown_whole, an_http_response_is_shown_as_such, a_page_is_opened_in_the_browser,
               a_place_in_the_standard_library_opens_read_only, a_place_in_a_dependency_is_opened,
               a_running_one_counts_calmly_and_is_canceled, two_results_are_compared_from_outside))


def panel_of(window: Window) -> ResultPanel:
    return window.workspace.panels.result.panel


async def run(window: Window, event: str) -> Any:
    window.workspace.model.choose_event(event)
    return await window.invoke()


async def a_long_answer_is_shown_whole(window: Window, _: Path) -> None:
    """The stream has 64 KiB of it; the rest comes from the engine."""
    invocation = await run(window, "long")
    panel = panel_of(window)
    assert len(invocation.payload.encode()) < 70_000 < 1_000_000 < invocation.payload_bytes
    await until(lambda: panel.answers.text.is_long)
    long = panel.answers.text.long
    assert long.lines.rowCount() == 40_000 * 3 + 4
    assert long.lines.data(long.lines.index(3, 0)) == '      "name": "größe 0"'
    panel.answers.buttons["tree"].click()
    panel.answers.open_search()
    panel.answers.search.edit.setText("GRÖSSE 39999")
    await until(lambda: panel.answers.search.count.text() == "1 of 1")
    assert panel.answers.tree.document.data(panel.answers.tree.currentIndex().siblingAtColumn(1)) == '"größe 39999"'
    panel.copy_button.click()
    assert len(json.loads(QGuiApplication.clipboard().text())["rows"]) == 40_000
    panel.answers.search.edit.clear()
    panel.answers.choose("text")
    calls = window.workspace.link.client.invocations
    assert await calls.whole_answer("unknown") is None
    whole = await calls.whole_answer(invocation.request_id)
    assert whole is not None
    assert len(whole) == invocation.payload_bytes


async def an_http_response_is_shown_as_such(window: Window, _: Path) -> None:
    await run(window, "page")
    panel = panel_of(window)
    panel.answers.choose("")
    await until(lambda: panel.answers.buttons["response"].isVisibleTo(panel))
    panel.answers.choose("response")
    assert panel.answers.response.head.toPlainText() == "201 Created\nContent-Type: text/html\n\nCOOKIES\na=b\n"
    assert panel.answers.response.page.toPlainText().strip() == "Grüße"
    await until(lambda: panel.strip.headline.identity.text() == "Alpha · $LATEST · event page")
    assert "request " in panel.strip.headline.identity.toolTip()


class Browser(QObject):
    """What the person's browser was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[QUrl] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url)


async def a_page_is_opened_in_the_browser(window: Window, _: Path) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("file", browser, "open")
    try:
        panel_of(window).answers.response.browser_button.click()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    [url] = browser.opened
    page = Path(url.toLocalFile())
    text = page.read_text()
    assert "<script" not in text
    assert "<iframe sandbox " in text
    assert page.stat().st_mode & 0o077 == 0 or page.parent.stat().st_mode & 0o077 == 0


async def a_place_in_the_standard_library_opens_read_only(window: Window, _: Path) -> None:
    await run(window, "stdlib")
    panel, documents = panel_of(window), window.workspace.documents
    await until(lambda: panel.failure.error.text().startswith("JSONDecodeError: Expecting property name"))
    await until(lambda: "json/decoder.py" in panel.text.toPlainText())
    panel.text.setTextCursor(panel.text.document().find("json/decoder.py"))
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    editor = documents.tabs.current_editor()
    assert documents.tabs.current_path().endswith("json/decoder.py")
    assert editor is not None
    assert editor.is_read_only
    before = editor.text()
    for key in (Qt.Key.Key_X, Qt.Key.Key_Return, Qt.Key.Key_Backspace):
        QTest.keyClick(editor.view, key)
    editor.actions_by_id["editor.duplicate"].trigger()
    assert editor.text() == before
    assert not editor.is_modified
    documents.close_current()


async def a_place_in_a_dependency_is_opened(window: Window, root: Path) -> None:
    await run(window, "deep")
    panel, documents = panel_of(window), window.workspace.documents
    await until(lambda: "vendored/thing.py" in panel.text.toPlainText())
    panel.text.setTextCursor(panel.text.document().find("vendored/thing.py"))
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    editor = documents.tabs.current_editor()
    assert documents.tabs.current_path() == str(root / "alpha" / "vendored" / "thing.py")
    assert editor is not None
    assert (editor.caret(), editor.is_read_only) == ((2, 1), False)  # in the person's own folder it is theirs


async def a_running_one_counts_calmly_and_is_canceled(window: Window, _: Path) -> None:
    window.workspace.model.choose_event("slow")
    window.window.actions_by_id["invoke"].trigger()
    panel = panel_of(window)
    await until(lambda: panel.strip.headline.status.text() == "◌ Running…" and panel.strip.headline.start.text() != "")
    assert panel.strip.headline.cells[0].unit.text() == "s"
    height = panel.strip.headline.height()
    counted = panel.strip.headline.cells[0].value.text()
    await until(lambda: panel.strip.headline.cells[0].value.text() != counted)
    assert panel.strip.headline.height() == height  # nothing jumps while it counts
    panel.strip.cancel_button.click()
    await until(lambda: not window.workspace.invocations.running)
    await until(lambda: panel.strip.headline.status.text().startswith("■"))
    assert window.appearance.theme.muted in panel.strip.headline.status.styleSheet()


async def two_results_are_compared_from_outside(window: Window, _: Path) -> None:
    """As the history does it."""
    first, second = await run(window, "deep"), await run(window, "stdlib")
    window.workspace.panels.compare_results(second.request_id, first.request_id)
    compare = panel_of(window).answers.compare
    await until(lambda: compare.comparison.told.text().startswith("Lines: "))
    assert "from a dependency" in compare.comparison.diff.toPlainText()
    assert panel_of(window).answers.shown == "compare"
