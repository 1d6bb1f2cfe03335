"""How far a search of the log is, in words."""

from __future__ import annotations

from workbench.state.log_book import LogHits


def count_words(count: int, *, of_invocations: bool = False) -> str:
    """Return how many lines of the log, or invocations, there are."""
    one = "invocation" if of_invocations else "line"
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def progress_words(hits: LogHits) -> str:
    """Return how many entries a search has looked at, or the share of the log while nothing is known of its entries."""
    if not hits.whole:
        return share_words(hits)
    return f"{'stopped' if hits.is_stopped else 'looked'} at {hits.looked:,} of {hits.whole:,}"


def share_words(hits: LogHits) -> str:
    """Return the same in a few characters, of the parts of the log."""
    return f"stopped at {hits.searched:.0%}" if hits.is_stopped else f"{hits.searched:.0%}"


def words_without_hits(hits: LogHits) -> str:
    """Return why a search shows nothing."""
    if hits.is_stopped:
        return f"No line was found before the search was stopped: it had looked at {_entries(hits)}."
    if hits.problem:
        return "No line is shown, for the reason above."
    if not hits.goes_on:
        return "No line matches."
    return f"Searching…\nLooked at {_entries(hits)} so far. Esc in the filter ends the search." if hits.looked else "Searching…"


def _entries(hits: LogHits) -> str:
    return f"{hits.looked:,} of {hits.whole:,} lines"
