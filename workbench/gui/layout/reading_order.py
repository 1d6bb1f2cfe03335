"""The order in which Tab goes through a window: that of the screen, as one reads it.

Qt's own order is that in which widgets were made, and here panels are made when they are first needed, and moved about by people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QTabBar, QToolButton, QWidget


class _Part(NamedTuple):
    """Where a widget is inside its parent, and which stops it has or is."""

    place: QRect
    stops: list[QWidget]


Span = Callable[[QRect], tuple[int, int]]


def step(window: QWidget, *, forward: bool) -> bool:
    """Move the focus of a window to what comes next, or back. Returns False if there is nothing to go to."""
    focused = window.focusWidget()
    stops = _stops(window, focused)  # with what has the focus, which may be no stop itself: it was clicked
    if stops in ([], [focused]):
        return False
    here = stops.index(focused) if focused in stops else -1 if forward else 0
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    _go_to(stops[(here + (1 if forward else -1)) % len(stops)], reason)
    return True


def tab_stops(window: QWidget) -> list[QWidget]:
    """Return where Tab goes in a window, in order."""
    return _stops(window, None)


def enter(part: QWidget, reason: Qt.FocusReason) -> bool:
    """Move the focus into a part of a window: to where its focus belongs, or else to its first stop. False if there is none."""
    target = part
    while (proxy := target.focusProxy()) is not None:
        target = proxy
    if target.isVisible() and target.isEnabled() and target.focusPolicy() is not Qt.FocusPolicy.NoFocus:
        _go_to(target, reason)
        return True
    stops = tab_stops(target) or tab_stops(part)
    if stops:
        _go_to(stops[0], reason)
    return bool(stops)


def _stops(whole: QWidget, focused: QWidget | None) -> list[QWidget]:
    found = []
    for child in whole.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            is_one = child is focused or _is_stop(child)
            stops = [*([child] if is_one else []), *_stops(child, focused)]
            if stops:
                found.append(_Part(child.geometry(), stops))
    is_mirrored = whole.layoutDirection() is Qt.LayoutDirection.RightToLeft
    return [stop for part in _as_read(found, is_mirrored=is_mirrored) for stop in part.stops]


def _as_read(parts: list[_Part], *, is_mirrored: bool) -> Iterator[_Part]:
    """Row by row if there are some, or else column by column, and what is in them likewise."""
    rows = _cut(parts, lambda place: (place.top(), place.bottom()))
    columns = _cut(parts, lambda place: (place.left(), place.right())) if len(rows) == 1 else []
    groups = rows if len(rows) > 1 else columns[::-1] if is_mirrored else columns
    if len(groups) < 2:
        yield from sorted(parts, key=lambda part: (part.place.top(), part.place.left()))
        return
    for group in groups:
        yield from _as_read(group, is_mirrored=is_mirrored)


def _cut(parts: list[_Part], span: Span) -> list[list[_Part]]:
    """Cut where nothing lies across."""
    groups: list[list[_Part]] = []
    reached = 0
    for (first, last), part in sorted(((span(part.place), part) for part in parts), key=itemgetter(0)):
        if not groups or first > reached:
            groups.append([])
            reached = last
        groups[-1].append(part)
        reached = max(reached, last)
    return groups


def _is_stop(part: QWidget) -> bool:
    takes_all = QGuiApplication.styleHints().tabFocusBehavior() is Qt.TabFocusBehavior.TabFocusAllControls
    wanted = Qt.FocusPolicy.TabFocus if takes_all else Qt.FocusPolicy.StrongFocus  # a choice of people with macOS
    if isinstance(part.parent(), QTabBar) and isinstance(part, QToolButton):  # Qt's own to scroll the tabs: arrow keys do that
        return False
    return part.focusPolicy() & wanted == wanted and part.isEnabled() and part.focusProxy() is None


def _go_to(stop: QWidget, reason: Qt.FocusReason) -> None:
    stop.setFocus(reason)
    around = stop.parentWidget()
    while around is not None:
        # A large one that is seen in part stays where it is: what heads it, the status of a result, would be scrolled away.
        is_large = isinstance(around, QScrollArea) and stop.height() > around.viewport().height() // 2
        if isinstance(around, QScrollArea) and not (is_large and not stop.visibleRegion().isEmpty()):
            around.ensureWidgetVisible(stop)
        around = around.parentWidget()
