"""The widget inside a scrolling area."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractScrollArea, QWidget

_NAME = "qt_scrollarea_viewport"
"""What Qt calls it (QAbstractScrollArea, setupViewport)."""


def viewport_of(area: QAbstractScrollArea) -> QWidget:
    """Return the viewport; while somebody holds it, `area.viewport()` returns the same at once.

    PySide answers the first `viewport()` only after it has made every class of widget there is, to see whether it is one of
    these: 10 ms. A child that is looked for by its name it knows from Qt's own description of the object.
    """
    found = area.findChild(QWidget, _NAME)
    return found if isinstance(found, QWidget) else area.viewport()
