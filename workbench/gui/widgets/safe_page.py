"""HTML that a function returned, drawn without scripts, without a network and without this machine's files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser, QWidget

from workbench.gui.look.theme import Theme

LONGEST = 200_000
"""Characters of a page that is drawn: Qt lays a page out in one go."""
MOST_TAGS = 2_500
DEEPEST = 60
"""Elements inside each other."""
MOST_TABLES = 2
"""Tables inside each other. Qt lays out each of them twice for each that it is in: twenty take seconds, more end the program."""
LONGEST_WORD = 4_000
"""Characters without a space. Qt looks for the place to break in all of them, again for each line."""
_SINGLE = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
                     "dd", "dt", "li", "option", "p", "td", "th", "tr"})
"""Elements that end by themselves, or that may be left open."""


class SafePage(QTextBrowser):
    """Asks nobody for anything: pictures, style sheets and pages that the HTML names are not loaded, and links lead nowhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The page, without scripts and network")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        """Load nothing. Qt would read files and, for some kinds, ask the network."""
        return None

    def set_theme(self, theme: Theme) -> None:
        """Draw on white, as browsers do: a page that sets one of its colors expects the others."""
        del theme
        self.setStyleSheet("QTextBrowser { background: #ffffff; color: #1a1a1a; padding: 6px; }")

    def show_page(self, html: str) -> None:
        """Draw a page."""
        self.setHtml(html)


class _TooMuchError(Exception):
    """A page that Qt would take long to lay out."""


class _Measure(HTMLParser):
    """Counts tags, those that are open, and the length of the word that it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tags, self.depth, self.tables, self.word = 0, 0, 0, 0

    @property
    def is_too_much(self) -> bool:
        """Whether Qt would take long to lay it out."""
        most_tags = MOST_TAGS >> (2 if self.tables > 1 else 0)
        return self.tags > most_tags or self.depth > DEEPEST or self.tables > MOST_TABLES or self.word > LONGEST_WORD

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags += 1
        self.depth += tag not in _SINGLE
        self.word = 0 if tag in _SINGLE else self.word
        self.tables += tag == "table"
        self._stop_if_too_much()

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(self.depth - (tag not in _SINGLE), 0)
        self.tables = max(self.tables - (tag == "table"), 0)

    def handle_data(self, data: str) -> None:
        first, *others = re.split(r"\s+", data)
        self.word += len(first)
        self._stop_if_too_much()
        for word in others:
            self.word = len(word)
            self._stop_if_too_much()

    def _stop_if_too_much(self) -> None:
        if self.is_too_much:
            raise _TooMuchError


def why_not_drawn(html: str) -> str:
    """Say why a page is not drawn here; "" if it is."""
    if len(html) > LONGEST:
        return f"The page has {len(html):,} characters, too many to be drawn here."
    try:
        _Measure().feed(html)
    except _TooMuchError:
        return "The page has too many tags, too many of them inside each other, or words too long to be drawn here."
    return ""
