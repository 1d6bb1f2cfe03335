"""What Lambda refuses, in its own words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import limits
from workbench.model.quotas import REQUEST_LIMIT_BYTES

KNOWN = frozenset({"python3.13", "nodejs22.x"})


@pytest.mark.parametrize("memory_mb", [128, 129, 1769, 10_240])
def test_memory_within_the_limits(memory_mb: int) -> None:
    assert limits.check_memory(memory_mb) is None


@pytest.mark.parametrize(("memory_mb", "rule"), [
    (127, "have value greater than or equal to 128"),
    (64, "have value greater than or equal to 128"),
    (10_241, "have value less than or equal to 10240"),
])
def test_memory_outside_the_limits(memory_mb: int, rule: str) -> None:
    violation = limits.check_memory(memory_mb)
    assert violation is not None
    assert violation.field == "memory_mb"
    assert violation.code == "ValidationException"
    assert violation.message == (
        f"1 validation error detected: Value '{memory_mb}' at 'memorySize' failed to satisfy constraint: Member must {rule}")


def test_timeout_over_900_seconds() -> None:
    violation = limits.check_timeout(901)
    assert violation is not None
    assert violation.message == ("1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
                                 "Member must have value less than or equal to 900")
    assert limits.check_timeout(900) is limits.check_timeout(1) is None
    assert "greater than or equal to 1" in limits.check_timeout(0).message  # type: ignore[union-attr]


def test_ephemeral_storage_bounds() -> None:
    assert limits.check_ephemeral_storage(512) is limits.check_ephemeral_storage(10_240) is None
    too_small, too_large = limits.check_ephemeral_storage(511), limits.check_ephemeral_storage(10_241)
    assert too_small is not None
    assert "'511' at 'ephemeralStorage.size'" in too_small.message
    assert too_large is not None
    assert too_large.message.endswith("Member must have value less than or equal to 10240")


def test_a_name_of_65_characters_is_refused_by_the_service_itself() -> None:
    name = "a" * 65
    violation = limits.check_function_name(name)
    assert violation is not None
    assert violation.code == "InvalidParameterValueException"
    assert violation.message == (f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
                                 "Member must have length less than or equal to 64")
    assert limits.check_function_name("a" * 64) is None


@pytest.mark.parametrize("name", ["with space", "dot.ted", "a:b", "ümlaut", "line\n"])
def test_bad_characters_in_a_name_show_the_whole_pattern(name: str) -> None:
    violation = limits.check_function_name(name)
    assert violation is not None
    assert violation.code == "ValidationException"
    assert violation.message.endswith("satisfy regular expression pattern: " + limits.FUNCTION_NAME_PATTERN)
    assert limits.check_function_name("") is not None


def test_handlers() -> None:
    assert limits.check_handler("src/app.handler") is None
    blank, long, missing = limits.check_handler("app handler"), limits.check_handler("a" * 129), limits.check_handler("")
    assert blank is not None
    assert blank.message == ("1 validation error detected: Value 'app handler' at 'handler' failed to satisfy constraint: "
                             r"Member must satisfy regular expression pattern: [^\s]+")
    assert long is not None
    assert long.message.endswith("length less than or equal to 128")
    assert missing is not None
    assert missing.code == "InvalidParameterValueException"


def test_an_unknown_runtime_names_those_there_are() -> None:
    violation = limits.check_runtime("python2.7", KNOWN)
    assert violation is not None
    assert violation.code == "InvalidParameterValueException"
    assert violation.message == ("Value python2.7 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                                 "[nodejs22.x, python3.13] or be a valid ARN")


def test_a_long_description() -> None:
    assert limits.check_description("d" * 256) is None
    assert "at 'description'" in limits.check_description("d" * 257).message  # type: ignore[union-attr]


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5))
def test_environment_size_is_that_of_compact_json(environment: dict[str, str]) -> None:
    compact = json.dumps(environment, separators=(",", ":"), ensure_ascii=False)
    assert limits.environment_size_bytes(environment) == len(compact.encode())


def test_environment_of_4096_bytes_fits_and_one_more_does_not() -> None:
    frame = len('{"KEY":""}')
    assert limits.check_environment({"KEY": "x" * (4096 - frame)}) is None
    violation = limits.check_environment({"KEY": "x" * (4097 - frame)}, repeated=True)
    assert violation is not None
    assert violation.code == "InvalidParameterValueException"
    assert violation.message.startswith(
        "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded "
        'the 4KB limit. String measured: {"KEY":"xxx')
    assert "Remove 1 bytes" in violation.hint


def test_values_that_are_too_large_are_repeated_to_nobody_but_who_sent_them() -> None:
    violation = limits.check_environment({"KEY": "secret" * 1000})
    assert violation is not None
    assert violation.message.endswith('exceeded the 4KB limit. String measured: {"KEY":"••••••••"}')


def test_reserved_environment_keys_are_listed() -> None:
    nul = limits.check_environment({"KEY": "a\0b"})
    assert nul is not None
    assert nul.message == "The value of KEY contains the character NUL (U+0000)."
    violation = limits.check_environment({"AWS_REGION": "x", "MINE": "y", "AWS_LAMBDA_FUNCTION_NAME": "z"})
    assert violation is not None
    assert violation.message.endswith("Reserved keys used in this request: AWS_REGION, AWS_LAMBDA_FUNCTION_NAME")


@pytest.mark.parametrize("key", ["A", "1A", "_A", "A-B", "", "A B", "_HANDLER"])
def test_environment_key_pattern(key: str) -> None:
    violation = limits.check_environment({key: "x"})
    assert violation is not None
    assert violation.code == "ValidationException"
    assert violation.message.endswith(
        "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")


def test_request_size() -> None:
    fits = b'"' + b"x" * (REQUEST_LIMIT_BYTES - 2) + b'"'
    assert limits.check_event(fits) is None
    error = limits.check_event(fits + b" ")
    assert error is not None
    assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)
    assert error.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"


@pytest.mark.parametrize("payload", [
    b"", b"{}", b"null", b'"text"', b" [1, 2.5e3] ", '{"é": "\\u00e9"}'.encode(),
    b'"cut \\ud83d"', b'["\\ude00", 1]', b"-1e400", b'{"n": ' + b"7" * 5_000 + b"}"])
def test_events_that_are_json(payload: bytes) -> None:
    assert limits.check_event(payload) is None


@pytest.mark.parametrize(("payload", "place"), [
    (b'{"a": 1,\n  b}', "line: 2, column: 3"),
    (b"hello", "line: 1, column: 1"),
    (b'"\xff"', "Invalid UTF-8"),
    (b"NaN", "JSON"),
    (b'["\\ud83d", NaN]', "JSON"),
    (b'["\\ud83d", "\xff"]', "Invalid UTF-8"),
    (b'["\\ud83d",\n]', "line: 2, column: 1"),
    (b"[" * 100_000, "nested too deeply"),
])
def test_events_that_are_not_json(payload: bytes, place: str) -> None:
    error = limits.check_event(payload)
    assert error is not None
    assert (error.code, error.status) == ("InvalidRequestContentException", 400)
    assert error.message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    assert place in error.message


def test_an_event_too_large_is_not_even_parsed() -> None:
    error = limits.check_event(b"x" * (REQUEST_LIMIT_BYTES + 1))
    assert error is not None
    assert error.status == 413
