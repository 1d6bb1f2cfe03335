"""Problems that can be found at once and without running anything, that is, syntax errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal, NamedTuple

from workbench.editor.languages import JSON, PYTHON, language_of

Severity = Literal["error", "warning"]


class Problem(NamedTuple):
    """A problem in a line; `line` and `column` count from 1, column 0 means the whole line."""

    line: int
    severity: Severity
    message: str
    column: int = 0


def check_python(text: str) -> list[Problem]:
    """Return the syntax error of a Python text, if any, and the compiler's warnings. Nothing is executed.

    The grammar is that of the interpreter that runs the window, which may be older or newer than the function's runtime.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        errors = _compile(text)
    found = [Problem(warning.lineno, "warning", str(warning.message)) for warning in caught]
    return sorted(errors + found)


def _compile(text: str) -> list[Problem]:
    try:
        # dont_inherit: otherwise this module's own `from __future__` import would apply to the person's text.
        compile(text, "<editor>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return [Problem(error.lineno or 1, "error", error.msg, error.offset or 0)]
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        # Null bytes, or an expression nested too deeply for the parser.
        return [Problem(1, "error", str(error) or type(error).__name__)]
    return []


def check_json(text: str) -> list[Problem]:
    """Return the first syntax error of a JSON document, if any; an empty document counts as correct."""
    import json  # only where JSON is edited: the window's start waits for each import

    try:
        json.loads(text or "null")
    except json.JSONDecodeError as error:
        return [Problem(error.lineno, "error", error.msg, error.colno)]
    except (RecursionError, ValueError) as error:
        return [Problem(1, "error", str(error) or type(error).__name__)]
    return []


_CHECKS: dict[str, Callable[[str], list[Problem]]] = {PYTHON.name: check_python, JSON.name: check_json}


def check(text: str, file_name: str) -> list[Problem]:
    """Return the problems of a file by its language; [] for languages that cannot be checked here."""
    checker = _CHECKS.get(language_of(file_name).name)
    return checker(text) if checker else []
