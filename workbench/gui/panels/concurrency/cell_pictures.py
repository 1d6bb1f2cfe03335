"""How cells look: one small picture for each state, painted once for a size and a theme. Not by color alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.concurrency.grid_layout import Spot
from workbench.state.concurrency import GLOW_MS, GONE_MS
from workbench.state.concurrency_rows import Cell

LEVELS = 5
"""Steps in which something fades."""
_DETAIL_PX = 9
"""Cells below this size are too small for more than a fill and a frame."""


class _Style(NamedTuple):
    """The tokens of fill and frame, "" for none."""

    fill: str
    frame: str = ""
    is_dashed: bool = False


class CellPictures:
    """The pictures of one size (logical pixels) for a theme and a screen's pixel ratio."""

    def __init__(self, theme: Theme, size_px: int, ratio: float) -> None:
        self.key = (theme, size_px, ratio)
        self._theme, self._size_px, self._ratio = theme, size_px, ratio
        plain = {name: self._made(style, _MARKS.get(name)) for name, style in _STYLES.items()}
        self._ghosts = {name: plain[name] for name in ("ghost", "provisioned ghost")}
        self._looks = {name: picture for name, picture in plain.items() if name not in self._ghosts}
        self._busy, self._busy_provisioned = plain["busy"], self._made(_Style("invoke", "runtime_init"), None)
        self._glows = {"idle": self._glowing("idle", ""), "provisioned": self._glowing("provisioned", "runtime_init")}
        self._fading = [self._faded(self._looks["stopping"], step / LEVELS) for step in range(1, LEVELS + 1)]

    def at(self, spot: Spot, now_ms: float) -> QPixmap | None:
        """Return the picture of what is at a place now; None for nothing."""
        if spot is None:
            return None
        if not isinstance(spot, Cell):
            return self._ghosts[spot]
        if spot.gone_ms is not None:
            return self._fading[_step(now_ms - spot.gone_ms, GONE_MS)]
        look = spot.look
        if look == "busy":
            return self._busy_provisioned if spot.environment.startup.is_provisioned else self._busy
        glows = self._glows.get(look)
        if glows is not None and now_ms - spot.reported_ms < GLOW_MS:
            return glows[_step(now_ms - spot.reported_ms, GLOW_MS)]
        return self._looks[look]

    def example(self, look: str) -> QPixmap:
        """Return the picture that stands for a state in the legend."""
        return self._looks[look]

    def _made(
        self, style: _Style, mark: Callable[[QPainter, QRectF, QColor], None] | None, under: QPixmap | None = None,
        opacity: float = 1.0,
    ) -> QPixmap:
        picture = self._empty()
        painter = QPainter(picture)
        if under is not None:
            painter.drawPixmap(0, 0, under)
        painter.setOpacity(opacity)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(0.5, 0.5, self._size_px - 1, self._size_px - 1)
        frame = QColor(self._color(style.frame or style.fill))
        painter.setPen(QPen(frame, 1, Qt.PenStyle.DotLine if style.is_dashed else Qt.PenStyle.SolidLine))
        painter.setBrush(QColor(self._color(style.fill)) if style.fill else Qt.BrushStyle.NoBrush)
        radius_px = min(2.5, self._size_px / 5)
        painter.drawRoundedRect(place, radius_px, radius_px)
        if mark is not None:
            mark(painter, place, frame)
        painter.end()
        return picture

    def _glowing(self, look: str, frame: str) -> list[QPixmap]:
        """Return what a cell looks like after an invocation, the weakest first."""
        return [self._made(_Style("invoke", frame), None, self._looks[look], step / LEVELS) for step in range(1, LEVELS + 1)]

    def _faded(self, picture: QPixmap, opacity: float) -> QPixmap:
        faded = self._empty()
        painter = QPainter(faded)
        painter.setOpacity(opacity)
        painter.drawPixmap(0, 0, picture)
        painter.end()
        return faded

    def _empty(self) -> QPixmap:
        pixels = round(self._size_px * self._ratio)
        picture = QPixmap(pixels, pixels)
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(Qt.GlobalColor.transparent)
        return picture

    def _color(self, name: str) -> str:
        """Return a token's color; one that ends with a tilde is thinned over the background."""
        color: str = getattr(self._theme, name.rstrip("~"))
        return blend(color, self._theme.window, 0.3) if name.endswith("~") else color


def _step(age_ms: float, whole_ms: float) -> int:
    """Return which picture of a fading row shows this age: the strongest one first."""
    return min(max(LEVELS - 1 - int(age_ms / whole_ms * LEVELS), 0), LEVELS - 1)


def _half(painter: QPainter, place: QRectF, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRect(QRectF(place.left(), place.center().y(), place.width(), place.height() / 2))


def _dot(painter: QPainter, place: QRectF, color: QColor) -> None:
    if place.width() >= _DETAIL_PX - 1:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(place.center(), place.width() / 5, place.width() / 5)


def _cross(painter: QPainter, place: QRectF, color: QColor) -> None:
    painter.setPen(QPen(color, 1))
    painter.drawLine(QPointF(place.topLeft()), QPointF(place.bottomRight()))
    painter.drawLine(QPointF(place.topRight()), QPointF(place.bottomLeft()))


_STYLES: dict[str, _Style] = {
    "busy": _Style("invoke"),
    "idle": _Style("idle", "overhead~"),
    "initializing": _Style("", "create"),
    "provisioned": _Style("runtime_init~", "runtime_init"),
    "prepared": _Style("", "overhead", is_dashed=True),
    "stopping": _Style("", "overhead"),
    "ghost": _Style("", "border"),
    "provisioned ghost": _Style("", "runtime_init~", is_dashed=True),
}
_MARKS: dict[str, Callable[[QPainter, QRectF, QColor], None]] = {
    "initializing": _half, "provisioned": _dot, "stopping": _cross}
