"""What killed windows and engines had kept, and what was on its way, compared with what is found after the kill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CODE = "def handler(event, context):\n    return event\n"
_EDIT = re.compile(re.escape(CODE) + r"(# \d+\n)*")


class Facts:
    """The facts of one workspace, or of the person, by name. A fact that is not found counts as False, or "".

    `edit` is a text to which lines are added: it may have grown. All others are as they were kept, or as they were being made.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self._tried: dict[str, list[Any]] = {}

    def note_tried(self, facts: Mapping[str, Any]) -> None:
        """From now on a fact may have this value, too."""
        for name, value in facts.items():
            self._tried.setdefault(name, []).append(value)

    def note_kept(self, facts: Mapping[str, Any]) -> None:
        """From now on a fact has this value."""
        for name, value in facts.items():
            self._kept[name] = value
            self._tried.pop(name, None)

    def gone(self, prefix: str) -> set[str]:
        """What facts with this prefix are about that no longer holds."""
        return {name.removeprefix(prefix) for name, value in self._kept.items() if name.startswith(prefix) and value is False}

    def compare(self, found: Mapping[str, Any]) -> list[str]:
        """Return what is wrong, and take over what was found: it must be there the next time, too."""
        problems = [f"{name} is {found.get(name)!r}, {kept!r} was kept, {self._tried.get(name, [])} on its way"
                    for name, kept in self._kept.items() if not self._fits(name, found)]
        now = {name: found.get(name, _nothing(name)) for name in {*self._kept, *self._tried, *found}}
        self._kept, self._tried = now, {}
        return problems

    def _fits(self, name: str, found: Mapping[str, Any]) -> bool:
        value, kept = found.get(name, _nothing(name)), self._kept[name]
        if name == "edit":
            return bool(_EDIT.fullmatch(value)) and value.startswith(kept)
        return value == kept or value in self._tried.get(name, [])


def _nothing(name: str) -> Any:
    return "" if name.startswith("name ") else False
