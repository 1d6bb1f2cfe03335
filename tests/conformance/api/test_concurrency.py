"""Reserved concurrency and the account's settings, as clients of AWS see them.

Sources: recorded answers of Lambda (November 2025); Lambda guide, "Configuring reserved concurrency" and "Lambda quotas".
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, lambda_client, plain, refused, waited, zipped
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
TOO_MUCH = Refusal(400, "InvalidParameterValueException", {
    "message": "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
               "minimum value of [100]."})


def missing(message: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": message})


def test_reserving_and_giving_back(client: Any) -> None:
    """Recorded: test_function_concurrency. GetFunction shows it beside Code and Configuration, for versions too."""
    create(client, "reserved", Publish=True)
    assert plain(client.get_function_concurrency(FunctionName="reserved")) == {}
    assert "Concurrency" not in client.get_function(FunctionName="reserved")
    answer = client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=5)
    assert plain(answer) == {"ReservedConcurrentExecutions": 5}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert plain(client.get_function_concurrency(FunctionName=f"{ARN}:reserved:$LATEST")) == {"ReservedConcurrentExecutions": 5}
    assert client.get_function(FunctionName="reserved")["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    assert client.get_function(FunctionName="reserved", Qualifier="1")["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    answer = client.delete_function_concurrency(FunctionName="reserved")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    client.delete_function_concurrency(FunctionName="reserved")
    assert plain(client.get_function_concurrency(FunctionName="reserved")) == {}


def test_what_is_refused(client: Any) -> None:
    """Recorded: test_function_concurrency_exceptions. Put names `$LATEST` in its 404, whatever the value."""
    create(client, "unreserved")
    for count in (0, 1, 5_000):
        assert refused(client.put_function_concurrency, FunctionName="nowhere", ReservedConcurrentExecutions=count) == missing(
            f"Function not found: {ARN}:nowhere:$LATEST")
    for operation in (client.get_function_concurrency, client.delete_function_concurrency):
        assert refused(operation, FunctionName="nowhere") == missing(f"Function not found: {ARN}:nowhere")
    for name in (f"{ARN}:unreserved:$LATEST", "unreserved:1", "nowhere:alias"):
        assert refused(client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=0) == Refusal(
            400, "InvalidParameterValueException", {
                "Type": "User", "message": "This operation is permitted on Lambda functions only. Aliases and versions do not "
                                           "support this operation. Please specify either a function name or an unqualified "
                                           "function ARN."})
    assert refused(client.put_function_concurrency, FunctionName="unreserved", ReservedConcurrentExecutions=-1) == Refusal(
        400, "ValidationException", {
            "message": "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
                       "Member must have value greater than or equal to 0"})


def test_a_hundred_stay_for_those_that_reserve_nothing(engine: SharedEngine) -> None:
    """Recorded: test_function_concurrency_limits, without Type. What a function had reserved before does not count against it."""
    with closing(lambda_client(engine.url, region="eu-west-1")) as client:
        reserve_all(client)


def reserve_all(client: Any) -> None:
    for name in ("greedy", "modest"):
        create(client, name)
    assert refused(client.put_function_concurrency, FunctionName="greedy", ReservedConcurrentExecutions=1_000) == TOO_MUCH
    assert refused(client.put_function_concurrency, FunctionName="greedy", ReservedConcurrentExecutions=901) == TOO_MUCH
    client.put_function_concurrency(FunctionName="greedy", ReservedConcurrentExecutions=900)
    assert refused(client.put_function_concurrency, FunctionName="modest", ReservedConcurrentExecutions=1) == TOO_MUCH
    client.put_function_concurrency(FunctionName="modest", ReservedConcurrentExecutions=0)
    client.put_function_concurrency(FunctionName="greedy", ReservedConcurrentExecutions=899)
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 101
    client.delete_function(FunctionName="greedy")
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 1_000


@pytest.mark.parametrize("name", ["stopped", "FromTemplate"])
def test_a_function_that_reserves_nothing_for_itself_is_not_invoked(client: Any, name: str) -> None:
    """Recorded: a 429 of Invoke for reserved concurrency has Reason, and no Retry-After."""
    if name == "stopped":
        create(client, name)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert refused(client.invoke, FunctionName=name) == Refusal(429, "TooManyRequestsException", {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded."})
    with pytest.raises(client.exceptions.TooManyRequestsException) as error:
        client.invoke(FunctionName=name, Qualifier="$LATEST")
    assert "retry-after" not in error.value.response["ResponseMetadata"]["HTTPHeaders"]
    client.delete_function_concurrency(FunctionName=name)
    assert client.invoke(FunctionName=name)["StatusCode"] == 200


def test_the_settings_of_an_account(engine: SharedEngine) -> None:
    """Recorded: test_account_settings, test_account_settings_total_code_size. Limits: Lambda guide, "Lambda quotas".

    A version counts with the size of its package, also when only the configuration changed since the one before.
    """
    with closing(lambda_client(engine.url, region="ap-southeast-2")) as client:
        count(client)


def count(client: Any) -> None:
    assert plain(client.get_account_settings()) == {
        "AccountLimit": {"TotalCodeSize": 322_122_547_200, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
                         "ConcurrentExecutions": 1_000, "UnreservedConcurrentExecutions": 1_000},
        "AccountUsage": {"TotalCodeSize": 0, "FunctionCount": 0}}
    size = create(client, "counted", Publish=True)["CodeSize"]
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 2 * size, "FunctionCount": 1}
    client.update_function_configuration(FunctionName="counted", Timeout=9)
    waited(client, "function_updated_v2", "counted")
    client.publish_version(FunctionName="counted")
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 3 * size, "FunctionCount": 1}
    client.delete_function(FunctionName="counted")
    layer = client.publish_layer_version(LayerName="counted", Content={"ZipFile": zipped({"python/a.py": "x = 1"})})
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": layer["Content"]["CodeSize"], "FunctionCount": 0}
    client.delete_layer_version(LayerName="counted", VersionNumber=1)
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 0}


def test_functions_of_the_template_count(client: Any) -> None:
    """Functions of both sources look alike."""
    functions = client.list_functions()["Functions"]
    assert "FromTemplate" in [each["FunctionName"] for each in functions]
    assert client.get_account_settings()["AccountUsage"]["FunctionCount"] == len(functions)
