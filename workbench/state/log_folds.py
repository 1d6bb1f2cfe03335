"""The log folded by invocation: a row for each, the entries below those that are opened."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from workbench.model.log_entries import LogEntry
from workbench.model.past_invocations import PastInvocation
from workbench.state.ending_words import ending_word
from workbench.state.line_kinds import LineKind
from workbench.state.log_rows import HEAD, LogRow, row_of
from workbench.state.log_text import StyledText

PAGE = 500
"""How many invocations are asked for at a time."""
_MARKS = {"success": "●", "": "◌"}


class LogFolds:
    """Invocations in order, the oldest first; older ones come in front. For the window's thread."""

    def __init__(self) -> None:
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

    def opened(self, row: int) -> int:
        """Return how many entries are shown below a row."""
        return len(self._opened.get(self._rows[row][0].seq, ()))

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
        return _head_row(head) if at < 0 else row_of(self._opened[head.seq][at])

    def _lay_out(self) -> None:
        self._rows = []
        for head in self._heads:
            self._rows.append((head, -1))
            self._rows += [(head, at) for at in range(len(self._opened.get(head.seq, ())))]


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
