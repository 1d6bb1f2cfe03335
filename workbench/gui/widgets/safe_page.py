"""HTML that a function returned, drawn without scripts, without a network and without this machine's files."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser, QWidget

from workbench.gui.look.theme import Theme

LONGEST = 200_000
"""Characters of a page that is drawn: Qt lays a page out in one go."""
MOST_TAGS = 4_000
DEEPEST = 60
"""Elements inside each other. Qt lays out tables by recursion, so that a page of nothing but tables could end the program."""
_SINGLE = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


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


class _Measure(HTMLParser):
    """Counts tags and how deep they are inside each other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tags, self.depth, self.deepest = 0, 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags += 1
        if tag not in _SINGLE:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _SINGLE:
            self.depth = max(self.depth - 1, 0)


def why_not_drawn(html: str) -> str:
    """Say why a page is not drawn here; "" if it is."""
    if len(html) > LONGEST:
        return f"The page has {len(html):,} characters, too many to be drawn here."
    measure = _Measure()
    measure.feed(html)
    if measure.tags > MOST_TAGS or measure.deepest > DEEPEST:
        return f"The page has {measure.tags:,} tags, up to {measure.deepest:,} inside each other: too many to be drawn here."
    return ""
