"""Says in lines what a window is doing, what it tries, and what is kept. See `killed_window_program`."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog
from shiboken6 import isValid

from tests.support.killed_window_open import OpenWindow
from workbench.model.past_invocations import PastInvocation

PERSON = "person"
"""What facts are about that are no workspace's."""
Flow = Callable[[], Coroutine[Any, Any, None]]


class Teller:
    """Says what is tried and kept of the open workspace, and runs what a person asks for."""

    def __init__(self, window: OpenWindow, chance: random.Random, numbers: itertools.count[int]) -> None:
        self.window, self.chance, self.numbers = window, chance, numbers

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        raise NotImplementedError

    def tried(self, **facts: object) -> None:
        """Say that this may hold from now on."""
        tell(tried={self.window.root.name: facts})

    def kept(self, **facts: object) -> None:
        """Say that this holds from now on, whatever is killed."""
        tell(kept={self.window.root.name: facts})

    def run(self, command: str) -> None:
        """Run a command of the window."""
        self.window.sitter.window.run(command)

    def file(self, *names: str) -> Path:
        """A file of the workspace."""
        return self.window.root.joinpath(*names)

    async def any_past(self) -> PastInvocation | None:
        """One of the invocations that succeeded at once, None if there is none yet: facts are by request, not by attempt."""
        found = await self.window.pasts()
        attempts = Counter(past.request_id for past in found)
        pasts = [past for past in found if past.status == "success" and attempts[past.request_id] == 1]
        return self.chance.choice(pasts) if pasts else None


def is_gone(dialog: QDialog) -> bool:
    """Whether what a dialog asked for has been done: it is closed then, and deletes itself."""
    return not isValid(dialog) or not dialog.isVisible()


def tell(**said: object) -> None:
    """Say something in a line."""
    print(json.dumps(said), flush=True)
