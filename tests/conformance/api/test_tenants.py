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

from tests.support.api_clients import Refusal, create, refused, zipped

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
