"""The level that a line of a log names: in a field of a JSON object, or where runtimes and common loggers write it in text.

Sources: AWS's runtime clients for Python, Node.js, .NET and Ruby; what loggers write by default: Powertools, pino, bunyan,
winston, structlog, loguru, python-json-logger, zap, slog, logrus, Logback, Log4j, Serilog, monolog, tracing, Elastic Common
Schema. Numbers are pino's and bunyan's (10 to 60), or syslog's (RFC 5424, 0 to 7).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
"""The levels of lines, the least serious first."""
WORDS = {
    "trace": ("trace", "trce", "silly", "finest", "finer"),
    "debug": ("debug", "dbug", "dbg", "fine", "verbose"),
    "info": ("info", "information", "informational", "notice", "success"),
    "warn": ("warn", "warning", "wrn"),
    "error": ("error", "err", "eror", "fail", "severe"),
    "fatal": ("fatal", "critical", "crit", "panic", "dpanic", "alert", "emergency", "emerg")}
"""How loggers call the levels, in lower case."""
SYSLOG = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")
STEP = 10
"""Pino counts levels in these."""

_NAMES = {word: level for level, words in WORDS.items() for word in words}
_NAMES |= {"traceback (most recent call last)": "error", "lambda_warning:": "warn"}
_SPELLED = "|".join(sorted((word for words in WORDS.values() for word in words), key=len, reverse=True))
_TIME_BEGINS = frozenset("0123456789[")
_HEAD = 200
_MOST_BEFORE = 100
_MOST_JSON = 64 << 10
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_QUOTED = re.compile(rf'"(?:level|severity)": ?"({_SPELLED})"', re.IGNORECASE)
_TEXT = re.compile(
    rf'\[({_SPELLED}) *\]|\t({_SPELLED})\t|(?:level|lvl|severity)="?({_SPELLED})(?!\w)|"level": ?"({_SPELLED})"'
    r"|(Traceback \(most recent call last\))|(LAMBDA_WARNING:)", re.IGNORECASE)
_MAY_BE_TEXT = re.compile(r'[\[\t="(_]')
"""Of these, whatever _TEXT finds has one: to look for them takes a tenth of the time."""
_BEGUN = re.compile(r"([A-Z]+)(?:[:|\]\s-]|$)|([a-z]+): ")
_TIME = r"\[?(?:[A-Z], \[)?(?=\S*\d[:/-]\d)[\dTZ:.,/+-]+(?:[ ,]\d[\d:.,Z+-]*)?(?: #\d+)?\]?"
_TIMED = re.compile(rf"{_TIME}(?:[\s|-]+(?:\[[^\]]*\]|\S+ -))*[\s|\[(-]*(?:[\w-]+\.)?([A-Z]+)(?:[\s\]|:)-]|$)")
"""A time, and then perhaps a thread in brackets, or the name of a logger and a dash."""


class _Named(msgspec.Struct):
    """What may name the level in a JSON object."""

    level: Any = None
    severity: Any = None
    levelname: Any = None
    lvl: Any = None
    log_level: Any = None
    ecs: Any = msgspec.field(name="log.level", default=None)
    serilog: Any = msgspec.field(name="@l", default=None)
    upper: Any = msgspec.field(name="Level", default=None)
    dotnet: Any = msgspec.field(name="LogLevel", default=None)
    camel: Any = msgspec.field(name="logLevel", default=None)
    small: Any = msgspec.field(name="loglevel", default=None)
    monolog: Any = msgspec.field(name="level_name", default=None)
    telemetry: Any = msgspec.field(name="severityText", default=None)


_decode = msgspec.json.Decoder(_Named).decode


def level_of(text: str) -> str:
    """Return the level that a line names, one of LEVELS; "" for none."""
    begin = text.find("{", 0, _MOST_BEFORE) if text.endswith("}") else -1
    level = _json_level(text, begin) if begin >= 0 else None
    if level or (level is not None and not begin):
        return level
    head = text[:_HEAD]
    if "\x1b" in head:
        head = _ANSI.sub("", head)
    found = _TEXT.search(head) if _MAY_BE_TEXT.search(head) else None
    if found is not None:
        return _NAMES[found[found.lastindex or 0].lower()]
    found = _BEGUN.match(head) or (_TIMED.match(head) if head[:1] in _TIME_BEGINS or head[1:4] == ", [" else None)
    return _NAMES.get(found[found.lastindex or 0].lower(), "") if found is not None else ""


def _json_level(text: str, begin: int) -> str | None:
    """Return the level that an object names, "" for none; None if it is no object."""
    quoted = _QUOTED.search(text, begin, begin + _HEAD)  # as most have it, and sooner than the object is read
    if quoted is not None and text.find("{", begin + 1, quoted.start()) < 0:
        return _NAMES[quoted[1].lower()]
    try:
        named = _decode(text[begin:][:_MOST_JSON])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None
    values = (getattr(named, name) for name in named.__struct_fields__)
    return next((level for value in values if (level := _level_named(value))), "")


def _level_named(value: object) -> str:
    if isinstance(value, str):
        return _NAMES.get(value.strip().lower(), "debug" if value == "http" else "")  # winston's, in text a word like others
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return ""
    if value < len(SYSLOG):
        return SYSLOG[value]
    return LEVELS[value // STEP - 1] if STEP <= value < STEP * (len(LEVELS) + 1) else ""
