"""Every operation of Lambda, called for what does not exist: each has its documented answer, and none fails inside.

Source of the texts: recorded answers of Lambda (2024 to 2026). Operations that are not served say so, as the manual does.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import msgspec
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.support.api_clients import ACCOUNT, REGION, ROLE, lambda_client
from tests.support.shared_engine import SharedEngine
from workbench.gateway.wire.service_model import service_model

OPERATIONS = sorted(service_model().operations)
HERE = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
FUNCTION = f"{HERE}:function:nowhere"
SIGNING = f"{HERE}:code-signing-config:csc-12345678901234567"
NO_PACKAGE = b"no .zip"


class Answer(msgspec.Struct, frozen=True):
    """A status, and an error's code and message; both are "" for a success."""

    status: int
    code: str = ""
    message: str = ""


def missing(message: str) -> Answer:
    return Answer(404, "ResourceNotFoundException", message)


def invalid(message: str) -> Answer:
    return Answer(400, "InvalidParameterValueException", message)


VALUES: Mapping[str, Any] = {
    "FunctionName": "nowhere", "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
    "Name": "live", "FunctionVersion": "1", "Role": ROLE, "Code": {"ZipFile": NO_PACKAGE}, "Resource": FUNCTION,
    "ResourceArn": FUNCTION, "Policy": "{}", "Tags": {"a": "b"}, "TagKeys": ["a"], "CodeSigningConfigArn": SIGNING,
    "AllowedPublishers": {"SigningProfileVersionArns": [f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/p"]},
    "CapacityProviderName": "p", "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE}, "UUID": "12345678-1234-1234-1234-123456789012",
    "AuthType": "NONE", "LayerName": "nowhere", "VersionNumber": 1, "Content": {"ZipFile": NO_PACKAGE},
    "Arn": f"{HERE}:layer:nowhere:1", "Qualifier": "1", "InvokeArgs": b"{}", "Payload": b"{}",
    "ReservedConcurrentExecutions": 1, "ProvisionedConcurrentExecutions": 1, "RecursiveLoop": "Allow", "UpdateRuntimeOn": "Auto",
    "DurableExecutionArn": f"{FUNCTION}:1/durable-execution/a/b", "CheckpointToken": "abcd", "CallbackId": "abcd",
}
"""Values that keep the model's constraints, by member."""
MORE: Mapping[str, Mapping[str, Any]] = {
    "CreateFunction": {"Runtime": "python3.12", "Handler": "app.handler"},
    "UpdateFunctionCode": {"ZipFile": NO_PACKAGE},
    "PutFunctionEventInvokeConfig": {"MaximumRetryAttempts": 1},
    "UpdateFunctionEventInvokeConfig": {"MaximumRetryAttempts": 1},
    "CreateEventSourceMapping": {"EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"},
    "AddLayerVersionPermission": {"Action": "lambda:GetLayerVersion", "Principal": ACCOUNT},
}
"""What an operation needs beyond what the model requires."""
LACKING = missing(f"Function not found: {FUNCTION}")
LACKING_1 = missing(f"Function not found: {FUNCTION}:1")
LACKING_LATEST = missing(f"Function not found: {FUNCTION}:$LATEST")
NO_RESOURCE = missing("The resource you requested does not exist.")
NO_LAYER = missing(f"Layer version {HERE}:layer:nowhere:1 does not exist.")
NO_FUNCTION = missing("Function does not exist")
NO_INVOKE_CONFIG = missing(f"The function {FUNCTION}:$LATEST doesn't have an EventInvokeConfig")
NOT_UNZIPPED = invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
DOCUMENTED: Mapping[str, Answer] = {
    "AddLayerVersionPermission": NO_LAYER, "AddPermission": LACKING, "CreateAlias": LACKING_1,
    "CreateEventSourceMapping": invalid("Function does not exist"),
    "CreateFunction": NOT_UNZIPPED, "CreateFunctionUrlConfig": NO_FUNCTION,
    "DeleteAlias": LACKING, "DeleteEventSourceMapping": NO_RESOURCE, "DeleteFunction": LACKING,
    "DeleteFunctionCodeSigningConfig": LACKING, "DeleteFunctionConcurrency": LACKING,
    "DeleteFunctionEventInvokeConfig": NO_INVOKE_CONFIG, "DeleteFunctionUrlConfig": NO_RESOURCE,
    "DeleteLayerVersion": Answer(204),
    "DeleteProvisionedConcurrencyConfig": LACKING_1, "GetAccountSettings": Answer(200),
    "GetAlias": missing(f"Cannot find alias arn: {FUNCTION}:live"), "GetEventSourceMapping": NO_RESOURCE, "GetFunction": LACKING,
    "GetFunctionCodeSigningConfig": LACKING, "GetFunctionConcurrency": LACKING, "GetFunctionConfiguration": LACKING,
    "GetFunctionEventInvokeConfig": NO_INVOKE_CONFIG, "GetFunctionRecursionConfig": LACKING, "GetFunctionUrlConfig": NO_RESOURCE,
    "GetLayerVersion": NO_RESOURCE, "GetLayerVersionByArn": NO_RESOURCE, "GetLayerVersionPolicy": NO_LAYER,
    "GetPolicy": NO_RESOURCE, "GetProvisionedConcurrencyConfig": LACKING_1, "GetRuntimeManagementConfig": LACKING,
    "Invoke": LACKING_LATEST, "InvokeAsync": LACKING_LATEST, "InvokeWithResponseStream": LACKING_LATEST, "ListAliases": LACKING,
    "ListEventSourceMappings": Answer(200), "ListFunctionEventInvokeConfigs": missing("The function doesn't exist."),
    "ListFunctionUrlConfigs": NO_FUNCTION, "ListFunctions": Answer(200), "ListLayerVersions": Answer(200),
    "ListLayers": Answer(200), "ListProvisionedConcurrencyConfigs": LACKING, "ListTags": LACKING,
    "ListVersionsByFunction": LACKING, "PublishLayerVersion": NOT_UNZIPPED, "PublishVersion": LACKING,
    "PutFunctionCodeSigningConfig": Answer(
        404, "CodeSigningConfigNotFoundException",
        f"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {SIGNING}."),
    "PutFunctionConcurrency": LACKING_LATEST, "PutFunctionEventInvokeConfig": missing("The function doesn't exist."),
    "PutFunctionRecursionConfig": LACKING, "PutProvisionedConcurrencyConfig": LACKING_1, "PutRuntimeManagementConfig": LACKING,
    "RemoveLayerVersionPermission": NO_LAYER, "RemovePermission": missing(f"No policy found for: {FUNCTION}"),
    "TagResource": LACKING, "UntagResource": LACKING, "UpdateAlias": missing(f"Alias not found: {FUNCTION}:live"),
    "UpdateEventSourceMapping": NO_RESOURCE, "UpdateFunctionCode": LACKING, "UpdateFunctionConfiguration": LACKING,
    "UpdateFunctionEventInvokeConfig": missing("The function doesn't exist."), "UpdateFunctionUrlConfig": NO_FUNCTION,
}
"""What each operation answers that is served, or will be."""


def parameters(operation: str) -> dict[str, Any]:
    """A request with valid-looking parameters: what the model requires, and what the operation needs beyond that."""
    shape = service_model().input_of(service_model().operations[operation])
    return {**{name: VALUES[name] for name in shape.required}, **MORE.get(operation, {})}


def answered(client: Any, operation: str, **given: Any) -> Answer:
    try:
        details = getattr(client, xform_name(operation))(**given)["ResponseMetadata"]
    except ClientError as error:
        response = error.response
        return Answer(response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"])
    assert details["HTTPHeaders"]["x-amzn-requestid"]
    return Answer(details["HTTPStatusCode"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_does_not_exist(client: Any, operation: str) -> None:
    """An operation that is not in the table is not served, for a reason that its answer says; some are not served yet."""
    answer = answered(client, operation, **parameters(operation))
    if operation not in DOCUMENTED:
        assert (answer.status, answer.code) == (400, "InvalidParameterValueException")
        assert answer.message.startswith(f"{operation} is not available in Lambda Workbench, where ")
    elif answer != invalid(f"{operation} is not available yet."):
        assert answer == DOCUMENTED[operation]


def test_another_region(engine: SharedEngine) -> None:
    """Recorded: test_get_function_wrong_region. Each operation that takes a function refuses an ARN of another Region."""
    elsewhere = FUNCTION.replace(REGION, "eu-west-1")
    refusal = missing(f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')")
    found = {}
    with closing(lambda_client(engine.url)) as client:
        for operation in sorted(DOCUMENTED.keys() - {"ListEventSourceMappings", "CreateEventSourceMapping"}):
            given = parameters(operation)
            if given.get("FunctionName"):
                found[operation] = answered(client, operation, **{**given, "FunctionName": elsewhere})
    others = {operation: answer for operation, answer in found.items() if answer != refusal}
    assert others == {operation: invalid(f"{operation} is not available yet.") for operation in others}
