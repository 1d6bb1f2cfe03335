"""The panel of versions and aliases, the card of overrides and the comparison of two versions, each alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.overrides.override_card import OverrideCard
from workbench.gui.panels.overrides.override_words import template_value, value_in_force
from workbench.gui.panels.versions.comparison_sheet import ComparisonSheet
from workbench.gui.panels.versions.version_words import version_row
from workbench.gui.panels.versions.versions_panel import VersionsPanel
from workbench.gui.workspace.version_comparisons import pair
from workbench.model.comparisons import Comparison, FileDifference, FileFacts, SettingDifference
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.overrides import CODE, MASK, OverrideInfo
from workbench.model.versions import AliasInfo, Routing, VersionInfo

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC).astimezone()
LATEST = VersionInfo(version="$LATEST", last_modified="2026-11-29T12:00:00.000+0000", code_size=2048, code_sha256="abcdefgh")
VERSIONS = [LATEST, *(VersionInfo(version=str(number), description=f"Number {number}") for number in range(1, 12))]
LIVE = AliasInfo(name="live", function_version="10", description="For customers", routing_config=Routing({"11": 0.25}))


@pytest.fixture
def panel(qtbot: QtBot) -> VersionsPanel:
    panel = VersionsPanel()
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.resize(280, 400)
    panel.show()
    return panel


def heard(signal: object) -> list[object]:
    found: list[object] = []
    signal.connect(lambda *values: found.append(values[0] if values else None))  # type: ignore[attr-defined]
    return found


URLS = [FunctionUrlInfo(function="f", alias=alias, url=f"http://{name}.lambda-url.us-east-1.localhost:9001/", auth_type=way,
                        program_url=f"http://127.0.0.1:9001/_url/{name}/", invoke_mode=mode)
        for alias, name, way, mode in (("", "own", "NONE", "BUFFERED"), ("live", "lives", "AWS_IAM", "RESPONSE_STREAM"))]


def test_a_url_is_opened_by_one_click(panel: VersionsPanel) -> None:
    panel.show_versions("f", VERSIONS[:2], [LIVE])
    assert not panel.urls.isVisible()
    panel.show_urls(URLS)
    opened = heard(panel.urls.open_requested)
    assert [(row.text, row.detail, row.tag) for row in panel.urls.rows.rows] == [
        ("$LATEST", "NONE", ""), ("live", "AWS_IAM", "streams")]
    QTest.mouseClick(panel.urls.open, Qt.MouseButton.LeftButton)
    panel.urls.rows.setCurrentIndex(panel.urls.rows.model().index(1, 0))
    QTest.keyClick(panel.urls.rows, Qt.Key.Key_Return)
    assert opened == [URLS[0].url, URLS[1].url]
    QTest.mouseClick(panel.urls.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == URLS[1].program_url
    panel.show_urls(URLS[:1])
    assert panel.urls.rows.current_key() == URLS[0].url
    panel.show_nothing("g", "The engine is starting.")
    assert not panel.urls.isVisible()


def test_latest_comes_first_and_then_the_newest(panel: VersionsPanel) -> None:
    panel.show_versions("f", VERSIONS, [LIVE])
    assert [row.key for row in panel.versions.rows] == ["$LATEST", *(str(number) for number in range(11, 0, -1))]
    assert [row.tag for row in panel.versions.rows[1:4]] == ["live 25 %", "live 75 %", ""]
    assert panel.aliases.rows[0].detail == "→ 10 (75 %), 11 (25 %)"
    assert panel.aliases.rows[0].tip == "live → 10 (75 %), 11 (25 %)\nFor customers"


def test_the_selection_stays_with_its_function(panel: VersionsPanel) -> None:
    panel.show_versions("f", VERSIONS[:3], [LIVE])
    panel.versions.setCurrentIndex(panel.versions.model().index(2, 0))
    panel.show_versions("f", VERSIONS, [LIVE])
    assert panel.versions.current_key() == "1"
    panel.show_versions("g", VERSIONS, [])
    assert panel.versions.current_key() == "$LATEST"


def test_keys_of_the_lists(panel: VersionsPanel) -> None:
    compared, edited, deleted = (
        heard(each) for each in (panel.comparison_requested, panel.alias_requested, panel.alias_deleted))
    panel.show_versions("f", VERSIONS, [LIVE])
    QTest.keyClick(panel.versions, Qt.Key.Key_Down)
    QTest.keyClick(panel.versions, Qt.Key.Key_Return)
    assert compared == ["11"]
    assert not panel.delete_alias.isEnabled()
    panel.aliases.setFocus()
    QTest.keyClick(panel.aliases, Qt.Key.Key_Home)
    QTest.keyClick(panel.aliases, Qt.Key.Key_Return)
    panel.delete_alias.click()
    assert (edited, deleted) == (["live"], ["live"])


def test_nothing_can_be_done_to_another_function_before_it_is_known(panel: VersionsPanel) -> None:
    panel.show_versions("f", VERSIONS, [LIVE])
    panel.show_waiting("g")
    assert not panel.publish.isEnabled()
    assert not panel.new_alias.isEnabled()
    panel.show_versions("g", [LATEST], [])
    assert panel.publish.isEnabled()
    assert not panel.compare.isEnabled()
    panel.show_nothing("g", "The engine is starting.")
    assert panel.state_text == "The engine is starting."
    assert not panel.publish.isVisible()


@pytest.mark.parametrize(("modified", "note"), [("2026-11-29T12:00:00.000+0000", NOW.strftime("%H:%M:%S") + " · 2.0 KB · abcdef"),
                                                ("1999-01-02T12:00:00.000+0000", "02 Jan 1999 · 2.0 KB · abcdef"),
                                                ("nonsense", "2.0 KB · abcdef")])
def test_when_a_version_was_made(modified: str, note: str) -> None:
    version = VersionInfo(version="1", last_modified=modified, code_size=2048, code_sha256="abcdefgh")
    assert version_row(version, [], NOW).note == note


def test_which_two_versions_are_compared_at_first() -> None:
    offered = ["$LATEST", "1", "2", "5"]
    assert [pair(offered, each) for each in ("$LATEST", "5", "2", "1")] == [
        ("5", "$LATEST"), ("2", "5"), ("1", "2"), ("1", "$LATEST")]


def test_a_card_of_overrides(qtbot: QtBot) -> None:
    card = OverrideCard()
    qtbot.addWidget(card)
    card.set_theme(LIGHT)
    kept = OverrideInfo(function="f", property=CODE, value="abc", template_value="def", why_kept="A package has no place there.")
    timeout = OverrideInfo(function="f", property="Timeout", value=30, template_value=3)
    written, dropped = heard(card.written_back), heard(card.dropped)
    card.show_overrides([kept])
    assert not card.rows[0].write_back.isEnabled()
    assert card.rows[0].write_back.toolTip() == "A package has no place there."
    assert card.drop.isHidden()
    first = card.rows[0]
    card.show_overrides([kept])
    assert card.rows[0] is first
    card.show_overrides([timeout, kept])
    card.rows[0].write_back.click()
    card.rows[1].drop.click()
    card.write_back.click()
    card.drop.click()
    assert (written, dropped) == (["Timeout", ""], [CODE, ""])
    card.show_overrides([])
    assert card.isHidden()


@pytest.mark.parametrize(("member", "value", "text"), [
    ("Timeout", 30, "30"), ("Description", "", "not set"), ("EphemeralStorage", {"Size": 1024}, "1024"),
    ("Layers", ["a", "b"], "a, b"), ("VpcConfig", {"a": 1, "b": [2]}, '{"a": 1, "b": [2]}'),
    ("Environment", {"Variables": dict.fromkeys("abcdefgh", MASK)}, "a, b, c, d, e, f and 2 more"),
    ("Environment", {"Variables": {}}, "not set"), (CODE, "example.com/x:1", "example.com/x:1"),
])
def test_values_of_overrides(member: str, value: object, text: str) -> None:
    assert value_in_force(OverrideInfo(function="f", property=member, value=value)) == text
    assert template_value(OverrideInfo(function="f", property=member, template_value=value)) == text


@pytest.fixture
def window(qtbot: QtBot) -> ComparisonSheet:
    window = ComparisonSheet("f")
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.set_theme(DARK)
    window.show()
    return window


def test_an_answer_about_other_versions_is_left_aside(window: ComparisonSheet) -> None:
    asked: list[tuple[str, str]] = []
    window.requested.connect(lambda left, right: asked.append((left, right)))
    window.choose(["$LATEST", "2", "1"], "1", "2")
    window.right.setCurrentIndex(0)
    assert asked == [("1", "2"), ("1", "$LATEST")]
    window.show_comparison(Comparison(left="1", right="2"))
    window.show_refusal("1", "2", "gone")
    assert window.state.text() == "Comparing…"
    window.show_comparison(Comparison(left="1", right="$LATEST", same_files=3))
    assert window.state.text() == "Code and settings are the same."
    assert not window.settings.isVisible()


def test_what_differs_is_shown_in_both_themes(window: ComparisonSheet) -> None:
    window.choose(["$LATEST", "1"], "1", "$LATEST")
    changed = FileDifference(path="a.py", left=FileFacts(size_bytes=1, sha256="x"), right=FileFacts(size_bytes=2, sha256="y"),
                             diff="@@ -1 +1 @@\n-a\n+b")
    gone = FileDifference(path="b.bin", left=FileFacts(size_bytes=1234, sha256="z"), right=None,
                          why_no_diff="The file is not text.")
    window.show_comparison(Comparison(
        left="1", right="$LATEST", settings=(SettingDifference(property="Timeout", left="3", right=""),), files=(changed, gone)))
    assert [window.settings.item(0, column).text() for column in range(3)] == ["Timeout", "3", "not set"]
    assert window.diff.toPlainText() == "@@ -1 +1 @@\n-a\n+b"
    before = background(window, 1)
    window.set_theme(LIGHT)
    assert background(window, 1) != before
    assert background(window, 1) != background(window, 2)
    window.files.setCurrentIndex(window.files.model().index(1, 0))
    assert window.diff.toPlainText().splitlines() == [
        "The file is not text.", "", "left          1,234 bytes  SHA-256 z", "right  not there"]


def compared(settings: int, lines: int) -> Comparison:
    """Two versions with some settings that differ, and a file with a diff of some lines, or none."""
    facts = FileFacts(size_bytes=1, sha256="x")
    diff = "\n".join(["@@ -1 +1 @@", *("+b" for _ in range(lines - 1))])
    return Comparison(
        left="1", right="$LATEST",
        settings=tuple(SettingDifference(property=f"Environment.V{number}", left="1", right="2") for number in range(settings)),
        files=(FileDifference(path="a.py", left=facts, right=facts, diff=diff),) if lines else ())


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(1_280, 800)
    page.show()
    return page


def test_the_sheet_is_as_high_as_what_differs(qtbot: QtBot, page: QWidget) -> None:
    """Three quarters of it were empty where only a setting differed; 20 of them had the room of 7."""
    sheet = ComparisonSheet("f", page)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # with its window
    sheet.open()
    sheet.choose(["$LATEST", "1"], "1", "$LATEST")

    def hidden(settings: int, lines: int) -> tuple[int, int]:
        """How much of the settings and of the diff has to be scrolled to."""
        sheet.show_comparison(compared(settings, lines))
        qtbot.waitUntil(lambda: sheet.settings.isVisible() and sheet.diff.isVisible() is bool(lines))
        sheet.layout().activate()
        heights_px.append(sheet.height())
        return sheet.settings.verticalScrollBar().maximum(), sheet.diff.verticalScrollBar().maximum()

    heights_px: list[int] = []
    assert [hidden(1, 0), hidden(1, 6), hidden(1, 20), hidden(15, 0)] == [(0, 0)] * 4
    assert heights_px[0] < heights_px[1] < heights_px[2]
    assert heights_px[0] < page.height() // 2
    settings_hidden, lines_hidden = hidden(20, 400)
    assert settings_hidden > 0 < lines_hidden
    assert sheet.height() <= page.height() * 5 // 6
    sheet.resize(sheet.width(), 520)
    hidden(1, 6)
    assert sheet.height() == 520  # the person has chosen it
    sheet.close()


def background(window: ComparisonSheet, line: int) -> str:
    return window.diff.document().findBlockByNumber(line).blockFormat().background().color().name()


def test_it_is_a_sheet_with_the_focus_in_its_first_box_and_ends_with_escape(qtbot: QtBot, window: ComparisonSheet) -> None:
    window.choose(["$LATEST", "1"], "1", "$LATEST")
    assert isinstance(window, Sheet)
    assert window.focusWidget() is window.left
    assert [label.text() for label in window.findChildren(PlainLabel, "sheetTitle")] == ["Versions of f"]
    assert window.findChildren(QDialogButtonBox)[0].button(QDialogButtonBox.StandardButton.Close) is not None
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_versions_swap(window: ComparisonSheet) -> None:
    asked: list[tuple[str, str]] = []
    window.choose(["$LATEST", "1"], "1", "$LATEST")
    window.requested.connect(lambda left, right: asked.append((left, right)))
    window.swap.click()
    assert asked == [("$LATEST", "1")]


