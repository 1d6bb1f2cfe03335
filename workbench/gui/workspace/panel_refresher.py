"""Decides when panels are refreshed: visible ones when one of their topics changed, hidden ones when they are shown again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.workspace.panel_turns import PanelTurns
from workbench.state.session import Topic

GIVE_WAY_MS = 150
"""How long panels wait at most while a person waits for an answer. Nobody sees it; but what they paint, and what they ask the
engine for, would delay the answer of a quick function several times over (tests/benchmarks/result.py)."""


class PanelRefresher(QObject):
    """Receives the changed topics of the session and refreshes the panels that show them.

    While it is paused, panels stay as they are; the session goes on, so nothing is lost. Emits `paused(bool)`.
    """

    paused = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels: list[_Registered] = []
        self._turns = PanelTurns(self)
        self._held: set[Topic] | None = None
        self._waiting: set[Topic] = set()
        self._way = QTimer(self)
        self._way.setSingleShot(True)
        self._way.timeout.connect(self._take_waiting)

    def add(self, panel: QWidget, refresh: Callable[[], None], *topics: Topic, at_most_every_ms: int = 0) -> None:
        """Call `refresh` when one of these topics changed: each time, or in turns with others, once per `at_most_every_ms`."""
        self._panels.append(_Registered(panel, refresh, frozenset(topics), at_most_every_ms, self._turns))

    @property
    def is_paused(self) -> bool:
        """Whether panels stay as they are."""
        return self._held is not None

    def pause(self, is_wanted: bool) -> None:
        """Leave all panels as they are from now on, or show what has happened meanwhile and go on."""
        if is_wanted == self.is_paused:
            return
        held, self._held = self._held, set() if is_wanted else None
        for panel in self._panels:
            panel.is_held = is_wanted
        self.paused.emit(is_wanted)
        if held:
            self.take(held)
        for panel in self._panels:
            panel.catch_up()

    @property
    def is_giving_way(self) -> bool:
        """Whether panels wait for an answer to be shown."""
        return self._way.isActive()

    def give_way(self) -> None:
        """Let panels wait until `go_on`, at most GIVE_WAY_MS: a person waits for an answer."""
        self._way.start(GIVE_WAY_MS)

    def go_on(self) -> None:
        """Let panels go on in the next turn of the loop."""
        if self.is_giving_way:
            self._way.start(0)

    def take(self, topics: set[Topic]) -> None:
        """Mark the panels of these topics as outdated."""
        if self._held is not None:
            self._held |= topics
            return
        if self.is_giving_way:
            self._waiting |= topics
            return
        for panel in self._panels:
            if panel.topics & topics:
                panel.mark_dirty()

    def _take_waiting(self) -> None:
        waiting, self._waiting = self._waiting, set()
        if waiting:
            self.take(waiting)


class _Registered(QObject):
    """One panel: whether it is outdated, and its pause after a refresh. With pauses it takes turns with others."""

    def __init__(
        self, panel: QWidget, refresh: Callable[[], None], topics: frozenset[Topic], every_ms: int, turns: PanelTurns
    ) -> None:
        super().__init__(turns)
        self.topics = topics
        self._panel = panel
        self._refresh = refresh
        self._dirty = False
        self.is_held = False
        self._every_ms, self._turns = every_ms, turns
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._run)
        panel.installEventFilter(self)

    def mark_dirty(self) -> None:
        """Refresh now, after the current pause, in a turn of its own, or when shown."""
        self._dirty = True
        if not self._pause.isActive():  # else `_run` follows from the timer
            self._run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Refresh a panel that becomes visible."""
        if event.type() is QEvent.Type.Show and self._dirty:
            QTimer.singleShot(0, self._run)
        return super().eventFilter(watched, event)

    def catch_up(self) -> None:
        """Refresh now what became outdated before the views were put on hold."""
        if not self._pause.isActive():
            self._run()

    def _run(self) -> None:
        if self._is_due and self._every_ms:
            self._turns.take(self._refresh_now)
        elif self._is_due:
            self._refresh_now()

    @property
    def _is_due(self) -> bool:
        return self._dirty and not self.is_held and self._panel.isVisible()

    def _refresh_now(self) -> None:
        if not self._is_due:  # it was hidden, or put on hold, while it waited for its turn
            return
        self._dirty = False
        self._refresh()
        if self._every_ms:
            self._pause.start(self._every_ms)
