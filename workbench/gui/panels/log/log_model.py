"""The log as a model of one column: all of it, what a search has found, or invocations to be unfolded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from workbench.gui.panels.log.log_cards import LogCard, LogCards
from workbench.gui.panels.log.log_painter import clock
from workbench.gui.widgets.source_links import SourceLink, SourceLinks
from workbench.model.events import iso_time
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogExtent, SearchStep
from workbench.model.past_invocations import PastInvocation
from workbench.state.log_book import LogBook, LogHits
from workbench.state.log_folds import LogFolds
from workbench.state.log_rows import LogRow, row_of
from workbench.state.logs import LogTail

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_AHEAD = 250
"""How many rows around those in view are asked for as well."""


class Source(Protocol):
    """Where the model has its rows from."""

    def __len__(self) -> int: ...

    def entry(self, row: int) -> LogEntry | None:
        """Return the entry of a row; None while it is not here."""


class LogModel(QAbstractListModel):
    """Rows are entries; those that are not here are asked for as soon as somebody looks at them.

    Changes come as insertions and removals, so that selection and place in view stay. Signals: `wanted()` when `missing` has
    something that was not asked for; `arrived(int first, int last)` when rows can be shown.
    """

    wanted = Signal()
    arrived = Signal(int, int)

    def __init__(
        self, tail: LogTail, parent: QObject | None = None, links: SourceLinks | None = None, seen: Callable[[str], str] = str
    ) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._links = links
        self._text_seen = seen
        self._seen = (0, 0)
        self._tells_all = False
        self.book = LogBook(tail)
        self.cards: LogCards | None = None
        """What is said below the last line of an invocation that failed."""
        self.hits: LogHits | None = None
        self.folds: LogFolds | None = None
        self._count = len(self.book)

    @property
    def _source(self) -> Source:
        if self.folds is not None:
            return self.folds
        return self.hits if self.hits is not None else self.book

    # --- what is shown

    def show_all(self) -> None:
        """Show the whole log."""
        self._show(None, None)

    def show_hits(self) -> LogHits:
        """Show what a new search finds."""
        hits = LogHits()
        self._show(hits, None)
        return hits

    def show_folds(self) -> LogFolds:
        """Show invocations."""
        folds = LogFolds(tells_all=self._tells_all)
        self._show(None, folds)
        return folds

    def tell_all(self, tells_all: bool) -> None:
        """Show below invocations also what their own rows say already, or not."""
        self._tells_all = tells_all
        if self.folds is not None:
            self.beginResetModel()
            self.folds.tell_all(tells_all)
            self._count = len(self.folds)
            self.endResetModel()

    def clear(self, hidden: bool) -> None:
        """Hide all that there is, or show it again."""
        self.beginResetModel()
        if hidden:
            self.book.clear()
        else:
            self.book.show_all()
        self._count = len(self._source)
        self.endResetModel()

    def look_at(self, first: int, last: int) -> None:
        """Have these rows here, and some around them."""
        self._seen = (first, last)
        if self._source is not self.folds and self.missing():
            self.wanted.emit()

    def missing(self) -> list[int]:
        """Return what is to be asked for: places of pages, or numbers of events that were found."""
        first, last = self._seen
        source = self.hits if self.hits is not None else self.book
        return source.missing(first - _AHEAD, min(last + _AHEAD, len(source) - 1)) if self.folds is None and len(source) else []

    # --- what comes

    def drain(self) -> tuple[int, int]:
        """Take over new entries of the stream. Returns (rows removed at the front, rows added at the end) of what is shown."""
        if self._source is not self.book:
            self.book.advance()
            return 0, 0
        gone, fresh = self.book.gone(), self.book.fresh()
        if gone:
            self.beginRemoveRows(_NO_INDEX, 0, gone - 1)
            self.book.drop()
            self._count -= gone
            self.endRemoveRows()
        if fresh:
            self.beginInsertRows(_NO_INDEX, self._count, self._count + fresh - 1)
            self.book.extend()
            self._count += fresh
            self.endInsertRows()
        return gone, fresh

    def take_extent(self, extent: LogExtent) -> None:
        """Take where the engine's log begins and ends."""
        if self._source is not self.book:
            self.book.take_extent(extent)
            return
        self.beginResetModel()
        self.book.take_extent(extent)
        self._count = len(self.book)
        self.endResetModel()

    def take_page(self, place: int, entries: list[LogEntry]) -> None:
        """Take a page of the log."""
        first, last = self.book.take_page(place, entries)
        if self._source is self.book:
            self._tell(first, last)

    def take_step(self, step: SearchStep) -> None:
        """Take what a search has found."""
        assert self.hits is not None
        for row, numbers in self.hits.take_step(step):
            self.beginInsertRows(_NO_INDEX, row, row + len(numbers) - 1)
            self.hits.insert(row, numbers)
            self._count = len(self.hits)
            self.endInsertRows()

    def take_picked(self, entries: list[LogEntry]) -> None:
        """Take entries that a search has found."""
        if self.hits is not None and entries:
            self.hits.take_entries(entries)
            rows = [self.hits.row_of(entry.seq) for entry in entries]
            self._tell(min(rows), max(rows))

    def take_invocations(self, page: list[PastInvocation]) -> None:
        """Take a page of invocations: older ones come in front, new ones at the end."""
        folds = self.folds
        if folds is None:
            return
        for found, in_front in ((folds.older(page), True), (folds.newer(page), False)):
            if found:
                row = 0 if in_front else self._count
                self.beginInsertRows(_NO_INDEX, row, row + len(found) - 1)
                folds.insert(found, in_front=in_front)
                self._count += len(found)
                self.endInsertRows()
        folds.replace(page)
        self._tell(0, self._count - 1)

    def unfold(self, row: int, entries: list[LogEntry]) -> None:
        """Show the entries of an invocation below its row."""
        if self.folds is not None and entries:
            count = len(self.folds.shown_of(entries))
            self.beginInsertRows(_NO_INDEX, row + 1, row + count)
            self.folds.open(row, entries)
            self._count += count
            self.endInsertRows()

    def fold(self, row: int) -> None:
        """Hide the entries of an invocation."""
        if self.folds is not None and (count := self.folds.opened(row)):
            self.beginRemoveRows(_NO_INDEX, row + 1, row + count)
            self.folds.close(row)
            self._count -= count
            self.endRemoveRows()

    # --- rows

    @property
    def first(self) -> int:
        """What the rows of the whole log are counted from: it changes when older entries come or go."""
        return self.book.first if self._source is self.book else 0

    @property
    def shown(self) -> int:
        """How many lines there are, or invocations where these are shown."""
        return self._count if self.folds is None else self.folds.count

    def row_at(self, position: int) -> LogRow | None:
        """Return a row; None while it is not here."""
        source = self._source
        if not 0 <= position < self._count or position >= len(source):
            return None
        if self.folds is not None and self.folds.head_at(position) is not None:
            return self.folds.row(position)
        entry = source.entry(position)
        if entry is None:
            return None
        row = row_of(self._entry_seen(entry))
        return row if self.folds is None else self.folds.as_shown(row)

    def _entry_seen(self, entry: LogEntry) -> LogEntry:
        text = self._text_seen(entry.text)
        return entry if text is entry.text else msgspec.structs.replace(entry, text=text)

    def links_of(self, position: int, text: str) -> list[SourceLink]:
        """Return the links in a line of a row. Looks at the disk."""
        row = self.row_at(position)
        return self._links.of(text, row.entry.function_name) if self._links is not None and row is not None else []

    def copied(self, position: int) -> list[str]:
        """Return the texts that a copy of a row has; none while it is not here."""
        if self.folds is not None:
            return self.folds.copied(position)
        row = self.row_at(position)
        return [row.entry.text] if row is not None else []

    def card_of(self, position: int, row: LogRow) -> LogCard | None:
        """Return the card below a row; None if there is none. Asked with every paint: most lines are none that have one."""
        if self.cards is None:
            return None
        if self.folds is not None:
            request_id = self.folds.ended_at(position)
        else:
            request_id = row.entry.request_id if row.entry.type == "platform.report" else ""
        return self.cards.of(request_id) if request_id else None

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the text for screen readers and tests, and the entry's origin as tool tip. Painting does not use it."""
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            card = self.card_of(index.row(), row)
            return f"{clock(row.entry.time_ms)} {row.chip} {row.text}" + (f". {card.spoken}" if card is not None else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = [link.tip for link in self.links_of(index.row(), row.text)[:1]]
            return "\n".join(filter(None, (_origin(row.entry), *tips)))
        return None

    def _show(self, hits: LogHits | None, folds: LogFolds | None) -> None:
        self.beginResetModel()
        self.hits, self.folds = hits, folds
        self.book.advance()
        self._count = len(self._source)
        self._seen = (0, 0)
        self.endResetModel()

    def _tell(self, first: int, last: int) -> None:
        first, last = max(first, 0), min(last, self._count - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))
            self.arrived.emit(first, last)


def _origin(entry: LogEntry) -> str:
    request = f"\nrequest {entry.request_id}" if entry.request_id else ""
    environment = f" · env {entry.environment_id[:4]}" if entry.environment_id else ""
    return f"{iso_time(entry.time_ms)}\n{entry.function_name}{environment}{request}" if entry.time_ms > 0 else ""
