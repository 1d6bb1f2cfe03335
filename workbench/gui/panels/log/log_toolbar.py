"""Above the log: what is filtered by, how it is shown, how much there is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from workbench.editor.invalid_mark import mark_invalid
from workbench.editor.plain_label import PlainLabel
from workbench.gui.panels.log.search_words import count_words, progress_words, share_words
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.model.line_levels import LEVELS
from workbench.model.log_queries import LogFilter
from workbench.state.log_book import LogHits
from workbench.state.log_query import narrowed, typed_filter

FILTER_PAUSE_MS = 150
"""Pause in typing after which the filter is applied."""
_FILTER_CHARACTERS = 46
"""With less room for the filter, the buttons go below it."""
_HELP = (
    "Words are found anywhere in a line, in any case.\n"
    "/order \\d+/  a regular expression\n"
    "level:warn  warnings and what is more serious\n"
    "function:NAME   env:ID   request:ID\n"
    "$.order.id=17  a field of lines that are JSON")


class FilterBox(QLineEdit):
    """Where the filter is typed. Emits `escaped()` for Esc, `left()` when the keyboard is to go down to the lines."""

    escaped = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends a search and then empties the box; Down goes to the lines."""
        if event.matches(QKeySequence.StandardKey.Cancel):
            self.escaped.emit()
        elif event.matches(QKeySequence.StandardKey.MoveToNextLine):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class LogToolbar(QWidget):
    """Signals: `filter_changed(LogFilter)`; `invalid(str problem)` if what is typed is no filter; `stop_wanted()` for the search
    in progress; `left()` from the filter to the lines.

    Whatever else is done is an action or a button that the panel connects.
    """

    filter_changed = Signal(object)
    invalid = Signal(str)
    stop_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter_box = FilterBox()
        self.level = FlatCombo()
        self.only = self._button(self.tr("this invocation"), self.tr("Show the lines of the selected invocation only"), True)
        self.fold = self._button(self.tr("by invocation"), self.tr("A row for each invocation (Right opens it)"), True)
        self.metrics = self._button(self.tr("metrics"), self.tr("Charts of metrics in the Embedded Metric Format"), True)
        self.follow = self._button(self.tr("follow"), self.tr("Scroll to the newest line and stay there (End)"), True)
        self.stop = self._button(self.tr("stop"), self.tr("Stop searching (Esc in the filter)"), False)
        self.more = self._button("⋯", self.tr("Wrap, copy, save or clear the log"), False)
        self.count = PlainLabel()
        self.problem = PlainLabel()
        self.since = 0
        """The event up to which everything is hidden."""
        self._request_id = ""
        self._is_searching = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(FILTER_PAUSE_MS)
        self._pause.timeout.connect(self.apply)
        self._build()

    @property
    def wanted(self) -> LogFilter:
        """The filter as it is typed and chosen; everything while what is typed is not valid."""
        typed = typed_filter(self.filter_box.text())
        request_id = self._request_id if self.only.isChecked() else ""
        return narrowed(typed.filter, level=self.level.currentData() or "", request_id=request_id, since=self.since)

    def apply(self) -> None:
        """Apply the filter now."""
        self._pause.stop()
        typed = typed_filter(self.filter_box.text())
        self.show_problem(typed.problem)
        mark_invalid(self.filter_box, typed.problem)
        if typed.problem:
            self.invalid.emit(typed.problem)
        else:
            self.filter_changed.emit(self.wanted)

    def select(self, request_id: str) -> None:
        """Set the invocation that "this invocation" filters by; "" for none."""
        if request_id == self._request_id:
            return
        self._request_id = request_id
        self.only.setEnabled(bool(request_id))
        if self.only.isChecked():
            self.only.setChecked(bool(request_id))
            self.apply()

    def show_problem(self, text: str) -> None:
        """Say what is wrong with the filter, or what cannot be done; "" if nothing."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def show_count(self, shown: int, hits: LogHits | None, *, of_invocations: bool = False) -> None:
        """Say how many entries there are, or invocations, and how far the search is that finds them, if one goes on."""
        self._is_searching = hits is not None and hits.goes_on
        if self.stop.isHidden() is self._is_searching:
            self.stop.setVisible(self._is_searching)
            self._buttons.settle()
        if hits is None or not (self._is_searching or hits.is_stopped):
            self.count.setText(count_words(shown, of_invocations=of_invocations))
            self.count.setToolTip(self.tr("Shown here"))
            return
        self.count.setText(f"{shown:,} · {progress_words(hits)}")
        self.count.setToolTip(self.tr("Entries found so far: {0}").format(self.count.text()))
        if not self._has_room:
            self.count.setText(f"{shown:,} · {share_words(hits)}")

    def _build(self) -> None:
        self.filter_box.setPlaceholderText(self.tr("level:warn, $.id=17 or /regex/ (Ctrl+F)"))
        self.filter_box.setAccessibleName(self.tr("Filter log lines"))
        self.filter_box.setToolTip(_HELP)
        self.filter_box.setClearButtonEnabled(True)
        self.filter_box.textChanged.connect(self._pause.start)
        self.filter_box.returnPressed.connect(self.apply)
        self.filter_box.escaped.connect(self._on_escaped)
        self.filter_box.left.connect(self.left)
        self.level.setAccessibleName(self.tr("Least level"))
        self.level.setToolTip(self.tr("Show lines of this level and more serious ones"))
        self.level.addItem(self.tr("all levels"), "")
        for level in LEVELS[1:]:
            self.level.addItem(level, level)
        self.level.currentIndexChanged.connect(self.apply)
        self.only.setEnabled(False)
        self.only.toggled.connect(self.apply)
        self.stop.hide()
        self.stop.clicked.connect(self.stop_wanted)
        self.count.setObjectName("muted")
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._build_menu()
        self._lay_out()

    def _build_menu(self) -> None:
        menu = QMenu(self.more)
        self._folded = {
            self.only: menu.addAction(self.tr("Only this invocation")), self.fold: menu.addAction(self.tr("By invocation")),
            self.metrics: menu.addAction(self.tr("Metrics"))}
        for button, action in self._folded.items():
            action.setCheckable(True)
            action.triggered.connect(button.click)
        menu.aboutToShow.connect(self._offer_folded)
        self.wrap_action = menu.addAction(self.tr("Wrap long lines"))
        self.wrap_action.setCheckable(True)
        self.all_action = menu.addAction(self.tr("START, END, REPORT of invocations"))
        self.all_action.setCheckable(True)
        self.all_action.setToolTip(self.tr("Show them below the rows that say the same, where the log is folded by invocation"))
        self.copy_action = menu.addAction(self.tr("Copy the selected lines, or all"))
        self.text_action = menu.addAction(self.tr("Save as text…"))
        self.ndjson_action = menu.addAction(self.tr("Save as NDJSON…"))
        self.clear_action = menu.addAction(self.tr("Hide what there is until now"))
        self.clear_action.setCheckable(True)
        self.clear_action.setToolTip(self.tr("The journal keeps everything"))
        self.more.setObjectName("menuButton")
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        find = QAction(self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        self.find_action = find

    def _offer_folded(self) -> None:
        """Offer in the menu the buttons that have no room."""
        for button, action in self._folded.items():
            action.setVisible(self._buttons.left.isHidden())
            action.setEnabled(button.isEnabled())
            action.setChecked(button.isChecked())

    def _button(self, text: str, tip: str, checkable: bool) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setCheckable(checkable)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below the filter where there is no room beside it; where there is none at all, some into the menu."""
        super().resizeEvent(event)
        self._buttons.left.setHidden(self._rows.contentsRect().width() < self._buttons.left.sizeHint().width())
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if self._is_wide else QBoxLayout.Direction.TopToBottom)

    @property
    def _has_room(self) -> bool:
        """Whether nothing is cut off."""
        return self._is_wide if self._rows.direction() == QBoxLayout.Direction.LeftToRight else self._buttons.has_room

    @property
    def _is_wide(self) -> bool:
        buttons = self._buttons.sizeHint().width() + self.level.sizeHint().width()
        return self.width() > buttons + _FILTER_CHARACTERS * self.fontMetrics().averageCharWidth()

    def _lay_out(self) -> None:
        self._buttons = TwoGroups()
        self._buttons.left.add(self.only, self.fold, self.metrics)
        self._buttons.right.add(self.count, self.stop, self.follow, self.more)
        left = QHBoxLayout()
        left.addWidget(self.filter_box, 1)
        left.addWidget(self.level)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows.setSpacing(4)
        self._rows.addLayout(left, 1)
        self._rows.addWidget(self._buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addLayout(self._rows)
        layout.addWidget(self.problem)

    def _on_escaped(self) -> None:
        if self._is_searching:
            self.stop_wanted.emit()
        else:
            self.filter_box.clear()
