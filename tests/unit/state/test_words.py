from __future__ import annotations

import pytest

from tests.support.event_builders import EventStream
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
    assert advice(cold(with_spans=False)).startswith("Most of it, 241 ms, is making the sandbox on this machine.")
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


def test_a_success_has_nothing_to_explain():
    assert explain(fold_invocation(EventStream().cold_success())) == ""


def test_a_cancelled_one_is_not_blamed_on_the_sandbox():
    invocation = fold_invocation(EventStream().cancelled())

    assert invocation.was_cancelled
    assert explain(invocation).startswith("You cancelled it.")


def test_a_sandbox_that_could_not_be_made_gives_its_reason():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.emit("sandbox.stopped", {"reason": "failure", "detail": "Docker is not running."}, "e", "r")

    assert explain(fold_invocation(stream.events)).endswith("Docker is not running.")
