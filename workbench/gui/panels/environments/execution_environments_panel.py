"""The execution environments that exist now: their states, when idle ones are reclaimed, and a button to stop one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.environments.execution_environment_model import (
    ENVIRONMENT,
    FUNCTION,
    INVOCATIONS,
    MEMORY,
    STATE,
    ExecutionEnvironmentModel,
)
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.row_table import choose_rows
from workbench.state.environment_words import living
from workbench.state.session import Session

TICK_MS = 1_000
"""Countdowns advance once a second while they are visible."""

_FUNCTION_PART = 0.3


class ExecutionEnvironmentsPanel(QWidget):
    """The window calls `refresh` for Topic.ENVIRONMENTS. Emits `stop_requested(str environment_id)`."""

    stop_requested = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._session = session
        self.model = ExecutionEnvironmentModel(session, self)
        self.table = QTableView()
        self.note, self.stop_button = PlainLabel(), QPushButton(self.tr("Stop"))
        self._stop_action = QAction(self.tr("Stop this environment"), self)
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self._on_tick)
        self._prepare()
        self._prepare_table()
        self._lay_out()
        self.setFocusProxy(self.table)
        self.set_theme(theme)
        self.refresh()

    @property
    def is_ticking(self) -> bool:
        """Whether the countdowns are advancing."""
        return self._clock.isActive()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.model.theme = theme
        fill_background(self, theme)
        self.table.setStyleSheet("QTableView { border: none; } QTableView::item { padding: 0 7px; }")
        self.table.viewport().update()

    def show_idle_limit(self, idle_limit_s: float) -> None:
        """Set after how many seconds the engine reclaims an idle environment."""
        self.model.idle_limit_s = idle_limit_s
        self.refresh()

    def select(self, request_id: str) -> None:
        """Select the environment of an invocation that was chosen elsewhere, if it still exists."""
        invocation = self._session.history.get(request_id)
        if invocation is not None:
            self.select_environment(invocation.environment_id)

    def select_environment(self, environment_id: str) -> None:
        """Select an environment that was chosen elsewhere, if it still exists."""
        if self.model.position(environment_id) < 0:
            self.model.update()  # it may be new, and while the panel is hidden, nobody refreshes it
        row = self.model.position(environment_id)
        if row >= 0:
            self.table.selectRow(row)

    def refresh(self) -> None:
        """Show what the session knows now."""
        chosen = self._chosen_id()
        self.model.update()
        # Qt would select a neighbor of the removed row, and the next Delete would stop an environment that nobody chose.
        if chosen and self.model.position(chosen) < 0:
            self.table.clearSelection()
        rows = self.model.rowCount()
        self.note.setText(self._hint())
        self.table.setVisible(rows > 0)
        self._on_selection_changed()
        self._settle_clock()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the panel was hidden."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the functions' names their share of a wide panel, because states are short."""
        super().resizeEvent(event)
        least = self.fontMetrics().horizontalAdvance("ThumbnailFunction")
        self.table.horizontalHeader().resizeSection(FUNCTION, max(least, round(self.width() * _FUNCTION_PART)))

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()

    def changeEvent(self, event: QEvent) -> None:
        """Start or stop the clock when the window is restored or minimized."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._settle_clock()

    def _prepare(self) -> None:
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.stop_button.setToolTip(self.tr("Stop the chosen environment (Delete)"))
        self.stop_button.clicked.connect(self._on_stop)
        self._stop_action.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        # Only with the focus here: Delete in the editor must not stop an environment.
        self._stop_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._stop_action.triggered.connect(self._on_stop)

    def _prepare_table(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Execution environments"))
        table.setModel(self.model)
        table.addAction(self._stop_action)
        choose_rows(table)
        table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        header = table.horizontalHeader()
        letters = self.fontMetrics().horizontalAdvance
        header.resizeSection(ENVIRONMENT, letters("0000") + 26)
        header.resizeSection(FUNCTION, letters("ThumbnailFunction"))
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(INVOCATIONS, letters("Invoked") + 18)
        header.resizeSection(MEMORY, letters("10,240 MB") + 18)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 8, 10, 6)
        top.addWidget(self.note, 1)
        top.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)

    def _hint(self) -> str:
        """A sentence on what the present states mean for the next invocation."""
        there = living(self._session.environments)
        if not there:
            return self.tr("There is no environment: the next invocation is a cold start.")
        if all(environment.state == "reset" for environment in there):
            return self.tr("A reset one initializes again inside its next invocation, and that time is billed as its duration.")
        if all(environment.startup.is_provisioned for environment in there):
            return self.tr("A provisioned one stays: nobody waits for its init. Stop it, and another is initialized for it.")
        return self.tr("An idle one serves the next invocation warm. Stop it, and that is a cold start.")

    def _settle_clock(self) -> None:
        """Tick only while somebody can look and something counts down."""
        if self.isVisible() and not self.window().isMinimized() and self.model.counts_down:
            if not self._clock.isActive():
                self._clock.start()
        else:
            self._clock.stop()

    def _on_tick(self) -> None:
        self.model.tick()
        self._settle_clock()

    def _on_selection_changed(self, *_: object) -> None:
        chosen = self.table.selectionModel().hasSelection()
        self.stop_button.setEnabled(chosen)
        self._stop_action.setEnabled(chosen)

    def _chosen_id(self) -> str:
        rows = self.table.selectionModel().selectedRows()
        return self.model.environment(rows[0].row()).environment_id if rows else ""

    def _on_stop(self) -> None:
        if self._chosen_id():
            self.stop_requested.emit(self._chosen_id())
