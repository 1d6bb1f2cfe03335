"""What an engine says of itself goes from the screen when it is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until

__all__ = ["play", "root"]


def test_what_it_said_while_nobody_followed_it_is_asked_for_again(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        link, again = window.workspace.link, window.workspace._engine_notices._again
        assert link.health is not None
        assert not again.isActive(), "it said nothing"
        link.health = msgspec.structs.replace(link.health, notice="The window of this engine ended without saying so.")
        link.state_changed.emit(link.state)  # as when a window begins to follow an engine whose window was killed
        assert again.isActive()
        again.timeout.emit()  # as if time had passed
        await until(lambda: link.health is not None and not link.health.notice)

    play(scenario)
