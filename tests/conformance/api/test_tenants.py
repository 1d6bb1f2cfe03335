"""Tenant isolation, through boto3: an environment serves one tenant alone.

Source: Lambda guide, "Tenant isolation", "Troubleshooting tenant isolation"; API reference, TenancyConfig and Invoke; the
recorded answer to a request without a tenant.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ROLE, Refusal, create, refused, zipped
from tests.support.shared_engine import SharedEngine

CODE = """
served = []
def handler(event, context):
    served.append(event or context.tenant_id)
    return served
"""


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function that isolates tenants."""
    create(client, "shop", Code={"ZipFile": zipped(CODE)}, TenancyConfig={"TenantIsolationMode": "PER_TENANT"})
    yield "shop"
    client.delete_function(FunctionName="shop")


def served(client: Any, name: str, tenant: str) -> Any:
    return json.loads(client.invoke(FunctionName=name, TenantId=tenant)["Payload"].read())


def test_an_environment_serves_one_tenant_alone(client: Any, name: str) -> None:
    """And goes on serving it."""
    assert [served(client, name, tenant) for tenant in ("blue", "green", "blue", "a b/c:d@e")] == [
        ["blue"], ["green"], ["blue", "blue"], ["a b/c:d@e"]]
    assert client.get_function_configuration(FunctionName=name)["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}


def test_asynchronously_as_well(client: Any, name: str) -> None:
    """Source: Lambda guide, "Invoking functions with tenant isolation"."""
    assert client.invoke(FunctionName=name, TenantId="blue", InvocationType="Event", Payload=b'"queued"')["StatusCode"] == 202
    deadline = time.monotonic() + 20
    while "queued" not in (found := served(client, name, "blue")):
        assert time.monotonic() < deadline, found


def test_a_tenant_too_few_or_too_many(client: Any, name: str) -> None:
    missing = Refusal(400, "InvalidParameterValueException", {
        "Type": "User", "message": "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your "
                                   "request and try again."})
    assert refused(client.invoke, FunctionName=name) == missing
    assert refused(client.invoke, FunctionName=name, InvocationType="Event") == missing
    assert refused(client.invoke_with_response_stream, FunctionName=name) == missing
    assert refused(client.invoke, FunctionName="FromTemplate", TenantId="blue").code == "InvalidParameterValueException"
    assert refused(client.invoke, FunctionName=name, TenantId="a\\b").code == "ValidationException"


def test_a_dry_run_checks_the_tenant(client: Any, name: str) -> None:
    missing = "The invoked function is enabled with tenancy configuration."
    for call in (client.invoke, client.invoke_with_response_stream):
        assert refused(call, FunctionName=name, InvocationType="DryRun").body["message"].startswith(missing)
        answer = call(FunctionName=name, InvocationType="DryRun", TenantId="blue")
        assert answer["StatusCode"] == 204
        answer.get("EventStream", answer.get("Payload")).close()
        many = refused(call, FunctionName="FromTemplate", InvocationType="DryRun", TenantId="blue")
        assert many.body["message"].startswith("The invoked function is not enabled with tenancy configuration.")


def test_the_stream_tells_the_tenant(client: Any, engine: SharedEngine, name: str) -> None:
    """Source: Lambda guide, "Telemetry API event schema reference": tenantId of start, runtimeDone and report."""
    request_id = client.invoke(FunctionName=name, TenantId="blue")["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    events = engine.told(lambda told: told.invocation_events(request_id))
    told = {event.type: event.fields().get("tenantId") for event in events if event.type.startswith("platform.")}
    assert {kind: tenant for kind, tenant in told.items() if tenant} == dict.fromkeys(
        ("platform.start", "platform.runtimeDone", "platform.report"), "blue")
    plain = client.invoke(FunctionName="FromTemplate")["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    assert not any("tenantId" in event.fields() for event in engine.told(lambda told: told.invocation_events(plain))
                   if event.type.startswith("platform."))


def test_what_tenant_isolation_does_not_support_is_refused(client: Any, name: str) -> None:
    """Source: Lambda guide, "Tenant isolation", "Supported features and limitations"; the words are ours."""
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    tried = {
        "Function URLs": refused(client.create_function_url_config, FunctionName=name, Qualifier="live", AuthType="NONE"),
        "Provisioned Concurrency Configs": refused(
            client.put_provisioned_concurrency_config, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1),
        "Event source mappings": refused(client.create_event_source_mapping, FunctionName=name,
                                         EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders"),
    }
    for what, refusal in tried.items():
        assert refusal == Refusal(400, "InvalidParameterValueException", {
            "Type": "User", "message": f"{what} are not supported for functions that are enabled with tenancy configuration."})
    made = refused(client.create_function, FunctionName="other", Runtime="python3.12", Role=ROLE, Handler="app.handler",
                   Code={"ZipFile": zipped(CODE)}, TenancyConfig={"TenantIsolationMode": "PER_TENANT"},
                   SnapStart={"ApplyOn": "PublishedVersions"})
    assert made.code == "InvalidParameterValueException"
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
    assert served(client, f"{name}:live", "blue") == ["blue"], "all else is there: aliases, reserved concurrency"


def test_so_many_environments_of_tenants_and_no_more(client: Any, name: str) -> None:
    """2,500 for each 1,000 of concurrency, busy or idle. Source: Lambda guide, "Troubleshooting tenant isolation"."""
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    for tenant in "abcde":
        assert served(client, name, tenant) == [tenant]
    sixth = refused(client.invoke, FunctionName=name, TenantId="f")
    assert (sixth.status, sixth.code, sixth.body["message"]) == (429, "TooManyRequestsException", "Rate Exceeded.")
    assert served(client, name, "a") == ["a", "a"]
    client.delete_function_concurrency(FunctionName=name)
    assert served(client, name, "f") == ["f"]
