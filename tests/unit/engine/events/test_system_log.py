"""Which records of the platform a function's log shows. Source of the table: Lambda guide, "System log level event mapping"."""

from __future__ import annotations

import pytest

from workbench.engine.events.system_log import log_form
from workbench.model.function import Logging, LogLevel


def test_the_text_format_knows_no_levels() -> None:
    assert log_form(Logging(system_level="WARN"), "platform.start", {}) == "text"


def test_lines_of_the_function_are_left_to_it() -> None:
    assert log_form(Logging(format="JSON", system_level="WARN"), "function", "text") == "text"


@pytest.mark.parametrize(("kind", "record", "level"), [
    ("platform.initStart", {"runtimeVersion": "Python 3.13"}, "INFO"),
    ("platform.initStart", {}, "DEBUG"),
    ("platform.initRuntimeDone", {"status": "success"}, "DEBUG"),
    ("platform.initRuntimeDone", {"status": "error"}, "WARN"),
    ("platform.initReport", {"status": "success", "initializationType": "on-demand"}, "DEBUG"),
    ("platform.initReport", {"status": "success", "initializationType": "provisioned-concurrency"}, "INFO"),
    ("platform.initReport", {"status": "timeout", "initializationType": "provisioned-concurrency"}, "WARN"),
    ("platform.start", {}, "INFO"),
    ("platform.runtimeDone", {"status": "success"}, "DEBUG"),
    ("platform.runtimeDone", {"status": "error"}, "WARN"),
    ("platform.report", {"status": "success"}, "INFO"),
    ("platform.report", {"status": "timeout"}, "WARN"),
    ("platform.extension", {"state": "Ready"}, "INFO"),
    ("platform.extension", {"state": "LaunchError"}, "WARN"),
    ("platform.telemetrySubscription", {}, "INFO"),
    ("platform.logsDropped", {}, "WARN"),
])
def test_a_record_shows_from_its_level_on(kind: str, record: dict[str, str], level: LogLevel) -> None:
    levels: tuple[LogLevel, ...] = ("DEBUG", "INFO", "WARN", "ERROR")
    shown = [chosen for chosen in levels if log_form(Logging(format="JSON", system_level=chosen), kind, record) == "json"]
    assert shown == list(levels[:levels.index(level) + 1])
