"""The window's few icons, drawn from vector paths in the theme's colors, which Qt's own icons do not follow."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_PATHS = {
    "plus": '<path d="M8 3v10M3 8h10" fill="none" stroke="{c}" stroke-width="1.5" stroke-linecap="round"/>',
    "remove": '<path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="{c}" stroke-width="1.4" stroke-linecap="round"/>',
    "play": '<path d="M4 2.5v11l9-5.5z" fill="{c}"/>',
    "pause": '<path d="M4 3h3v10H4zM9 3h3v10H9z" fill="{c}"/>',
    "stop": '<rect x="3.5" y="3.5" width="9" height="9" rx="1.5" fill="{c}"/>',
    "dot": '<circle cx="8" cy="8" r="4" fill="{c}"/>',
    "eye": '<path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z" fill="none" stroke="{c}" '
           'stroke-width="1.2"/><circle cx="8" cy="8" r="2" fill="{c}"/>',
    "eye-off": '<path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z" fill="none" stroke="{c}" '
               'stroke-width="1.2"/><path d="M3 13.5L13 2.5" stroke="{c}" stroke-width="1.3"/>',
    "bug": '<path d="M8 5.2c2.1 0 3.3 1.5 3.3 4.1S9.9 14 8 14s-3.3-2.1-3.3-4.7S5.9 5.2 8 5.2z" fill="{c}"/>'
           '<path d="M5.9 4.6a2.1 2.1 0 0 1 4.2 0M4.7 7.6L2.2 6.2M4.6 9.6H1.8M4.9 11.6l-2.4 1.6M11.3 7.6l2.5-1.4M11.4 9.6h2.8" '
           'fill="none" stroke="{c}" stroke-width="1.2" stroke-linecap="round"/>'
           '<path d="M11.1 11.6l2.4 1.6" stroke="{c}" stroke-width="1.2" stroke-linecap="round"/>',
    "down": '<path d="M4 6l4 4 4-4" fill="none" stroke="{c}" stroke-width="1.4" stroke-linecap="round"/>',
    "search": '<circle cx="7" cy="7" r="4" fill="none" stroke="{c}" stroke-width="1.4"/>'
              '<path d="M10 10l3.5 3.5" stroke="{c}" stroke-width="1.4" stroke-linecap="round"/>',
    "starred": '<path d="M8 1.6l2 4.1 4.5.6-3.3 3.1.8 4.5L8 11.7l-4 2.2.8-4.5L1.5 6.3 6 5.7z" fill="{c}"/>',
    "lambda": '<path d="M3.6 2h3.1l5 11.2c.2.5.5.7.9.7h.6V15h-1.4c-1.3 0-2-.4-2.5-1.5L7.5 9.2 4.8 15H2.6l4-8.1-1.6-3.6H3.6z" '
              'fill="{c}"/>',
}


_LINES = {
    "files": "M2 4.2c0-.7.5-1.2 1.2-1.2h2.6"
             "l1.6 1.8h5.4c.7 0 1.2.5 1.2 1.2v6c0 .7-.5 1.2-1.2 1.2H3.2c-.7 0-1.2-.5-1.2-1.2z",
    "braces": "M6 2.5C4.5 2.5 4.5 3.5 4.5 5s0 2.5-2 3c2 .5 2 1.5 2 3s0 2.5 1.5 2.5"
              "M10 2.5c1.5 0 1.5 1 1.5 2.5s0 2.5 2 3c-2 .5-2 1.5-2 3s0 2.5-1.5 2.5",
    "clock": "M2.6 5.6A5.8 5.8 0 1 1 2.2 8.2M2.3 2.8v3h3M8 4.9V8.2l2.3 1.4",
    "queue": "M2.5 3.5h7M2.5 8h7M2.5 12.5h11M12.5 3v5M10.5 6.3l2 2 2-2",
    "sliders": "M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6M8.1 4.5a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0"
               "M4.6 11.5a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0",
    "gear": "M8 5.7a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6M8 1.8v1.7M8 12.5v1.7M1.8 8h1.7M12.5 8h1.7"
            "M3.6 3.6l1.2 1.2M11.2 11.2l1.2 1.2M3.6 12.4l1.2-1.2M11.2 4.8l1.2-1.2",
    "replay": "M13.4 5.6A5.8 5.8 0 1 0 13.8 8.2M13.7 2.8v3h-3",
    "compare": "M2.5 5h10M9.8 2.3L12.5 5 9.8 7.7M13.5 11h-10M6.2 8.3L3.5 11l2.7 2.7",
    "star": "M8 2l1.8 3.8 4.1.5-3 2.8.8 4.1L8 11.2l-3.7 2 .8-4.1-3-2.8 4.1-.5z",
    "pencil": "M2.8 13.2l.7-3L10.6 3c.6-.6 1.5-.6 2.1 0l.3.3c.6.6.6 1.5 0 2.1l-7.1 7.1zM9.3 4.4l2.3 2.3",
    "tick": "M2.8 8.6l3.4 3.4 7-7.6",
    "ring": "M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10",
    "align": "M3 2.5v11M6 4.5h7.5M6 8h3M6 11.5h5",
    "maximize": "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9.3 6.7M2.5 13.5l4.2-4.2",
}
"""Icons drawn with one line, as SVG paths."""


def icon(name: str, color: str) -> QIcon:
    """Return an icon in a color such as "#3fb950". Drawn at 64 pixels, so that scaling down keeps it sharp on any screen."""
    return QIcon(_picture(name, color, 64))


def icon_pixmap(name: str, color: str, size: int) -> QPixmap:
    """Return the icon as a square picture of `size` logical pixels, as sharp as the finest screen shows it."""
    ratio = max(screen.devicePixelRatio() for screen in QGuiApplication.screens())
    picture = _picture(name, color, round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    return picture


def _picture(name: str, color: str, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    _renderer(name, color).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def _renderer(name: str, color: str) -> QSvgRenderer:
    document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{_drawing(name).format(c=color)}</svg>'
    return QSvgRenderer(QByteArray(document.encode()))


def _drawing(name: str) -> str:
    line = _LINES.get(name)
    if line is None:
        return _PATHS[name]
    return f'<path d="{line}" fill="none" stroke="{{c}}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>'
