"""Keeps the engine's notices up to date: a clock of the queue that is held must be seen, and what is over must not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.state.session import Topic

_AGAIN_MS = 2_500
"""An engine whose window was killed looks each second whether another one follows it, and says until then that none does."""


class EngineNotices(QObject):
    """Asks for them when a clock of the queue was held, resumed or moved, and once more after this window began to follow.

    Runs on the window's loop.
    """

    def __init__(self, link: EngineLink, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._question = RepeatedQuestion("notices of the engine", link, link.refresh_health, report)
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._question.ask)
        link.topics_changed.connect(self._on_topics)
        link.state_changed.connect(self._on_state)

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        self._again.stop()
        await self._question.close()

    def _on_state(self, state: LinkState) -> None:
        if state.phase == "running" and self._link.health is not None and self._link.health.notice:
            self._again.start()

    def _on_topics(self, topics: set[Topic]) -> None:
        if Topic.QUEUE in topics:
            self._question.ask()
