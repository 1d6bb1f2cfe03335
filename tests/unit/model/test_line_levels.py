"""The level of a line, wherever a logger writes it."""

from __future__ import annotations

import pytest

from workbench.model.line_levels import level_of


@pytest.mark.parametrize(("text", "level"), [
    # AWS's runtime clients
    ("[INFO]\t2026-11-05T10:11:12.123Z\tid\thello", "info"), ("2026-11-05T10:11:12.123Z\tid\tWARN\thello", "warn"),
    ("2026-11-05T10:11:12.123Z\tid\tfail\thello", "error"), ("LAMBDA_WARNING: Unhandled exception.", "warn"),
    ("2026-11-05T10:11:12.123Z\tid\tINFO\t{\"level\":\"error\",\"message\":\"x\"}", "error"),
    # Python: logging, structlog, loguru
    ("INFO:root:hello", "info"), ("2026-11-05 10:11:12,123 - name - INFO - hello", "info"),
    ("2026-11-05 10:11:12,123 ERROR hello", "error"), ("2026-11-05 10:11:12 [info     ] hello", "info"),
    ("2026-11-05 10:11:12.123 | SUCCESS  | app:handler:1 - hello", "info"), ("Traceback (most recent call last):", "error"),
    # Node.js: winston, pino, bunyan
    ("error: hello", "error"), ('{"level":30,"time":1,"pid":1,"hostname":"h","msg":"hello"}', "info"),
    ('{"name":"a","hostname":"h","pid":1,"level":60,"msg":"x","v":0}', "fatal"), ('{"message":"x","level":"http"}', "debug"),
    # Java: Logback, Log4j, Spring, java.util.logging, logstash-logback-encoder, Elastic Common Schema
    ("10:11:12.123 [main] INFO  com.shop.Orders - hello", "info"), ("SEVERE: hello", "error"),
    ("2026-11-05T10:11:12.123Z  WARN 8 --- [main] c.s.Orders : hello", "warn"),
    ('{"@timestamp":"2026","message":"' + 400 * "x" + '","level":"ERROR","level_value":40000}', "error"),
    ('{"@timestamp":"2026","log.level":"warn","message":"x"}', "warn"),
    # Go: slog, logrus, zap
    ("2026/11/05 10:11:12 INFO hello", "info"), ("time=2026-11-05T10:11:12Z level=ERROR msg=x", "error"),
    ('time="2026-11-05T10:11:12Z" level=warning msg="x"', "warn"), ("2026-11-05T10:11:12.123Z\tDEBUG\tmain.go:7\thello", "debug"),
    # .NET, Ruby, PHP, Rust, syslog
    ("info: Category[0]", "info"), ('{"EventId":0,"LogLevel":"Information","Message":"level"}', "info"),
    ('{"@t":"2026","@mt":"x","@l":"Fatal"}', "fatal"), ("I, [2026-11-05T10:11:12.123456 #8]  INFO -- : hello", "info"),
    ("[2026-11-05T10:11:12.123456+00:00] app.ERROR: hello [] []", "error"),
    ('{"message":"x","context":[],"level":400,"level_name":"ERROR"}', "error"),
    ("\x1b[2m2026-11-05T10:11:12.1Z\x1b[0m \x1b[33m WARN\x1b[0m \x1b[2mshop\x1b[0m: hello", "warn"),
    ('{"short_message":"x","level":3}', "error"), ('{"severity":"NOTICE"}', "info"),
])
def test_a_line_has_the_level_that_its_logger_wrote(text: str, level: str) -> None:
    assert level_of(text) == level


@pytest.mark.parametrize("text", [
    "", "hello", "order 17 paid", "Error: boom", "Warning: x", "INFORMATIONS desk", "HTTP 500",
    "2026-11-05 order with ERROR code",
    '{"a": 1}', '{"message":"a","nested":{"level":"error"}}', '{"level":true}', '{"level":-3}', '{"level":9}', "[1, 2]",
    '{"level":{"level":"error"}}', '{"level":"\ud800"}', "{" * 100_000 + "}", "1-1" * 70])
def test_other_lines_name_none(text: str) -> None:
    assert level_of(text) == ""
