"""The query protocol: forms become parameters, answers become XML that botocore reads back.

Source: Smithy documentation, "AWS query protocol".
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import QueryParser
from botocore.serialize import QuerySerializer
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from workbench.gateway.cloudformation.contract import cloudformation_model
from workbench.gateway.cloudformation.query import form_of, parameters_of
from workbench.gateway.cloudformation.xml import answer_of, error_of
from workbench.model.failures import ServiceError

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@pytest.fixture(scope="module")
def botocores() -> ServiceModel:
    """The contract as botocore itself reads it."""
    loader: Loader = get_session().get_component("data_loader")
    return ServiceModel(loader.load_service_model("cloudformation", "service-2"))


@given(name=TEXT, value=TEXT, tags=st.dictionaries(TEXT, TEXT, max_size=3), flag=st.booleans(), minutes=st.integers(0, 999))
def test_what_botocore_writes_is_read(
    botocores: ServiceModel, name: str, value: str, tags: dict[str, str], flag: bool, minutes: int
) -> None:
    parameters: dict[str, Any] = {
        "StackName": name, "DisableRollback": flag, "TimeoutInMinutes": minutes, "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": name, "ParameterValue": value}, {"ParameterKey": "b", "UsePreviousValue": flag}],
        "Tags": [{"Key": key, "Value": each} for key, each in tags.items()]}
    written = QuerySerializer().serialize_to_request(parameters, botocores.operation_model("CreateStack"))["body"]
    form = {key: str(each).lower() if isinstance(each, bool) else str(each) for key, each in written.items()}
    model = cloudformation_model()
    assert parameters_of(model, model.operations["CreateStack"], form) == parameters


PARTS = ["Parameters", "Tags", "member", "1", "2", "", "Key", "ParameterKey", "DisableRollback", "entry"]


@given(st.dictionaries(st.lists(st.sampled_from(PARTS), max_size=6).map(".".join), TEXT))
def test_no_form_is_a_fault_of_ours(form: dict[str, str]) -> None:
    model = cloudformation_model()
    with contextlib.suppress(ServiceError):
        parameters_of(model, model.operations["CreateStack"], form)


def test_lists_of_more_than_nine_keep_their_order() -> None:
    model = cloudformation_model()
    body = "&".join(f"Capabilities.member.{number}=c{number}" for number in range(12, 0, -1)).encode()
    found = parameters_of(model, model.operations["CreateStack"], form_of(body))
    assert found == {"Capabilities": [f"c{number}" for number in range(1, 13)]}


@pytest.mark.parametrize(("body", "code"), [
    (b"DisableRollback=perhaps", "MalformedInput"), (b"TimeoutInMinutes=x", "MalformedInput"),
    (b"\xff\xfe=1", "MalformedQueryString"),
])
def test_what_cannot_be_read(body: bytes, code: str) -> None:
    model = cloudformation_model()
    with pytest.raises(ServiceError) as refused:
        parameters_of(model, model.operations["CreateStack"], form_of(body))
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_answers_are_read_by_botocore(botocores: ServiceModel) -> None:
    model = cloudformation_model()
    stack = {"StackName": "a<b>&\x00", "CreationTime": 1_767_225_600_123, "StackStatus": "CREATE_COMPLETE",
             "DisableRollback": False, "Outputs": [{"OutputKey": "k", "OutputValue": "v", "Description": None}], "Tags": []}
    answer = answer_of(model, model.operations["DescribeStacks"], {"Stacks": [stack], "NextToken": None}, "id")
    read = QueryParser().parse({"body": answer.body, "headers": {}, "status_code": 200},
                               botocores.operation_model("DescribeStacks").output_shape)
    (found,) = read["Stacks"]
    assert found.pop("CreationTime").isoformat() == "2026-01-01T00:00:00.123000+00:00"
    assert found == {"StackName": "a<b>&\ufffd", "StackStatus": "CREATE_COMPLETE", "DisableRollback": False, "Tags": [],
                     "Outputs": [{"OutputKey": "k", "OutputValue": "v"}]}
    assert "NextToken" not in read


def test_errors_are_read_by_botocore() -> None:
    answer = error_of(ServiceError("ValidationError", 400, "No <such> stack.", hint="Make one."), "id")
    read = QueryParser().parse({"body": answer.body, "headers": {}, "status_code": 400}, None)
    assert read["Error"] == {"Type": "Sender", "Code": "ValidationError", "Message": "No <such> stack. Make one."}


def test_a_member_that_the_model_does_not_know_is_a_fault() -> None:
    model = cloudformation_model()
    with pytest.raises(ValueError, match="Nonsense"):
        answer_of(model, model.operations["DescribeStacks"], {"Nonsense": 1}, "id")
