"""The scroll bars of the log: down by rows, because only those in view are measured; sideways by pixels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

from workbench.gui.panels.log.log_layout import Position

_STEP_CHARACTERS = 10


def show_position(bar: QScrollBar, position: Position, last: Position, room: int) -> None:
    """Show where the view is. `last`: the position of the log's end; `room`: how many lines are in view."""
    blocked = bar.blockSignals(True)  # nobody has moved it
    bar.setRange(0, last.row + (last.line > 0))
    bar.setPageStep(room)
    bar.setValue(bar.maximum() if position == last else position.row)
    bar.blockSignals(blocked)


def offer_bar(view: QAbstractScrollArea) -> None:
    """Show the vertical bar if there is something to scroll. Qt would ask a signal, which `show_position` does not let out."""
    wanted = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if view.verticalScrollBar().maximum() else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if view.verticalScrollBarPolicy() is not wanted:
        view.setVerticalScrollBarPolicy(wanted)


def show_width(bar: QScrollBar, widest_px: int, room_px: int, character_px: int) -> None:
    """Show how wide the rows in view are, 0 for no wider than the view. The person's place stays until other rows are wrapped."""
    bar.setRange(0, max(widest_px - room_px, bar.value() if widest_px else 0, 0))
    bar.setPageStep(room_px)
    bar.setSingleStep(_STEP_CHARACTERS * character_px)
