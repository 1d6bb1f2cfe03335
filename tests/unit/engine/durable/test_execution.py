"""A durable execution by itself: envelope, checkpoints, what is refused by name, the answer."""

from __future__ import annotations

import json
import re
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser

from workbench.engine.clock import Clock
from workbench.engine.durable.execution import INVALID, REFUSED, DurableExecution
from workbench.model.failures import ServiceError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
MODEL = botocore.session.get_session().get_service_model("lambda")
STEP = {"Id": "1", "Type": "STEP", "Name": "charge"}


@pytest.fixture
def execution() -> DurableExecution:
    return DurableExecution(ARN, b'{"n": "\xc3\xbc"}', Clock(), "order-7")


def token_of(execution: DurableExecution) -> str:
    return str(json.loads(execution.envelope())["CheckpointToken"])


def as_sdk_reads(operation: str, document: dict[str, Any]) -> Any:
    response = {"status_code": 200, "headers": {}, "body": json.dumps(document).encode()}
    return create_parser("rest-json").parse(response, MODEL.operation_model(operation).output_shape)


def test_the_envelope_of_the_first_invocation(execution: DurableExecution) -> None:
    envelope = json.loads(execution.envelope())
    assert re.fullmatch(MODEL.shape_for("DurableExecutionArn").metadata["pattern"], envelope["DurableExecutionArn"])
    assert "/durable-execution/order-7/" in envelope["DurableExecutionArn"]
    assert re.fullmatch(MODEL.shape_for("CheckpointToken").metadata["pattern"], envelope["CheckpointToken"])
    (operation,) = envelope["InitialExecutionState"]["Operations"]
    assert operation["Id"] == envelope["DurableExecutionArn"].rpartition("/")[2]
    assert (operation["Type"], operation["Status"]) == ("EXECUTION", "STARTED")
    assert operation["ExecutionDetails"] == {"InputPayload": '{"n": "ü"}'}
    assert isinstance(operation["StartTimestamp"], int)


def test_steps_are_kept_and_acknowledged_with_a_new_token(execution: DurableExecution) -> None:
    token = token_of(execution)
    begun = execution.checkpoint(token, [{**STEP, "Action": "START"}])
    ended = execution.checkpoint(begun["CheckpointToken"], [{**STEP, "Action": "SUCCEED", "Payload": "1"}])
    (operation,) = as_sdk_reads("CheckpointDurableExecution", ended)["NewExecutionState"]["Operations"]
    assert (operation["Status"], operation["StepDetails"]) == ("SUCCEEDED", {"Attempt": 1, "Result": "1"})
    assert operation["StartTimestamp"] <= operation["EndTimestamp"]
    state = as_sdk_reads("GetDurableExecutionState", execution.state())
    assert [each["Type"] for each in state["Operations"]] == ["EXECUTION", "STEP"]
    for outdated in (token, begun["CheckpointToken"], "made up"):
        with pytest.raises(ServiceError, match="Invalid Checkpoint Token"):
            execution.checkpoint(outdated, [])


def test_a_call_that_is_repeated_gets_its_first_answer(execution: DurableExecution) -> None:
    token = token_of(execution)
    first = execution.checkpoint(token, [{**STEP, "Action": "START"}], "once")
    assert execution.checkpoint(token, [{**STEP, "Action": "START"}], "once") == first


@pytest.mark.parametrize(("update", "told"), [
    ({"Type": "WAIT", "Action": "START", "Name": "pause", "WaitOptions": {"WaitSeconds": 3600}}, "a wait 'pause' of 3,600 s"),
    ({"Type": "CALLBACK", "Action": "START"}, "a callback"),
    ({"Type": "CHAINED_INVOKE", "Action": "START", "Name": "next"}, "an invocation of another function 'next'"),
    ({"Type": "STEP", "Action": "RETRY", "Name": "charge", "StepOptions": {"NextAttemptDelaySeconds": 5}},
     "the retry of step 'charge' after 5 s"),
    ({"Type": "STEP", "Action": "RETRY"}, "the retry of a step after 0 s"),
])
def test_what_needs_a_later_invocation_is_refused_by_name(
    execution: DurableExecution, update: dict[str, Any], told: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        execution.checkpoint(token_of(execution), [{**STEP, "Action": "START"}, {"Id": "2", **update}])
    assert (refusal.value.code, refusal.value.status) == ("InvalidParameterValueException", 400)
    assert told[1:] in refusal.value.message
    assert len(execution.state()["Operations"]) == 1, "all of a call is kept, or nothing"
    answer = execution.answer(b'{"Status": "FAILED", "Error": {"ErrorMessage": "whatever the SDK makes of it"}}')
    assert answer.error_type == REFUSED
    assert f"asked for {told}." in json.loads(answer.payload)["errorMessage"]


@pytest.mark.parametrize(("body", "payload", "error_type"), [
    ({"Status": "SUCCEEDED", "Result": '"ran"'}, b'"ran"', ""),
    ({"Status": "SUCCEEDED"}, b"null", ""),
    ({"Status": "FAILED", "Error": {"ErrorMessage": "m", "ErrorType": "KeyError", "StackTrace": ["a"]}},
     b'{"errorMessage":"m","errorType":"KeyError","stackTrace":["a"]}', "KeyError"),
    ({"Status": "FAILED"}, b"{}", "Error"),
])
def test_answers(execution: DurableExecution, body: dict[str, Any], payload: bytes, error_type: str) -> None:
    answer = execution.answer(json.dumps(body).encode())
    assert (answer.payload, answer.error_type) == (payload, error_type)


@pytest.mark.parametrize(("body", "error_type"), [
    (b'{"Status": "PENDING"}', REFUSED), (b'{"statusCode": 200}', INVALID), (b'"ran"', INVALID), (b"no JSON", INVALID),
])
def test_other_answers_are_failures_with_a_sentence(execution: DurableExecution, body: bytes, error_type: str) -> None:
    answer = execution.answer(body)
    assert answer.error_type == error_type
    assert json.loads(answer.payload)["errorMessage"].endswith(".")


def test_a_result_too_large_for_an_answer_comes_by_checkpoint(execution: DurableExecution) -> None:
    last = execution.checkpoint(token_of(execution), [{"Id": "e", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"big"'}])
    assert "CheckpointToken" not in last
    assert execution.answer(b'{"Status": "SUCCEEDED", "Result": ""}').payload == b'"big"'
