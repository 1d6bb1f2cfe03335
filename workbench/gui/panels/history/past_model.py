"""Past invocations as Qt's model: as many rows as there are, of which only those near what is on screen are in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from workbench.gui.panels.invocation_words import event_word, past_figures, past_look, past_summary
from workbench.gui.widgets.row import ROW_ROLE, Row
from workbench.model.function_version import LATEST
from workbench.model.moments import local_time
from workbench.model.past_invocations import PastInvocation
from workbench.state.expectations import Verdict
from workbench.state.verdicts import Verdicts

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
MOST_LOADED = 5_000
"""As many rows are in memory; those that were loaded first are dropped."""
_MOST_TAG = 24
_NOT_YET = Row(key="", text="…")


class Place(msgspec.Struct, frozen=True):
    """Where to read rows: below the number `before`, after `skip` others; None for the newest."""

    before: int | None
    skip: int


class PastModel(QAbstractTableModel):
    """One column, the newest on top. Signal: `replaced()` when all rows are others now."""

    replaced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PastInvocation | None] = []
        self._loaded: deque[tuple[int, int]] = deque()
        self._names_functions = False
        self.verdicts = Verdicts()
        """How answers compare with what their events expect: the session's, once this is in a window."""
        self.runs: Callable[[str], bool] = _nothing_runs
        """Whether a request is known to run: the journal only knows that it has no report."""
        self.event_of: Callable[[str], str] = _no_name
        """The name of the event that a request was sent with, "" if it is not known: the journal has the event, not its name."""

    # --- what is in it

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of invocations."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 1."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return a text for screen readers, a tool tip with all figures, or the `Row` for the delegate."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        past = self._shown(self._rows[index.row()])
        if role == ROW_ROLE:
            return _NOT_YET if past is None else self._row(past)
        if past is None:
            return "Loading…" if role in _TEXT_ROLES else None
        if role in _TEXT_ROLES:
            return accessible_text(past, self.verdicts.of(past.request_id), self.event_of(past.request_id))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(past, self.verdicts.of(past.request_id), self.event_of(past.request_id))
        return None

    def past(self, row: int) -> PastInvocation | None:
        """Return an invocation; None for a row that is not in memory."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def request_id(self, row: int) -> str:
        """Return the request ID of a row, "" if it is not in memory."""
        past = self.past(row)
        return "" if past is None else past.request_id

    def position(self, request_id: str) -> int:
        """Return the row of a request among the newest, -1 if it is not there."""
        newest = enumerate(self._rows[:MOST_LOADED])
        return next((row for row, past in newest if past is not None and past.request_id == request_id), -1)

    def missing(self, first: int, last: int) -> int:
        """Return the first row in a range that has to be read: not in memory, or without a report yet. -1 if there is none."""
        rows = self._rows[max(first, 0):last + 1]
        return next((max(first, 0) + number for number, past in enumerate(rows) if past is None), -1)

    def unfinished(self, first: int, last: int) -> int:
        """Return the first row in a range whose invocation has no report, -1 if there is none."""
        rows = self._rows[max(first, 0):last + 1]
        return next((max(first, 0) + number for number, past in enumerate(rows) if past is not None and not past.status), -1)

    def place_of(self, row: int) -> Place:
        """Return where to read from to get a row and those below it."""
        for above in range(row - 1, max(row - 500, 0) - 1, -1):
            past = self._rows[above]
            if past is not None:
                return Place(past.seq, row - above - 1)
        first = self._rows[0] if self._rows else None
        return Place(None if first is None else first.seq + 1, row)

    # --- changes

    def name_functions(self, *, named: bool) -> bool:
        """Set whether rows show their function's name, on a second line. False if nothing changed."""
        if named == self._names_functions:
            return False
        self._names_functions = named
        self.layoutChanged.emit()
        return True

    @property
    def names_functions(self) -> bool:
        """Whether rows have a second line."""
        return self._names_functions

    def replace(self, newest: Sequence[PastInvocation], total: int | None) -> None:
        """Show other invocations: these, and room for the others of `total`; None if that is not known."""
        self.beginResetModel()
        self._rows = [*newest, *[None] * max((total or 0) - len(newest), 0)]
        self._loaded.clear()
        self.endResetModel()
        self.replaced.emit()

    def repaint(self, request_id: str) -> None:
        """Show what has become known of a request's answer."""
        row = self.position(request_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def append(self, more: Sequence[PastInvocation]) -> None:
        """Add rows below the last one."""
        if more:
            self.beginInsertRows(_NO_INDEX, len(self._rows), len(self._rows) + len(more) - 1)
            self._rows += more
            self.endInsertRows()

    def put(self, row: int, some: Sequence[PastInvocation]) -> None:
        """Take in rows that were read."""
        count = min(len(some), len(self._rows) - row)
        if count <= 0:
            return
        self._rows[row:row + count] = some[:count]
        self._loaded.append((len(self._rows) - row, count))
        self._drop()
        self.dataChanged.emit(self.index(row, 0), self.index(row + count - 1, 0))

    def take_newest(self, newest: Sequence[PastInvocation], total: int | None) -> None:
        """Take in the newest rows again: others above them move down, and the selection with them."""
        known = self.past(0)
        fresh = next((number for number, past in enumerate(newest) if known is not None and past.seq <= known.seq), len(newest))
        grown = fresh if total is None else total - len(self._rows)
        if known is None or grown < 0 or (fresh == len(newest) > 0) or (total is not None and grown != fresh):
            if list(newest) != self._rows[:len(newest)] or (total or len(newest)) != len(self._rows):
                self.replace(newest, total)
            return
        if grown:
            self.beginInsertRows(_NO_INDEX, 0, grown - 1)
            self._rows[:0] = newest[:grown]
            self.endInsertRows()
        if list(newest) != self._rows[:len(newest)]:
            self.put(0, newest)

    def _shown(self, past: PastInvocation | None) -> PastInvocation | None:
        is_open = past is not None and not past.status and self.runs(past.request_id)
        return msgspec.structs.replace(past, status="running") if past is not None and is_open else past

    def _row(self, past: PastInvocation) -> Row:
        verdict, event = self.verdicts.of(past.request_id), self.event_of(past.request_id)
        return row_of(past, verdict, event, names_function=self._names_functions)

    def _drop(self) -> None:
        """Drop the rows that were loaded first. They are counted from the end, where none are added."""
        while sum(count for _, count in self._loaded) > MOST_LOADED:
            from_end, count = self._loaded.popleft()
            begin = len(self._rows) - from_end
            self._rows[begin:begin + count] = [None] * count


def _nothing_runs(_request_id: str) -> bool:
    return False


def _no_name(_request_id: str) -> str:
    return ""


_TEXT_ROLES = (int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole))


def row_of(past: PastInvocation, verdict: Verdict | None = None, event: str = "", *, names_function: bool) -> Row:
    """Return an invocation as a row of the list. `event` is the name of what it was sent, "" if that is not known."""
    look, clock = past_look(past), _clock(past)
    published = "" if past.version == LATEST else past.version
    star = "★ " if past.is_starred else ""
    is_met = verdict is not None and verdict.is_met
    if names_function:
        function = ":".join(filter(None, (past.function_name, published)))
        text, note, tag = _joined(function, event_word(event)), clock, past.name[:_MOST_TAG]
    else:  # a single line has room for one of them
        version = f"version {published}" if published else ""
        text, note, tag = past.name or _joined(clock, version, event_word(event)), "", ""
    return Row(
        key=past.request_id, text=star + text, note=note, tag=tag or ("expected" if is_met else ""),
        alert="unexpected" if verdict is not None and not is_met else "", badge=look.mark, badge_token=look.token,
        detail=past_summary(past), detail_token="muted" if past.status in ("success", "running") else look.token)


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def accessible_text(past: PastInvocation, verdict: Verdict | None = None, event: str = "") -> str:
    """Return all that a row shows, for screen readers."""
    compared = verdict.text if verdict is not None else ""
    marks = " ".join(filter(None, (event_word(event), "starred" if past.is_starred else "", past.name, compared)))
    return f"{past_look(past).word} {_clock(past)} {past_summary(past)} {past.function_name} {marks}".rstrip()


def _tip(past: PastInvocation, verdict: Verdict | None, event: str) -> str:
    by = {"event": "asynchronous", "url": "function URL", "stack": "custom resource"}.get(past.trigger, "")
    lines = [_joined(f"{past.function_name}:{past.version}", event_word(event)), past_figures(past), f"request {past.request_id}",
             f"{past.error_type}", f"by {by}" if by else "", f"alias {past.alias}" if past.alias else "", past.name,
             f"result {verdict.text}" if verdict is not None else ""]
    return "\n".join(filter(None, lines))


def _clock(past: PastInvocation) -> str:
    moment = local_time(past.received_ms / 1_000)
    is_today = moment.date() == local_time(_now_s()).date()
    return moment.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")


def _now_s() -> float:
    import time

    return time.time()
