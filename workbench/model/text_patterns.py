"""Regular expressions that people type: what is wrong with one, and where."""

from __future__ import annotations

import re


def pattern_problem(pattern: str) -> str:
    """Return in one sentence why a text is no valid regular expression, "" if it is one.

    Source: Python's manual, `re.error`.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        return f"The regular expression is invalid{place}: {error.msg}."
    except (OverflowError, RecursionError) as error:
        return f"The regular expression is invalid: {error}."
    return ""
