"""The window as people start it, which also tells a test what can be seen of it, as a screen reader would.

    python -m tests.support.seen_window_program WORKSPACE

For each line of its standard input it prints one with a JSON list of all that can be seen: see `seen.Seen`. It looks
only; whatever is done is done with mouse and keys.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PySide6.QtCore import QAbstractListModel, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from tests.support.seen import Seen
from workbench.gui.shell.app import run_window


class Teller(QObject):
    """Tells on the window's thread, whenever a line was read on another."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.asked.connect(self._tell)

    def read(self) -> None:
        """Read until standard input ends."""
        for _ in sys.stdin:
            self.asked.emit()

    def _tell(self) -> None:
        windows = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
        found = [seen for window in windows for part in (window, *window.findChildren(QWidget)) for seen in _seen(part)]
        print(msgspec.json.encode(found).decode(), flush=True)


def _seen(part: QWidget) -> Iterator[Seen]:
    place = _place(part)
    if not part.isVisible() or place.isEmpty():
        return
    name = _name(part)
    yield Seen(kind=_kind(part), name=name, text=_text(part), about=part.accessibleDescription(), place=_numbers(place),
               has_focus=part is QApplication.focusWidget(), is_on=isinstance(part, QAbstractButton) and part.isChecked(),
               is_enabled=part.isEnabled())
    for kind, text, inside, is_chosen in _items(part):
        yield Seen(kind=kind, name=text, place=_numbers(_at(part, inside) & place), is_on=is_chosen, inside=name)


def _items(part: QWidget) -> Iterator[tuple[str, str, QRect, bool]]:
    if isinstance(part, QTabBar):
        for index in range(part.count()):
            yield "tab", part.tabText(index), part.tabRect(index), index == part.currentIndex()
    elif isinstance(part, QMenu):
        for action in part.actions():
            yield "item", action.text().replace("&", ""), part.actionGeometry(action), action.isChecked()
    elif isinstance(part, QAbstractItemView) and part.model() is not None:
        yield from _rows(part)


def _rows(view: QAbstractItemView) -> Iterator[tuple[str, str, QRect, bool]]:
    y, viewport = 1, view.viewport()
    while y < viewport.height() and (index := view.indexAt(QPoint(4, y))).isValid():
        whole = view.visualRect(index)
        columns = 1 if isinstance(index.model(), QAbstractListModel) else index.model().columnCount(index.parent())
        cells = [index.siblingAtColumn(column) for column in range(columns)]
        texts = [str(cell.data(Qt.ItemDataRole.AccessibleTextRole) or cell.data() or "") for cell in cells]
        inside = QRect(viewport.mapTo(view, QPoint(0, whole.top())), whole.size())
        yield "row", " ".join(filter(None, texts)), inside, view.selectionModel().isSelected(index)
        y = max(whole.bottom(), y) + 2


def _kind(part: QWidget) -> str:
    kinds = ((QAbstractButton, "button"), (QLineEdit, "field"), (QComboBox, "combo"), (QPlainTextEdit, "text"), (QLabel, "label"),
             (QTabBar, "tabs"), (QMenu, "menu"), (QAbstractItemView, "list"))
    return next((name for kind, name in kinds if isinstance(part, kind)), type(part).__name__)


def _text(part: QWidget) -> str:
    match part:
        case QLineEdit() | QLabel() | QAbstractButton():
            return part.text()
        case QComboBox():
            return part.currentText()
        case QPlainTextEdit():
            return part.toPlainText()[:4_000]
        case _:
            return ""


def _name(part: QWidget) -> str:
    """Its accessible name. Qt gives boxes and tabs that of what is chosen in them."""
    interface = QAccessible.queryAccessibleInterface(part)
    return part.accessibleName() or (interface.text(QAccessible.Text.Name) if interface is not None else "")


def _place(part: QWidget) -> QRect:
    """Where it is on the screen, as far as it is not cut off."""
    place, around = _at(part, part.rect()), part
    while not around.isWindow():
        around = around.parentWidget()
        place &= _at(around, around.rect())
    return place


def _at(part: QWidget, inside: QRect) -> QRect:
    return QRect(part.mapToGlobal(inside.topLeft()), inside.size())


def _numbers(place: QRect) -> tuple[int, int, int, int]:
    return place.x(), place.y(), place.width(), place.height()


def main(arguments: list[str]) -> int:
    teller = Teller()
    threading.Thread(target=teller.read, daemon=True).start()
    return run_window(Path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
