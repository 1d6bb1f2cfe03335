"""The window's few icons, drawn from vector paths in the theme's colors, which Qt's own icons do not follow."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
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
    "lambda": '<path d="M3.6 2h3.1l5 11.2c.2.5.5.7.9.7h.6V15h-1.4c-1.3 0-2-.4-2.5-1.5L7.5 9.2 4.8 15H2.6l4-8.1-1.6-3.6H3.6z" '
              'fill="{c}"/>',
}


def icon(name: str, color: str) -> QIcon:
    """Return an icon in a color such as "#3fb950". Drawn at 64 pixels, so that scaling down keeps it sharp on any screen."""
    return QIcon(icon_pixmap(name, color, 64))


def icon_pixmap(name: str, color: str, size: int) -> QPixmap:
    """Return the icon as a square picture of `size` device pixels."""
    picture = QPixmap(size, size)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    _renderer(name, color).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def _renderer(name: str, color: str) -> QSvgRenderer:
    document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{_PATHS[name].format(c=color)}</svg>'
    return QSvgRenderer(QByteArray(document.encode()))
