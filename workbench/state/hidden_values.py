"""Values that are not to be seen now, such as secrets while others look on, and what is shown in their place. No I/O."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workbench.model.overrides import MASK
from workbench.model.secret_texts import SecretTexts
from workbench.state.invocation import Invocation


class HiddenValues:
    """Whoever shows what a function got, logged or answered asks it for the text to show. For the window's thread.

    With nothing to hide each call returns what it was given, so that a flood of lines takes no longer than without it.
    """

    def __init__(self) -> None:
        self._values: frozenset[str] = frozenset()
        self._texts = SecretTexts((), MASK)
        self.version = 0
        """Another one whenever other values are hidden, for those who keep what they have made."""

    def hide(self, values: Iterable[str]) -> None:
        """Hide these as well from now on."""
        self._set(self._values.union(filter(None, values)))

    def show_all(self) -> None:
        """Hide nothing from now on."""
        self._set(frozenset())

    def text(self, text: str) -> str:
        """Return a text as it is to be seen."""
        return self._texts.masked(text) if self._values else text

    def content(self, content: bytes) -> bytes:
        """Return text in UTF-8 as it is to be seen; bytes that are no UTF-8 stay."""
        if not self._values:
            return content
        return self.text(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def invocation(self, invocation: Invocation) -> Invocation:
        """Return an invocation as it is to be seen. The size of its payload is that of what is seen."""
        if not self._values:
            return invocation
        payload, startup = self.text(invocation.payload), invocation.startup
        more_bytes = _size(payload) - _size(invocation.payload)
        return msgspec.structs.replace(
            invocation, payload=payload, payload_bytes=invocation.payload_bytes + more_bytes,
            event_text=self.text(invocation.event_text), stop_detail=self.text(invocation.stop_detail),
            own_lines=self._lines(invocation.own_lines),
            startup=None if startup is None else msgspec.structs.replace(startup, lines=self._lines(startup.lines)))

    def _lines(self, lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
        return [(seq, self.text(text)) for seq, text in lines]

    def _set(self, values: frozenset[str]) -> None:
        if values != self._values:
            self._values, self._texts = values, SecretTexts(values, MASK)
            self.version += 1


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
