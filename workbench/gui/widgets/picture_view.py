"""A picture that a function returned, decoded on a thread and bounded in bytes and pixels."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.later import Later
from workbench.state.picture_kinds import MOST_PIXELS, why_svg_not_drawn

MOST_SHOWN = QSize(1_600, 1_200)
"""A larger picture is made smaller while it is decoded."""
_MOST_MEMORY_MB = 128
_SQUARE_PX = 8


class Decoded(NamedTuple):
    """A picture and its own size, or why there is none."""

    image: QImage | None
    size: QSize
    problem: str = ""


def decoded(content: bytes, kind: str) -> Decoded:
    """Decode a picture of a kind (`state.picture_kinds`). Touches no widget; QImageReader leaves the interpreter to others."""
    if kind == "svg" and (problem := why_svg_not_drawn(content)):
        return Decoded(None, QSize(), problem)
    source = QBuffer()
    source.setData(QByteArray(content))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    QImageReader.setAllocationLimit(_MOST_MEMORY_MB)
    reader = QImageReader(source, QByteArray(kind.encode()))
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    if not size.isValid():
        return Decoded(None, size, f"The picture cannot be read: {reader.errorString()}.")
    if kind != "svg" and size.width() * size.height() > MOST_PIXELS:
        return Decoded(None, size, f"The picture has {size.width():,} × {size.height():,} pixels, too many to be drawn here.")
    if size.width() > MOST_SHOWN.width() or size.height() > MOST_SHOWN.height():
        reader.setScaledSize(size.scaled(MOST_SHOWN, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        return Decoded(None, size, f"The picture cannot be read: {reader.errorString()}.")
    return Decoded(image, size)


class PictureView(QWidget):
    """Draws it as large as there is room, never larger than it is, on squares that show where it is transparent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem, self.size_text = "", ""
        self.image: QImage | None = None
        self._theme = DARK
        self._later = Later(self)
        self._tell("")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_picture(self, content: bytes, kind: str) -> None:
        """Decode and show a picture."""
        self.image, self.problem = None, ""
        self._tell("being decoded")
        self._later.do("decode a picture", lambda: decoded(content, kind), self._take)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, or say why there is none."""
        painter = QPainter(self)
        if self.image is None:
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), int(Qt.TextFlag.TextWordWrap), self.problem or "Decoding…")
            return
        shown = self.image.size()
        if shown.width() > self.width() or shown.height() > self.height():
            shown = shown.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.setClipRect(0, 0, shown.width(), shown.height())
        painter.drawTiledPixmap(self.rect(), self._squares())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect().adjusted(0, 0, shown.width() - self.width(), shown.height() - self.height()), self.image)

    def _take(self, result: Decoded) -> None:
        self.image, self.problem = result.image, result.problem
        self._tell(result.problem or f"{result.size.width():,} × {result.size.height():,} pixels")
        self.update()

    def _tell(self, text: str) -> None:
        self.size_text = text
        self.setAccessibleName(f"Picture, {text}" if text else "Picture")
        self.setToolTip(text)

    def _squares(self) -> QPixmap:
        tile = QPixmap(2 * _SQUARE_PX, 2 * _SQUARE_PX)
        tile.fill(QColor(self._theme.surface))
        painter = QPainter(tile)
        for at in (0, _SQUARE_PX):
            painter.fillRect(at, at, _SQUARE_PX, _SQUARE_PX, QColor(self._theme.border))
        painter.end()
        return tile
