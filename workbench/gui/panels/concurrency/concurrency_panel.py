"""What runs at a time: every execution environment as a cell, ceilings as lines, throttles as sparks, and what waits."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.concurrency.concurrency_header import ConcurrencyHeader, Legend
from workbench.gui.panels.concurrency.grid_view import GridView
from workbench.gui.panels.concurrency.grid_words import cell_line, cell_tip, function_tip
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.state.concurrency_rows import Cell, FunctionGrid
from workbench.state.session import Session

FRAME_MS = 16
"""While something fades, the grid is painted at 60 frames a second; at rest, it is painted when something changes."""
ASK_MS = 1_000
"""How often the engine is asked for ceilings while something happens and somebody looks."""
EMPTY = "No execution environment exists. Each invocation that finds none free makes one: it appears here."


class ConcurrencyPanel(QWidget):
    """The window calls `refresh` for Topic.CONCURRENCY.

    Signals: `environment_chosen(str environment_id, str request_id)` with the request that it runs or ran last, "" for none;
    `invocation_opened()` when a person wants to see the invocation of the chosen environment; `report_wanted()` when the
    ceilings should be asked for.
    """

    environment_chosen = Signal(str, str)
    invocation_opened = Signal()
    report_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._session = session
        self._idle_limit_s: float | None = None
        self._is_outdated = False
        self.header, self.grid = ConcurrencyHeader(), GridView(session.concurrency, self._now_ms, self._tip)
        self.legend, self.told, self.empty = Legend(), ElidedLabel(), PlainLabel(EMPTY)
        self._below = QStackedWidget()
        self._frames, self._pause = QTimer(self), QTimer(self)
        self._prepare()
        self._lay_out()
        self.setFocusProxy(self.grid)
        self.set_theme(theme)
        self.refresh()

    @property
    def is_animated(self) -> bool:
        """Whether frames are painted because something fades."""
        return self._frames.isActive()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        fill_background(self)
        for part in (self.header, self.grid, self.legend):
            part.set_theme(theme)

    def show_idle_limit(self, idle_limit_s: float) -> None:
        """Set after how many seconds the engine reclaims an idle environment."""
        self._idle_limit_s = idle_limit_s
        self.refresh()  # with these settings, the account's limit may have changed as well

    def select(self, request_id: str) -> None:
        """Mark the environment of an invocation that was chosen elsewhere."""
        invocation = self._session.history.get(request_id)
        self.grid.select(invocation.environment_id if invocation is not None else "")

    def select_environment(self, environment_id: str) -> None:
        """Mark an environment that was chosen elsewhere."""
        self.grid.select(environment_id)

    def refresh(self) -> None:
        """Show what the session knows now, and go on painting while something fades."""
        if not self.isVisible():
            return
        self._paint_frame()
        if self._session.concurrency.is_lively(self._now_ms()) and not self._frames.isActive():
            self._frames.start()
        self._is_outdated = True
        if not self._pause.isActive():
            self._ask()

    def show_report(self) -> None:
        """Show the ceilings that the engine has told."""
        if self.isVisible():
            self._paint_frame()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop painting while nobody looks."""
        super().hideEvent(event)
        self._frames.stop()
        self._pause.stop()

    def _prepare(self) -> None:
        self._frames.setInterval(FRAME_MS)
        self._frames.setTimerType(Qt.TimerType.PreciseTimer)
        self._frames.timeout.connect(self._on_frame)
        self._pause.setSingleShot(True)
        self._pause.setInterval(ASK_MS)
        self._pause.timeout.connect(self._on_pause_over)
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(14, 8, 14, 8)
        self.told.setContentsMargins(14, 0, 14, 0)
        self.grid.pointed.connect(self._on_pointed)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.opened.connect(self._on_opened)

    def _lay_out(self) -> None:
        self._below.addWidget(self.legend)
        self._below.addWidget(self.told)
        self._below.setFixedHeight(self.legend.sizeHint().height())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.empty)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self._below)

    def _paint_frame(self) -> None:
        grid = self._session.concurrency
        grid.settle(self._now_ms())
        self.empty.setVisible(not grid.functions)
        self.header.show_grid(grid)
        self.grid.show_changes()
        if self.grid.current is not None:
            self._on_pointed(self.grid.current)

    def _on_frame(self) -> None:
        self._paint_frame()
        if not self._session.concurrency.is_lively(self._now_ms()):
            self._frames.stop()

    def _ask(self) -> None:
        self._is_outdated = False
        self._pause.start()
        self.report_wanted.emit()

    def _on_pause_over(self) -> None:
        # While requests wait as well: of a caller who has gone, only the engine's report tells.
        if self._is_outdated or self._session.concurrency.waiting:
            self._ask()

    def _on_pointed(self, cell: Cell | None) -> None:
        self._below.setCurrentWidget(self.legend if cell is None else self.told)
        if cell is not None:
            self.told.setText(cell_line(cell, self._session.history.get(cell.environment.request_id), self._now_ms(),
                                        self._idle_limit_s))

    def _on_chosen(self, cell: Cell) -> None:
        environment = cell.environment
        self.grid.select(environment.environment_id)
        self.environment_chosen.emit(environment.environment_id, environment.request_id or environment.last_request_id)

    def _on_opened(self, cell: Cell) -> None:
        if self._session.history.get(cell.environment.request_id or cell.environment.last_request_id) is not None:
            self.invocation_opened.emit()

    def _tip(self, subject: Cell | FunctionGrid) -> str:
        if isinstance(subject, FunctionGrid):
            return function_tip(subject, self._session.concurrency)
        invocation = self._session.history.get(subject.environment.request_id)
        return cell_tip(subject, invocation, self._now_ms(), self._idle_limit_s)

    def _now_ms(self) -> float:
        # By the engine's clock, which may be on another machine: the times of the grid are its.
        return self._session.engine_now_ms(time.time() * 1_000)
