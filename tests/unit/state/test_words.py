from __future__ import annotations

import json

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.function import FunctionConfiguration
from workbench.model.function_failures import exited, extension_crashed
from workbench.state.advice import advice, import_summary
from workbench.state.explanations import explain
from workbench.state.invocation import Invocation, fold_invocation


def cold(**init: object) -> Invocation:
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    stream.invoke("r", "e", init_ms=stream.init("e", **init))
    return fold_invocation(stream.events)


def test_a_heavy_import_is_named_with_its_share():
    assert advice(cold()).startswith("boto3 is 70 % of init (143 of 204 ms).")
    assert import_summary(cold().startup) == "import boto3 143 ms ▸ botocore 96 ms ▸ urllib3 66 ms"


def test_own_code_outside_the_handler_is_named():
    assert advice(cold(imports=[("json", -1, 4.0, 4.0)])).startswith("164 of 204 ms of init is your own code outside the handler")


def test_a_slow_runtime_is_not_blamed_on_the_code():
    assert advice(cold(runtime_ms=180.0, function_ms=5.0, imports=[])).startswith("180 of 185 ms of init is the runtime itself")


def test_making_the_sandbox_is_said_not_to_be_billed():
    assert advice(cold(with_spans=False)).startswith("Most of it, 241 ms, is creating the sandbox on this machine.")
    assert import_summary(cold(with_spans=False).startup) == ""


def test_a_warm_start_needs_no_advice():
    stream = EventStream()
    stream.cold_success()
    assert advice(fold_invocation(stream.warm_success(), "r-warm")) == ""


@pytest.mark.parametrize("build", ["timeout", "crash", "out_of_memory", "init_failure"])
def test_every_failure_has_words_of_its_own(build: str):
    text = explain(fold_invocation(getattr(EventStream(), build)()))

    assert text
    assert "raised" not in text


FUNCTION = FunctionConfiguration(
    name="thumbnail", logical_id="T", runtime="python3.12", handler="app.handler", code_path="/app", memory_mb=128, timeout_s=30,
    ephemeral_storage_mb=2_048)


def failing(error_type: str, message: str) -> Invocation:
    stream = EventStream()
    stream.cold_success()
    stream.assign("r", "a81f00", "warm")
    payload = json.dumps({"errorMessage": message, "errorType": error_type, "stackTrace": []})
    stream.fail("r", "a81f00", payload, error_type=error_type)
    return fold_invocation(stream.events, "r")


def test_figures_are_those_of_the_run_and_of_the_function():
    assert "128 MB" not in explain(fold_invocation(EventStream().out_of_memory()), FUNCTION)
    assert "its 512 MB of memory (512 MB were in use)" in explain(fold_invocation(EventStream().out_of_memory()), FUNCTION)
    assert "timeout of 3 s (it ran 3.02 s)" in explain(fold_invocation(EventStream().timeout()), FUNCTION)
    assert "its 2,048 MB of /tmp are full" in explain(failing("OSError", "[Errno 28] No space left on device"), FUNCTION)
    assert "because /tmp is full" in explain(failing("OSError", "[Errno 28] No space left on device"))


def test_what_counts_as_memory_here_alone_is_told():
    told = "Files in /tmp count towards the memory size here; in Lambda they do not."
    events = [msgspec.structs.replace(event, record={**event.fields(), "notEnforced": [told]})
              if event.type == "sandbox.creating" else event for event in EventStream().out_of_memory()]

    assert explain(fold_invocation(events)).endswith(told)
    assert "/tmp" not in explain(fold_invocation(EventStream().out_of_memory()))


def test_the_handler_that_was_not_found_is_named():
    text = explain(failing("Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"), FUNCTION)
    assert text.startswith("Module app was imported but has no handler.")


def test_an_extension_that_crashed_is_named():
    stream = EventStream()
    init_ms = stream.cold_start("r", "e")
    record = {"name": "otel", "state": "Started", "events": [], "errorType": "Extension.Crash"}
    stream.emit("platform.extension", record, "e", "r")
    failure = extension_crashed("r", code=3, signal=None)
    stream.fail("r", "e", failure.payload().decode(), error_type=failure.error_type, init_ms=init_ms)

    text = explain(fold_invocation(stream.events))
    assert "because the extension otel ended before the environment did (exit status 3)" in text


def test_a_limit_that_killed_the_runtime_is_found_in_its_log():
    stream = EventStream()
    stream.cold_success()
    stream.assign("r", "a81f00", "warm")
    failure = exited("r", code=1, signal=None)
    lines = ["Traceback (most recent call last):", "OSError: [Errno 24] Too many open files: '/usr/lib/x.py'", "TypeError: none"]
    stream.fail("r", "a81f00", failure.payload().decode(), error_type=failure.error_type, lines=lines)

    text = explain(fold_invocation(stream.events, "r"), FUNCTION)
    assert text.startswith("The process ended, and its log says why. On Lambda this fails because an environment may have 1,024 ")
    assert explain(fold_invocation(EventStream().crash()), FUNCTION).startswith("The process ended with status 1")


def test_a_success_has_nothing_to_explain():
    assert explain(fold_invocation(EventStream().cold_success())) == ""


def test_a_cancelled_one_is_not_blamed_on_the_sandbox():
    invocation = fold_invocation(EventStream().cancelled())

    assert invocation.was_cancelled
    assert explain(invocation).startswith("You canceled it.")


def test_a_sandbox_that_could_not_be_made_gives_its_reason():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.emit("sandbox.stopped", {"reason": "failure", "detail": "Docker is not running."}, "e", "r")

    assert explain(fold_invocation(stream.events)).endswith("Docker is not running.")
