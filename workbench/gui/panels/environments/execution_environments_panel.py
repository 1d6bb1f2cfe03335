"""What runs here: the engine's health, what it prepares, and the execution environments with what can be done to one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QTableView, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.environments.engine_vitals import EngineVitals
from workbench.gui.panels.environments.environment_actions import EnvironmentActions
from workbench.gui.panels.environments.execution_environment_model import (
    AGE,
    ENVIRONMENT,
    FUNCTION,
    INVOCATIONS,
    MEMORY,
    PLACE,
    STATE,
    VERSION,
    ExecutionEnvironmentModel,
)
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.fitting_columns import FittingColumns
from workbench.gui.widgets.row_table import choose_rows
from workbench.model.vitals import Vitals
from workbench.state.environment_words import living
from workbench.state.environments import Environment
from workbench.state.session import Session

TICK_MS = 1_000
"""Countdowns and ages advance once a second while they are visible."""
ASK_MS = 2_000
"""How often the engine is asked how it does, while somebody can look."""

_FUNCTION_PART = 0.2
_LONGEST = {ENVIRONMENT: "0000", FUNCTION: "ThumbnailFunction", VERSION: "$LATEST", STATE: "provisioned, being created",
            AGE: "59 min 59 s", PLACE: "isolated · Node.js 22.20.0", INVOCATIONS: "Invoked", MEMORY: "10,240 MB"}
_LEFT_OUT = (VERSION, PLACE, AGE, MEMORY, INVOCATIONS)


class ExecutionEnvironmentsPanel(QWidget):
    """The window calls `refresh` for Topic.ENVIRONMENTS and `show_vitals` with the engine's answers.

    Signals: `stop_requested(str environment_id)`; `log_requested(str request_id)` for what an environment logged last;
    `copied(str what)` after a command was put on the clipboard, with a sentence; `vitals_wanted()` when the engine should be
    asked; `work_unwanted(int number)` to cancel a preparation.
    """

    stop_requested = Signal(str)
    log_requested = Signal(str)
    copied = Signal(str)
    vitals_wanted = Signal()
    work_unwanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._session = session
        self.model = ExecutionEnvironmentModel(session, self)
        self.table = QTableView()
        self.table.setObjectName("rowTable")
        self._is_held = False
        self.vitals = EngineVitals()
        self.vitals.cancel_requested.connect(self.work_unwanted)
        self.note, self.actions_row = PlainLabel(), EnvironmentActions()
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self._on_tick)
        self._asking = QTimer(self)
        self._asking.setInterval(ASK_MS)
        self._asking.timeout.connect(self.vitals_wanted)
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

    @property
    def is_asking(self) -> bool:
        """Whether the engine is asked how it does."""
        return self._asking.isActive()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.model.theme = theme
        fill_background(self)
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

    def hold(self, is_wanted: bool) -> None:
        """Leave everything as it is, ages too, or go on."""
        self._is_held = is_wanted
        self._settle_clock()

    def show_vitals(self, vitals: Vitals, now_ms: float) -> None:
        """Show how the engine does, and the environments that it told of meanwhile. `now_ms` is its epoch time."""
        if self._is_held:  # since it was asked
            return
        self.vitals.show_vitals(vitals, now_ms)
        self.refresh()

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
        self.vitals_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons beside the sentence, or below it in a narrow panel."""
        super().resizeEvent(event)
        has_room = self.width() >= 2 * self.actions_row.sizeHint().width()
        self._top.setDirection(QBoxLayout.Direction.LeftToRight if has_room else QBoxLayout.Direction.TopToBottom)
        self._top.setStretch(0, 1 if has_room else 0)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()
        self._asking.stop()

    def changeEvent(self, event: QEvent) -> None:
        """Start or stop the clock when the window is restored or minimized."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._settle_clock()

    def _prepare(self) -> None:
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.actions_row.stop_requested.connect(self.stop_requested)
        self.actions_row.log_requested.connect(self.log_requested)
        self.actions_row.copied.connect(self.copied)

    def _prepare_table(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Execution environments"))
        table.setModel(self.model)
        table.addAction(self.actions_row.stop_action)
        choose_rows(table)
        table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        FittingColumns(table, _LONGEST, _LEFT_OUT, STATE, {FUNCTION: _FUNCTION_PART})

    def _lay_out(self) -> None:
        top = self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setContentsMargins(14, 5, 10, 5)
        top.setSpacing(4)
        top.addWidget(self.note, 1)
        top.addWidget(self.actions_row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.vitals)
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
        """Tick only while somebody can look, and nothing is on hold, and something counts down."""
        is_seen = self.isVisible() and not self.window().isMinimized() and not self._is_held
        _let_run(self._clock, is_seen and self.model.counts)
        _let_run(self._asking, is_seen)

    def _on_tick(self) -> None:
        self.model.tick()
        self._settle_clock()

    def _on_selection_changed(self, *_: object) -> None:
        self.actions_row.show_chosen(self._chosen())

    def _chosen(self) -> Environment | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.environment(rows[0].row()) if rows else None

    def _chosen_id(self) -> str:
        chosen = self._chosen()
        return chosen.environment_id if chosen is not None else ""



def _let_run(timer: QTimer, is_wanted: bool) -> None:
    if is_wanted and not timer.isActive():
        timer.start()
    elif not is_wanted:
        timer.stop()
