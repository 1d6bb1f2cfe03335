"""The text of a Qt document as it was typed."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument


def raw_text(document: QTextDocument) -> str:
    """Lines joined by newlines. Unlike `toPlainText` it keeps no-break spaces, so that saving changes nothing unseen."""
    return document.toRawText().replace("\u2029", "\n")
