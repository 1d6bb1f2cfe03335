"""What Terraform's AWS provider calls for functions and their versions, one call after the other, and what it relies on.

Source of the calls, their parameters and what ends its waits: the provider's public source `internal/service/lambda`,,
resources `aws_lambda_function`, `aws_lambda_alias`, `aws_lambda_provisioned_concurrency_config` and
`data.aws_lambda_function`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, ROLE, zipped
from tests.support.go_sdk import GoAnswer, GoClient
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:my-function"
HANDLER = "def lambda_handler(event, context):\n    return event\n"
FUNCTION = "/2015-03-31/functions/{}"
GIVEN = {
    "Code": {"ZipFile": base64.b64encode(zipped({"lambda_function.py": HANDLER})).decode()}, "Description": "",
    "FunctionName": "my-function", "MemorySize": 128, "PackageType": "Zip", "Publish": True, "Role": ROLE, "Tags": {},
    "Timeout": 3, "Environment": {"Variables": {"ENV": "production"}}, "Handler": "lambda_function.lambda_handler",
    "Runtime": "python3.11"}
"""The parameters of a resource with `environment` and `publish`."""


class Terraform:
    """The steps that the provider makes for one function."""

    def __init__(self, go: GoClient) -> None:
        self.go = go

    def get(self, **query: str) -> GoAnswer:
        return self.go.call("GET", FUNCTION, None, "my-function", **query)

    def waited(self) -> dict[str, Any]:
        """Wait as after an update: LastUpdateStatus is InProgress, then Successful."""
        answer = self.go.until(self.get, lambda answer: answer.body["Configuration"]["LastUpdateStatus"] != "InProgress")
        assert answer.body["Configuration"]["LastUpdateStatus"] == "Successful"
        return dict(answer.body["Configuration"])

    def read(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Refresh: the function, and the last entry of its last page of versions."""
        found = self.get()
        assert found.status == 200
        assert {"Code", "Configuration"} <= found.body.keys()
        versions = self.go.call("GET", FUNCTION + "/versions", None, "my-function", MaxItems="10000")
        assert "NextMarker" not in versions.body
        signing = self.go.call("GET", "/2020-06-30/functions/{}/code-signing-config", None, "my-function")
        assert (signing.status, signing.body.get("CodeSigningConfigArn")) == (200, None)
        return dict(found.body), versions.body["Versions"][-1]

    def configure(self, **changed: Any) -> dict[str, Any]:
        answer = self.go.call("PUT", FUNCTION + "/configuration", changed, "my-function")
        assert answer.status == 200, answer
        return self.waited()


@pytest.fixture
def terraform(engine: SharedEngine) -> Iterator[Terraform]:
    """With `aws_lambda_function.my_function` applied; destroyed afterwards."""
    with closing(GoClient(engine.url, REGION)) as go:
        terraform = Terraform(go)
        assert terraform.get() == GoAnswer(404, "ResourceNotFoundException", f"Function not found: {ARN}", {
            "Type": "User", "Message": f"Function not found: {ARN}"})
        assert go.call("POST", "/2015-03-31/functions", GIVEN).status == 201
        active = go.until(terraform.get, lambda answer: answer.body["Configuration"]["State"] != "Pending")
        assert active.body["Configuration"]["State"] == "Active"
        yield terraform
        assert go.call("DELETE", FUNCTION, None, "my-function").status == 204
        assert terraform.get().code == "ResourceNotFoundException"
        assert go.call("DELETE", FUNCTION, None, "my-function").code == "ResourceNotFoundException"


def test_a_refresh_after_creation_finds_what_was_given(terraform: Terraform) -> None:
    """Any member that differed would be planned as a change, again and again."""
    found, latest = terraform.read()
    configuration = found["Configuration"]
    assert {name: configuration[name] for name in GIVEN if name in configuration} == {
        name: value for name, value in GIVEN.items() if name not in ("Code", "Publish", "Tags")}
    assert (configuration["FunctionArn"], configuration["Version"]) == (ARN, "$LATEST")
    assert (configuration["Architectures"], configuration["EphemeralStorage"]) == (["x86_64"], {"Size": 512})
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/my-function"}
    assert (configuration["TracingConfig"], configuration["SnapStart"]["ApplyOn"]) == ({"Mode": "PassThrough"}, "None")
    assert not configuration.keys() & {"DeadLetterConfig", "VpcConfig", "Layers", "KMSKeyArn", "FileSystemConfigs"}
    assert not found.keys() & {"Tags", "Concurrency"}
    assert (latest["FunctionArn"], latest["Version"]) == (f"{ARN}:1", "1")


def test_an_update_of_everything_then_its_removal(terraform: Terraform) -> None:
    """What is removed from a resource is sent as an empty value, never left out."""
    layer = terraform.go.call("POST", "/2018-10-31/layers/{}/versions", {
        "Content": GIVEN["Code"], "Description": "", "LicenseInfo": ""}, "terraformed").body["LayerVersionArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    changed = terraform.configure(
        Description="new", Timeout=30, MemorySize=256, Environment={"Variables": {"STAGE": "1"}}, Layers=[layer],
        EphemeralStorage={"Size": 1024}, TracingConfig={"Mode": "Active"}, DeadLetterConfig={"TargetArn": queue},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"},
        VpcConfig={"Ipv6AllowedForDualStack": False, "SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"]})
    assert (changed["Description"], changed["Timeout"], changed["MemorySize"]) == ("new", 30, 256)
    assert changed["DeadLetterConfig"] == {"TargetArn": queue}
    assert [each["Arn"] for each in changed["Layers"]] == [layer]
    removed = terraform.configure(
        Description="", Environment={"Variables": {}}, Layers=[], FileSystemConfigs=[], KMSKeyArn="",
        DeadLetterConfig={"TargetArn": ""}, TracingConfig={"Mode": "PassThrough"}, LoggingConfig={"LogFormat": "Text"},
        VpcConfig={"Ipv6AllowedForDualStack": False, "SecurityGroupIds": [], "SubnetIds": []})
    assert removed["Description"] == ""
    assert not removed.get("Environment", {}).get("Variables")
    assert not removed.get("DeadLetterConfig", {}).get("TargetArn")
    assert not removed.get("VpcConfig", {}).get("SubnetIds")
    assert not removed.keys() & {"Layers", "KMSKeyArn", "FileSystemConfigs"}
    assert terraform.go.call("DELETE", "/2018-10-31/layers/{}/versions/{}", None, "terraformed", "1").status == 204


def test_code_is_updated_then_published(terraform: Terraform) -> None:
    """The provider waits between the two, publishes again while an update is "in progress", and waits for the version."""
    code = base64.b64encode(zipped({"lambda_function.py": HANDLER + "#"})).decode()
    answer = terraform.go.call("PUT", FUNCTION + "/code", {"ZipFile": code}, "my-function")
    assert (answer.status, answer.body["LastUpdateStatus"]) == (200, "InProgress")
    refused = terraform.go.call("POST", FUNCTION + "/versions", {}, "my-function")
    assert (refused.status, refused.code) in ((409, "ResourceConflictException"), (201, ""))
    assert refused.status == 201 or "in progress" in refused.message
    terraform.waited()
    published = terraform.go.call("POST", FUNCTION + "/versions", {}, "my-function").body
    assert (published["FunctionArn"], published["Version"]) == (f"{ARN}:2", "2")
    version = terraform.go.call("GET", FUNCTION + "/configuration", None, published["FunctionArn"], Qualifier="2").body
    assert (version["LastUpdateStatus"], version["CodeSha256"]) == ("Successful", answer.body["CodeSha256"])
    _, latest = terraform.read()
    assert latest["FunctionArn"] == f"{ARN}:2"


def test_reserved_concurrency_and_tags(terraform: Terraform) -> None:
    """Tags are changed by ARN; -1 as reserved concurrency deletes it, and GetFunction then has no Concurrency."""
    concurrency = "/2017-10-31/functions/{}/concurrency"
    assert terraform.go.call("PUT", concurrency, {"ReservedConcurrentExecutions": 1}, "my-function").status == 200
    assert terraform.read()[0]["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    assert terraform.go.call("DELETE", concurrency, None, "my-function").status == 204
    assert "Concurrency" not in terraform.read()[0]
    tags = "/2017-03-31/tags/{}"
    assert terraform.go.call("POST", tags, {"Tags": {"a": "1", "b b": "2"}}, ARN).status == 204
    assert terraform.read()[0]["Tags"] == {"a": "1", "b b": "2"}
    assert terraform.go.call("DELETE", tags, None, ARN, tagKeys=["a", "b b"]).status == 204
    assert "Tags" not in terraform.read()[0]


def test_the_data_source_reads_the_latest_version(terraform: Terraform) -> None:
    """`data.aws_lambda_function` without a qualifier means the last published version, its tags and signing the function's."""
    _, latest = terraform.read()
    found = terraform.get(Qualifier=latest["Version"])
    assert found.body["Configuration"]["FunctionArn"] == f"{ARN}:1"
    assert terraform.get(Qualifier="$LATEST").body["Configuration"]["FunctionArn"] == f"{ARN}:$LATEST"


def test_an_alias(terraform: Terraform) -> None:
    """An alias without weights is created and updated with an empty RoutingConfig; the provider waits until none is shown."""
    go, aliases = terraform.go, FUNCTION + "/aliases"
    given = {"Description": "", "FunctionVersion": "1", "Name": "live", "RoutingConfig": {}}
    made = go.call("POST", aliases, given, "my-function")
    assert (made.status, made.body["AliasArn"], made.body.get("RoutingConfig")) == (201, f"{ARN}:live", None)
    terraform.configure(Timeout=4)
    assert go.call("POST", FUNCTION + "/versions", {}, "my-function").body["Version"] == "2"
    weighted = {**given, "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}}}
    assert go.call("PUT", aliases + "/{}", weighted, ARN, "live").body["RoutingConfig"] == {
        "AdditionalVersionWeights": {"2": 0.25}}
    assert go.call("PUT", aliases + "/{}", given, "my-function", "live").status == 200
    found = go.call("GET", aliases + "/{}", None, "my-function", "live").body
    assert not found.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    assert (found["Description"], found["FunctionVersion"]) == ("", "1")
    assert go.call("DELETE", aliases + "/{}", None, "my-function", "live").status == 204
    assert go.call("GET", aliases + "/{}", None, "my-function", "live").code == "ResourceNotFoundException"


def test_provisioned_concurrency(terraform: Terraform) -> None:
    """The wait ends with READY; what is deleted is ProvisionedConcurrencyConfigNotFoundException."""
    go, provisioned = terraform.go, "/2019-09-30/functions/{}/provisioned-concurrency"

    def get() -> GoAnswer:
        return go.call("GET", provisioned, None, "my-function", Qualifier="1")

    given = {"ProvisionedConcurrentExecutions": 1}
    assert go.call("PUT", provisioned, given, "my-function", Qualifier="1").status == 202
    ready = go.until(get, lambda answer: answer.body["Status"] != "IN_PROGRESS").body
    assert (ready["Status"], ready["AllocatedProvisionedConcurrentExecutions"]) == ("READY", 1)
    assert go.call("DELETE", provisioned, None, "my-function", Qualifier="1").status == 204
    assert (get().status, get().code) == (404, "ProvisionedConcurrencyConfigNotFoundException")
