"""The log of all functions: filter, follow, copy."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.log.log_view import LogView
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.source_links import SourceLinks
from workbench.state.logs import LogFilter
from workbench.state.session import Session

DRAIN_MS = 100
"""New lines are shown at most ten times a second: 10,000 lines per second then take 5 % of the GUI thread's time."""
FILTER_PAUSE_MS = 120
"""Pause in typing after which the filter is applied, because that looks at all 100,000 lines."""


class LogPanel(QWidget):
    """The window calls `refresh` for Topic.LOGS.

    Signals: `invocation_selected(str request_id)` when a line of a request was activated; `place_chosen(str path, int line,
    int column)` for a link to one of the person's own files, which `links` finds (None: no links).
    """

    invocation_selected = Signal(str)
    place_chosen = Signal(str, int, int)

    def __init__(
        self, session: Session, parent: QWidget | None = None, theme: Theme = DARK, links: SourceLinks | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.view = LogView(session.logs, theme, links)
        self.filter_box = QLineEdit()
        self._only = QToolButton()
        self._follow = QToolButton()
        self._copy = QToolButton()
        self._clear = QToolButton()
        self._count = PlainLabel()
        self._request_id = ""
        self._function_name = ""
        self._pending = False
        self._timer = self._single_shot(DRAIN_MS, self._drain)
        self._filter_timer = self._single_shot(FILTER_PAUSE_MS, self._apply_filter)
        self._build()
        self.set_theme(theme)
        self._show_count()

    def _single_shot(self, pause_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(pause_ms)
        timer.timeout.connect(slot)
        return timer

    def _build(self) -> None:
        self.filter_box.setPlaceholderText(self.tr("Filter lines (Ctrl+F)"))
        self.filter_box.setAccessibleName(self.tr("Filter log lines"))
        self.filter_box.setClearButtonEnabled(True)
        self.filter_box.textChanged.connect(self._filter_timer.start)
        find = QAction(self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.setShortcutContext(find.shortcutContext().WidgetWithChildrenShortcut)
        find.triggered.connect(self.filter_box.setFocus)
        self.addAction(find)
        self._prepare(self._only, self.tr("this invocation"), self.tr("Show the lines of the selected invocation only"), True)
        self._only.setEnabled(False)
        self._only.toggled.connect(self._apply_filter)
        self._prepare(self._follow, self.tr("follow"), self.tr("Scroll to the newest line and stay there (End)"), False)
        self._follow.clicked.connect(self.view.scrollToBottom)
        self._prepare(self._copy, self.tr("copy"), self.tr("Copy the selected lines, or all of them"), False)
        self._copy.clicked.connect(self.view.copy_selected)
        self._prepare(self._clear, self.tr("clear"), self.tr("Empty this view; the journal keeps everything"), False)
        self._clear.clicked.connect(self._on_clear)
        self.view.activated.connect(self._on_activated)
        self.view.place_chosen.connect(self.place_chosen)
        self._count.setObjectName("muted")
        self._lay_out()

    def _prepare(self, button: QToolButton, text: str, tip: str, checkable: bool) -> None:
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setCheckable(checkable)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(10, 6, 10, 6)
        top.addWidget(self.filter_box, 1)
        for widget in (self._only, self._count, self._follow, self._copy, self._clear):
            top.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        fill_background(self, theme)
        self.view.set_theme(theme)

    def refresh(self) -> None:
        """Show new lines at once, or DRAIN_MS after the last time."""
        if self.isVisible() and not self._timer.isActive():
            self._drain_now()
            self._timer.start()
        elif self.isVisible():
            self._pending = True

    def select(self, request_id: str) -> None:
        """Set the invocation that the button "this invocation" filters by; "" for none."""
        self._request_id = request_id
        self._only.setEnabled(bool(request_id))
        if self._only.isChecked():
            self._only.setChecked(bool(request_id))
            self._apply_filter()

    def show_function(self, function_name: str) -> None:
        """Show only one function's lines; "" for all."""
        self._function_name = function_name
        self._apply_filter()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the lines that came while the panel was hidden."""
        super().showEvent(event)
        self._drain_now()
        self.view.scrollToBottom()

    def _drain(self) -> None:
        if self._pending:  # otherwise the timer rests, and the next line is shown at once
            self._drain_now()
            self._timer.start()

    def _drain_now(self) -> None:
        self._pending = False
        self.view.drain()
        self._show_count()

    def _apply_filter(self) -> None:
        request_id = self._request_id if self._only.isChecked() else ""
        self.view.lines.set_filter(LogFilter(self.filter_box.text(), self._function_name, request_id))
        self.view.fit()
        self.view.scrollToBottom()
        self._show_count()

    def _on_activated(self, index: QModelIndex) -> None:
        request_id = self.view.lines.row_at(index.row()).request_id
        if request_id:
            self.invocation_selected.emit(request_id)

    def _on_clear(self) -> None:
        self._session.logs.clear()
        self._drain_now()

    def _show_count(self) -> None:
        shown, kept = self.view.lines.rowCount(), len(self._session.logs)
        self._count.setText(f"{shown:,}" if shown == kept else self.tr("{0} of {1}").format(f"{shown:,}", f"{kept:,}"))
        self._count.setToolTip(self.tr("Lines shown; the newest {0} are kept here.").format(f"{self._session.logs.capacity:,}"))
