"""What looks right, as rules: found by looking at the gallery, whose pictures nobody compares pixel by pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractTableModel, QLocale, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

import workbench
from workbench.editor.colors import contrast
from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import MessageSheet
from workbench.gui.dialogs.history_dialogs import ForgetDialog, RetentionDialog
from workbench.gui.dialogs.queue_dialogs import ConfirmDialog, EditEventDialog
from workbench.gui.dialogs.version_dialogs import AliasDialog
from workbench.gui.look import icons
from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.style_sheet import style_sheet
from workbench.gui.look.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from workbench.gui.panels.cost.month_inputs import MonthInputs
from workbench.gui.panels.environments.execution_environment_model import ExecutionEnvironmentModel
from workbench.gui.panels.invocation_words import duration, milliseconds
from workbench.gui.panels.log.log_toolbar import LogToolbar
from workbench.gui.panels.log.metrics_model import MetricsModel
from workbench.gui.panels.timeline.timeline_kinds import short_ms
from workbench.gui.widgets.column import column
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.section import Section
from workbench.gui.workspace.queue_commands import drop_text
from workbench.gui.workspace.strip_place import StripPlace
from workbench.model.past_invocations import Retention
from workbench.state.log_metrics import LogMetrics
from workbench.state.session import Session


@pytest.fixture
def styled(qapp: QApplication) -> Iterator[None]:
    qapp.setStyleSheet(style_sheet(DARK))
    yield
    qapp.setStyleSheet("")


def test_every_name_of_a_widget_has_a_rule() -> None:
    source = "\n".join(path.read_text("utf-8") for path in Path(workbench.__file__).parent.rglob("*.py"))
    named = {name for call in re.findall(r"setObjectName\((.*)\)", source) for name in re.findall(r'"([A-Za-z]+)"', call)}
    ruled = set(re.findall(r"#([A-Za-z]+)[ :,{]", source))
    assert named - ruled == set(), "these are styled by nothing"
    assert {"problem", "muted", "danger"} <= named & ruled


@pytest.mark.usefixtures("styled")
def test_what_deletes_for_good_is_red(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    for dialog in (ConfirmDialog("Drop all events", drop_text(3), "Drop all", window), ForgetDialog(1_200, window)):
        qtbot.addWidget(dialog)
        dialog.show()
        picture = dialog.confirm.grab().toImage()
        assert picture.pixelColor(picture.width() // 2, 3) == QColor(DARK.error), type(dialog)


def test_what_is_dropped_is_told_in_the_right_number() -> None:
    assert drop_text(1) == ("1 event will be removed from the queue. It is not run and goes nowhere, and this cannot be undone.")
    assert drop_text(1_200, " of Orders").startswith("1,200 events of Orders will be removed from the queue. They are not run")


@pytest.mark.usefixtures("styled")
def test_a_form_shows_all_of_its_fields_where_there_is_room(qtbot: QtBot) -> None:
    dialog = EditEventDialog(1, '{"name": "World"}', DARK, has_ended=False)
    qtbot.addWidget(dialog)
    dialog.show()
    fields = dialog.findChild(QScrollArea)
    assert fields.widget().height() <= fields.viewport().height(), "its last field would have to be scrolled to"
    for choice in (dialog.anew, dialog.replace):
        assert choice.isVisible()
        assert not choice.visibleRegion().isEmpty()


@pytest.mark.usefixtures("styled")
def test_a_message_is_as_high_as_its_words(qtbot: QtBot) -> None:
    sheet = MessageSheet("Not enforced here", "On Lambda this would be different:", "A sentence of some twenty words. " * 5)
    qtbot.addWidget(sheet)
    sheet.offer(sheet.buttons.StandardButton.Close)
    sheet.show()
    layout = sheet.layout()
    assert layout is not None
    assert sheet.height() == layout.totalHeightForWidth(sheet.width())


@pytest.mark.parametrize(("theme", "least"), [(DARK, 4.5), (LIGHT, 4.5), (HIGH_CONTRAST, 7.0)])
def test_what_an_empty_field_says_is_readable_and_no_content(
    qtbot: QtBot, qapp: QApplication, styled: None, theme: Theme, least: float
) -> None:
    qapp.setStyleSheet(style_sheet(theme))
    field = QLineEdit()
    qtbot.addWidget(field)
    field.setPlaceholderText("MMMM")
    font = field.font()
    font.setPointSize(48)  # strokes of several pixels
    field.setFont(font)
    picture = field.grab().toImage()
    row = [picture.pixelColor(x, picture.height() // 2).name() for x in range(picture.width())]
    assert least <= max(contrast(color, theme.window) for color in row[4:-4]) < 0.75 * contrast(theme.text, theme.window)


def test_a_picture_has_as_many_pixels_as_the_screen(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    class Fine:
        def devicePixelRatio(self) -> float:
            return 2.0

    assert icon_pixmap("lambda", DARK.accent, 56).width() == 56 * max(each.devicePixelRatio() for each in qapp.screens())
    monkeypatch.setattr(icons.QGuiApplication, "screens", lambda: [Fine()])
    picture = icon_pixmap("lambda", DARK.accent, 56)
    assert (picture.width(), picture.deviceIndependentSize().width()) == (112, 56)


def test_what_is_missing_from_the_start_is_nobodys_mistake(qtbot: QtBot) -> None:
    dialog = AliasDialog("Greeting", ["1", "$LATEST"], ["live"], None)
    qtbot.addWidget(dialog)
    dialog.show()
    problem = next(label for label in dialog.findChildren(PlainLabel) if label.text() == dialog.problem_text)
    assert (problem.text(), problem.objectName()) == ("Give the alias a name.", "muted")
    name = next(field for field in dialog.findChildren(QLineEdit) if field.placeholderText())
    qtbot.keyClicks(name, "live")
    assert (problem.objectName(), dialog.confirm.isEnabled()) == ("problem", False)


def test_numbers_of_forms_have_room_and_separators(qtbot: QtBot) -> None:
    dialog = RetentionDialog(Retention(days=90, megabytes=1_024))
    qtbot.addWidget(dialog)
    assert dialog.megabytes.text() == "1,024 MB"
    assert dialog.megabytes.lineEdit().textMargins().left() > 0


def test_thousands_are_apart_also_where_no_language_was_chosen(qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale.c())
    try:
        inputs = MonthInputs()
        qtbot.addWidget(inputs)
        assert (inputs.invocations_box.text(), inputs.invocations) == ("1,000,000", 1_000_000)
        inputs.invocations_box.clear()
        qtbot.keyClicks(inputs.invocations_box, "2,500,000")
        assert inputs.invocations == 2_500_000
    finally:
        QLocale.setDefault(before)


def test_titles_stand_above_their_columns(qtbot: QtBot) -> None:
    models: tuple[QAbstractTableModel, ...] = (ExecutionEnvironmentModel(Session()), MetricsModel(LogMetrics()))
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for model in models:
        titles = {model.headerData(column, Qt.Orientation.Horizontal): model.headerData(
            column, Qt.Orientation.Horizontal, int(Qt.ItemDataRole.TextAlignmentRole)) for column in range(model.columnCount())}
        assert {title for title, alignment in titles.items() if alignment == right} <= {
            "Invoked", "Memory", "Count", "Min", "Max", "p50", "p99"}
        assert right in titles.values(), titles


def test_a_problem_with_the_filter_of_the_log_looks_like_one(qtbot: QtBot) -> None:
    bar = LogToolbar()
    qtbot.addWidget(bar)
    bar.show_problem("unterminated subpattern")
    assert (bar.problem.objectName(), bar.problem.isHidden()) == ("problem", False)


def test_titles_of_the_side_bar_stand_alike(qtbot: QtBot) -> None:
    places = []
    for add in (None, QAction("New function")):
        section = Section("Files", QWidget(), add)
        qtbot.addWidget(section)
        section.resize(220, 300)
        section.show()
        places.append(section.findChild(PlainLabel).geometry().center().y())
    assert places[0] == places[1]


def test_the_strip_has_its_height_however_little_room_there_is(qtbot: QtBot) -> None:
    class Figures(QWidget):
        def set_low(self, is_low: bool) -> None:
            """As it is asked to."""

        def present(self, *, is_on: bool) -> None:
            """As it is asked to."""

    place, views, figures = StripPlace(), QWidget(), Figures()
    page = column(place, views)
    qtbot.addWidget(page)
    figures.setMinimumHeight(100)
    figures.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    views.setMinimumHeight(250)
    place.put(figures)
    page.resize(600, 300)
    page.show()
    assert page.minimumSizeHint().height() > 350
    assert figures.height() >= 100
    page.resize(600, 900)
    qtbot.waitUntil(lambda: views.height() > 600)
    assert place.height() == place.sizeHint().height(), "what is left belongs to the views"


@pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen, nothing is raised, and no keyboard taken
@pytest.mark.usefixtures("styled")
def test_rows_of_a_list_have_the_height_of_a_menus(qtbot: QtBot) -> None:
    combo = FlatCombo()
    qtbot.addWidget(combo)
    combo.addItems(["Greeting", "Orders"])
    combo.show()
    combo.showPopup()
    assert combo.view().visualRect(combo.model().index(0, 0)).height() >= combo.fontMetrics().height() + 8
    combo.hidePopup()


@pytest.mark.usefixtures("styled")
@pytest.mark.parametrize("is_toolbar", [False, True])
def test_an_ellipsis_in_a_box_is_whole(qtbot: QtBot, is_toolbar: bool) -> None:
    place = QWidget()
    place.setObjectName("toolbar" if is_toolbar else "")
    qtbot.addWidget(place)
    combo = FlatCombo(place)
    combo.addItem("ThumbnailsOfAllPicturesThatWereUploadedToTheArchiveByAnyone")
    place.show()
    for width in range(80, 300, 7):
        combo.resize(width, 30)
        option = QStyleOptionComboBox()
        combo.initStyleOption(option)
        room = combo.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo)
        assert option.currentText.endswith("…")
        assert combo.fontMetrics().horizontalAdvance(option.currentText) <= room.width() - 2, "Qt cuts off the rest"
    combo.adjustSize()
    combo.initStyleOption(option)
    assert option.currentText == combo.itemText(0), "what it asks for is room enough"


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda theme: theme.name)
def test_what_an_empty_field_asks_for_can_be_read(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    """Qt makes it half transparent where a style sheet sets the color of the text: 3.1 : 1 in the light theme."""
    qapp.setStyleSheet(style_sheet(theme))
    try:
        for field in (QLineEdit(), QPlainTextEdit()):
            field.setObjectName("area")
            qtbot.addWidget(field)
            field.show()
            color, ground = field.palette().placeholderText().color(), field.palette().base().color()
            assert color.alpha() == 255
            assert contrast(color.name(), theme.window) >= 4.5, ground.name()
    finally:
        qapp.setStyleSheet("")


@pytest.mark.parametrize(("duration_ms", "words"), [(99.94, "99.9 ms"), (99.96, "100 ms"), (0.94, "0.9 ms"), (312.4, "312 ms")])
def test_no_figure_is_rounded_to_one_digit_more_than_others(duration_ms: float, words: str) -> None:
    assert milliseconds(duration_ms) == duration(duration_ms) == words
    assert duration(999.6) == "1.00 s"
    assert short_ms(9.96) == "10"
