"""How an invocation stands, in the one word that all views and commands have for it.

Queries and APIs have the status of platform.report as AWS writes it: success, error, timeout, failure.
"""

from __future__ import annotations

_WORDS = {"success": "succeeded", "error": "failed", "failure": "failed", "timeout": "timed out", "running": "running",
          "": "unfinished"}


def ending_word(status: str, *, was_canceled: bool = False) -> str:
    """Return the word for a status: that of a report, "running", or "" for an invocation without a report, of which nobody knows
    whether it still runs."""
    return "canceled" if was_canceled else _WORDS.get(status, status)
