"""Which panel is refreshed when: those that are visible and whose topic changed; hidden ones when they are shown again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from workbench.state.session import Topic


class PanelRefresher(QObject):
    """Takes the topics of each drain and calls the panels."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels: list[_Registered] = []

    def add(self, panel: QWidget, refresh: Callable[[], None], *topics: Topic, at_most_every_ms: int = 0) -> None:
        """Call `refresh` for changes of these topics, not more often than given."""
        self._panels.append(_Registered(panel, refresh, frozenset(topics), at_most_every_ms, self))

    def take(self, topics: set[Topic]) -> None:
        """What a drain changed."""
        for panel in self._panels:
            if panel.topics & topics:
                panel.mark_dirty()


class _Registered(QObject):
    """One panel: dirty or not, and when it was refreshed last."""

    def __init__(
        self, panel: QWidget, refresh: Callable[[], None], topics: frozenset[Topic], every_ms: int, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.topics = topics
        self._panel = panel
        self._refresh = refresh
        self._dirty = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(every_ms)
        self._pause.timeout.connect(self._run)
        panel.installEventFilter(self)

    def mark_dirty(self) -> None:
        """Refresh now, after the pause, or when shown."""
        self._dirty = True
        if not self._pause.isActive():
            self._run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that comes into sight is brought up to date."""
        if event.type() is QEvent.Type.Show and self._dirty:
            QTimer.singleShot(0, self._run)
        return super().eventFilter(watched, event)

    def _run(self) -> None:
        if not self._dirty or not self._panel.isVisible():
            return
        self._dirty = False
        self._refresh()
        if self._pause.interval():
            self._pause.start()
