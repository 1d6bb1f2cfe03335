"""The log folded by invocation: a row for each, the entries below those that are opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from workbench.model.log_entries import LogEntry
from workbench.model.past_invocations import PastInvocation
from workbench.state.ending_words import ending_word
from workbench.state.line_kinds import LineKind
from workbench.state.log_rows import HEAD, LogRow, row_of
from workbench.state.log_text import StyledText

PAGE = 500
"""How many invocations are asked for at a time."""
_FIGURES = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
"""How lines begin that say what the row of an invocation does."""
_MARKS = {"success": "●", "": "◌"}


class LogFolds:
    """Invocations in order, the oldest first; older ones come in front. For the window's thread.

    `tells_all`: below an opened invocation stands also what its own row says already: START, END and REPORT.
    """

    def __init__(self, *, tells_all: bool = False) -> None:
        self._tells_all = tells_all
        self._heads: list[PastInvocation] = []
        self._opened: dict[int, list[LogEntry]] = {}
        self._rows: list[tuple[PastInvocation, int]] = []
        self.next: int | None = None
        """What is to be given as `before` for older ones; None when all are here."""

    def __len__(self) -> int:
        return len(self._rows)

    def older(self, invocations: Iterable[PastInvocation]) -> list[PastInvocation]:
        """Return those before all that are here, in order; all of them if none is here."""
        first = self._heads[0].seq if self._heads else 2**62
        return sorted((each for each in invocations if each.seq < first), key=_number)

    def newer(self, invocations: Iterable[PastInvocation]) -> list[PastInvocation]:
        """Return those after all that are here, in order."""
        last = self._heads[-1].seq if self._heads else 2**62
        return sorted((each for each in invocations if each.seq > last), key=_number)

    def insert(self, heads: list[PastInvocation], *, in_front: bool) -> None:
        """Have what `older` or `newer` returned."""
        self._heads = heads + self._heads if in_front else self._heads + heads
        self._lay_out()

    def replace(self, invocations: Iterable[PastInvocation]) -> None:
        """Have the figures of those that are here as they are now."""
        known = {each.seq: each for each in invocations}
        self._heads = [known.get(head.seq, head) for head in self._heads]
        self._lay_out()

    def open(self, row: int, entries: list[LogEntry]) -> None:
        """Show the entries of a row's invocation below it."""
        self._opened[self._rows[row][0].seq] = entries
        self._lay_out()

    def close(self, row: int) -> None:
        """Hide the entries of a row's invocation."""
        self._opened.pop(self._rows[row][0].seq, None)
        self._lay_out()

    def tell_all(self, tells_all: bool) -> None:
        """Show what the rows of invocations say already a second time, or not."""
        self._tells_all = tells_all
        self._lay_out()

    @property
    def count(self) -> int:
        """The number of invocations."""
        return len(self._heads)

    def opened(self, row: int) -> int:
        """Return how many entries are shown below a row."""
        return len(self.shown_of(self._opened.get(self._rows[row][0].seq, ())))

    def shown_of(self, entries: Sequence[LogEntry]) -> list[int]:
        """Return which entries of an invocation are shown below its row: all if there is nothing else."""
        told = [] if self._tells_all else [at for at, entry in enumerate(entries) if not _is_said_above(entry)]
        return told or list(range(len(entries)))

    def copied(self, row: int) -> list[str]:
        """Return the texts that a copy of a row has: its own, and those of the entries behind it that are not shown."""
        head, at = self._rows[row]
        entries = self._opened.get(head.seq, [])
        following = self._rows[row + 1][1] if row + 1 < len(self._rows) else -1
        hidden = entries[at + 1:following if following >= 0 else len(entries)]
        return [head_text(head) if at < 0 else entries[at].text, *(entry.text for entry in hidden)]

    def head_at(self, row: int) -> PastInvocation | None:
        """Return the invocation of a row that is the invocation's own; None for one of its entries."""
        head, at = self._rows[row]
        return head if at < 0 else None

    def is_open(self, row: int) -> bool:
        """Whether a row is that of an invocation whose entries are shown."""
        return self._rows[row][1] < 0 and self._rows[row][0].seq in self._opened

    def ended_at(self, row: int) -> str:
        """Return the request whose last entry a row is; "" if it is none."""
        head, at = self._rows[row]
        is_last = at >= 0 and (row + 1 == len(self._rows) or self._rows[row + 1][1] < 0)
        return head.request_id if is_last else ""

    def entry(self, row: int) -> LogEntry | None:
        """Return the entry of a row."""
        found = self.row(row)
        return found.entry if found is not None else None

    def row(self, row: int) -> LogRow | None:
        """Return a row as it is shown."""
        head, at = self._rows[row]
        return _head_row(head) if at < 0 else self.as_shown(row_of(self._opened[head.seq][at]))

    def as_shown(self, row: LogRow) -> LogRow:
        """Return an entry's row without what the row of its invocation says already."""
        return row if self._tells_all else _without_figures(row)

    def _lay_out(self) -> None:
        self._rows = []
        for head in self._heads:
            self._rows.append((head, -1))
            self._rows += [(head, at) for at in self.shown_of(self._opened.get(head.seq, ()))]


def _is_figure(line: str) -> bool:
    return line.startswith(_FIGURES)


def _is_said_above(entry: LogEntry) -> bool:
    return entry.type.startswith("platform.") and all(map(_is_figure, entry.text.split("\n")))


def _without_figures(row: LogRow) -> LogRow:
    """Return the end of an invocation that failed with what Lambda says of the failure alone."""
    if row.entry.type != "platform.report":
        return row
    lines = tuple(line for line in row.opened if not _is_figure(line.text)) or row.lines
    return row._replace(lines=lines, opened=lines, starts_open=len(lines) > 1)


def _number(head: PastInvocation) -> int:
    return head.seq


def _how_it_ended(head: PastInvocation) -> str:
    """Return Lambda's error type, or a word; "" where the mark says all."""
    if head.was_canceled or not head.error_type:
        return "" if head.status in ("success", "") else ending_word(head.status, was_canceled=head.was_canceled)
    return head.error_type


@lru_cache(maxsize=2_000)
def _head_row(head: PastInvocation) -> LogRow:
    kind = LineKind.HEAD if head.status in ("success", "") else LineKind.PLATFORM if head.was_canceled else LineKind.ERROR
    text = head_text(head)
    entry = LogEntry(seq=head.seq, time_ms=head.received_ms, type=HEAD, function_name=head.function_name,
                     environment_id=head.environment_id, request_id=head.request_id, text=text)
    lines = (StyledText(text, ()),)
    return LogRow(entry, kind, "COLD" if head.is_cold else "WARM", lines, lines, starts_open=False)


def head_text(head: PastInvocation) -> str:
    """Return an invocation in one line: how it ended, its request, its figures."""
    figures = [
        _how_it_ended(head),
        f"{head.duration_ms:,.1f} ms" if head.duration_ms is not None else "",
        f"init {head.init_duration_ms:,.0f} ms" if head.init_duration_ms is not None else "",
        f"{head.max_memory_used_mb} MB" if head.max_memory_used_mb is not None else ""]
    mark = "■" if head.was_canceled else _MARKS.get(head.status, "✕")
    return " · ".join([f"{mark} {head.request_id[:8]}  {head.function_name}", *filter(None, figures)])
