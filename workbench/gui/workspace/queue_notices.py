"""Keeps what the engine says of its asynchronous queue up to date: a clock that is held must be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.state.session import Topic


class QueueNotices(QObject):
    """Asks for the engine's notices when a clock of the queue was held, resumed or moved. Runs on the window's loop."""

    def __init__(self, link: EngineLink, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._question = RepeatedQuestion("notices of the queue", link, link.refresh_health, report)
        link.topics_changed.connect(self._on_topics)

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        await self._question.close()

    def _on_topics(self, topics: set[Topic]) -> None:
        if Topic.QUEUE in topics:
            self._question.ask()
