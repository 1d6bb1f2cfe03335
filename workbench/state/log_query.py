"""What a person types to filter the log: words, `level:warn`, `function:`, `request:`, `env:`, `$.id=17`, `/regex/`."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from workbench.model.line_levels import LEVELS
from workbench.model.log_entries import PLATFORM
from workbench.model.log_queries import LogFilter
from workbench.model.text_patterns import pattern_problem

_TERM = re.compile(r'(level|function|request|env):("[^"]*"|\S*)|\$\.([^\s="]+)=("[^"]*"|\S*)')
_PLACE_IN_LIST = re.compile(r"\[(\d+)\]")
_LEVEL_WORDS = {"warning": "warn", "critical": "fatal", "err": "error"}


class TypedFilter(NamedTuple):
    """A filter, and what is wrong with it in one sentence, "" if nothing is."""

    filter: LogFilter
    problem: str = ""


def typed_filter(typed: str) -> TypedFilter:
    """Return the filter that a text stands for. Whatever is no term is text to be found; in slashes, an expression."""
    found: dict[str, str] = {}
    fields: list[tuple[str, str]] = []
    for match in _TERM.finditer(typed):
        name, value, path, wanted = match.groups()
        if path:
            fields.append((_PLACE_IN_LIST.sub(r".\1", path), wanted.strip('"')))
        else:
            found[name] = value.strip('"')
    text = " ".join(_TERM.sub(" ", typed).split()) if found or fields else typed.strip()
    is_regex = len(text) > 1 and text[0] == text[-1] == "/"
    level = found.pop("level", "").lower()
    level = _LEVEL_WORDS.get(level, level)
    wanted_filter = LogFilter(
        text=text[1:-1] if is_regex else text, is_regex=is_regex, level=level, function_name=found.get("function", ""),
        request_id=found.get("request", ""), environment_id=found.get("env", ""), fields=tuple(fields))
    if level and level not in (*LEVELS, PLATFORM):
        return TypedFilter(LogFilter(), f"There is no level {level}: {', '.join((*LEVELS, PLATFORM))}.")
    problem = pattern_problem(wanted_filter.text) if is_regex else ""
    return TypedFilter(LogFilter(), problem) if problem else TypedFilter(wanted_filter)


def narrowed(wanted: LogFilter, *, level: str = "", request_id: str = "", since: int = 0) -> LogFilter:
    """Return a filter with what was chosen beside it; what was typed counts more. `since` is no condition by itself."""
    chosen = msgspec.structs.replace(wanted, level=wanted.level or level, request_id=wanted.request_id or request_id)
    return chosen if chosen.is_empty else msgspec.structs.replace(chosen, since=since)
