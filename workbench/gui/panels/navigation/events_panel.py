"""The workspace's events and how the last invocation with each ended, and the entry that opens the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.navigation.list_section import ListSection

if TYPE_CHECKING:
    from workbench.gui.widgets.row import Row
    from workbench.gui.widgets.row_list import RowList

BROWSE = "action:browse"
_LOOKS = {"succeeded": ("●", "success"), "failed": ("✕", "error"), "timed out": ("✕", "error"), "canceled": ("■", "muted")}
"""Mark and color token of each word. The mark tells it without color."""
_EXPECTED = {True: ("●", "success"), False: ("✕", "error")}
"""Where an event expects something, a failure that it asks for is as good as a success."""
_JUDGED = {None: "", True: "as expected", False: "not as expected"}
_TOLD = {"canceled": "was canceled"}
_NOT_YET = "○"


class Ending(NamedTuple):
    """How an invocation ended: "succeeded", "failed", "timed out" or "canceled", and its Duration; None without a report.

    `is_expected`: whether its result is as the event expects; None if nothing is expected, or it is not known.
    """

    word: str
    duration_ms: float | None
    is_expected: bool | None = None


class EventsPanel(QWidget):
    """Signals: `event_selected(str name)`, `event_opened(str name)` for a double click or Return, `browse_requested()`."""

    event_selected = Signal(str)
    event_opened = Signal(str)
    browse_requested = Signal()

    def __init__(self, template_count: int, add: QAction, menu: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._template_count = template_count
        self._names: tuple[str, ...] = ()
        self._section = ListSection("Events", add, menu)
        self._section.row_selected.connect(self.event_selected)
        self._section.row_activated.connect(self.event_opened)
        self._section.action_chosen.connect(self._on_action)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    @property
    def list(self) -> RowList:
        """The list of events, made now if it is not there yet."""
        return self._section.list

    def show_events(self, names: Sequence[str], current: str, endings: Mapping[str, Ending]) -> None:
        """Show these events with `current` selected. `endings` has those with which the chosen function was invoked."""
        self._names = tuple(names)
        self._section.show_rows(self._rows(endings), current)

    def show_endings(self, endings: Mapping[str, Ending]) -> None:
        """Show how the last invocations ended by now. The keyboard stays in the list where it is."""
        self.list.repaint_rows(self._rows(endings))

    def _rows(self, endings: Mapping[str, Ending]) -> tuple[Row, ...]:
        from workbench.gui.widgets.row import Row

        browse = Row(key=BROWSE, text=f"Browse {self._template_count} templates…", is_action=True)
        short = Counter(map(_short, self._names))
        texts = {name: _short(name) if short[_short(name)] == 1 else name for name in self._names}
        return (*(_row(name, texts[name], endings.get(name)) for name in self._names), browse)

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        self._section.set_theme(theme)

    def _on_action(self, key: str) -> None:
        if key == BROWSE:
            self.browse_requested.emit()


def _short(name: str) -> str:
    """Return a name without its folder: of folders, the list has only the chosen function's."""
    return name.rpartition("/")[2]


def _row(name: str, text: str, ending: Ending | None) -> Row:
    from workbench.gui.panels.invocation_words import duration
    from workbench.gui.widgets.row import Row

    if ending is None:
        return Row(name, text, _NOT_YET, spoken=name, tip=f"{name}\nNo window has sent it to the chosen function yet.")
    mark, token = _LOOKS[ending.word] if ending.is_expected is None else _EXPECTED[ending.is_expected]
    took = "" if ending.duration_ms is None else duration(ending.duration_ms)
    word, judged = ending.word, _JUDGED[ending.is_expected]
    alert = ("unexpected" if judged else word) if token == "error" else ""  # noqa: S105  (a token of the theme)
    spoken = " ".join(filter(None, (name, f"{word}, {judged}" if judged else word, took)))
    result = f" Its result is {judged}." if judged else ""
    tip = f"{name}\nThe last invocation with it {_TOLD.get(word, word)}{f', in {took}' if took else ''}.{result}"
    return Row(name, text, mark, token, took, alert=alert, spoken=spoken, tip=tip)
