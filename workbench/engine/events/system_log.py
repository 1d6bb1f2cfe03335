"""Whether and how the platform's own records appear in a function's log: format and system log level of LoggingConfig.

Source: Lambda guide, "Log-level filtering", "System log level event mapping"; levels filter in the JSON format only.
"""

from __future__ import annotations

from workbench.model.engine_api import FailureLog
from workbench.model.events import LogForm, Record
from workbench.model.function import Logging

_ORDER = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_SUCCESS_IS_DEBUG = frozenset({
    "platform.initRuntimeDone", "platform.initReport", "platform.restoreRuntimeDone", "platform.runtimeDone"})
_TEXT_FORMS: dict[FailureLog, LogForm] = {"both": "text", "new": "text-new", "old": "text-old"}
_FAILURE_IS_WARN = _SUCCESS_IS_DEBUG | {"platform.report", "platform.restoreReport"}


def log_form(logging: Logging, kind: str, record: Record, failure_log: FailureLog = "both") -> LogForm:
    """Return the form of one event in the log of a function; only platform events have another form than text."""
    if not kind.startswith("platform.") or not isinstance(record, dict):
        return "text"
    if logging.format == "Text":
        return _TEXT_FORMS[failure_log]
    return "json" if _ORDER.index(_level(kind, record)) >= _ORDER.index(logging.system_level) else "none"


def _level(kind: str, record: dict[str, object]) -> str:
    if kind in _FAILURE_IS_WARN and record.get("status", "success") != "success":
        return "WARN"
    if kind == "platform.initReport" and record.get("initializationType") != "on-demand":
        return "INFO"
    if kind in _SUCCESS_IS_DEBUG:
        return "DEBUG"
    if kind in ("platform.initStart", "platform.restoreStart"):
        return "INFO" if record.get("runtimeVersion") else "DEBUG"
    if kind == "platform.extension":
        return "INFO" if record.get("state") == "Ready" else "WARN"
    return "WARN" if kind == "platform.logsDropped" else "INFO"
