"""Runtime management, recursive loops and code signing, as clients of AWS see them.

Sources: recorded answers of Lambda (November 2025); API reference, PutRuntimeManagementConfig; for aliases a report of its error.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, plain, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
RUNTIME = f"arn:aws:lambda:{REGION}::runtime:{'0' * 64}"
SIGNING = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-12345678901234567"


def not_found(name: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": f"Function not found: {ARN}:{name}"})


def test_runtimes_are_updated_automatically_unless_it_is_changed(client: Any) -> None:
    """Source: API reference, PutRuntimeManagementConfig: Auto is the default; a version has a setting of its own."""
    create(client, "managed", Publish=True)
    auto = {"UpdateRuntimeOn": "Auto", "FunctionArn": f"{ARN}:managed"}
    assert plain(client.get_runtime_management_config(FunctionName="managed")) == auto
    manual = {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": RUNTIME, "FunctionArn": f"{ARN}:managed"}
    assert plain(client.put_runtime_management_config(
        FunctionName="managed", UpdateRuntimeOn="Manual", RuntimeVersionArn=RUNTIME)) == manual
    assert plain(client.get_runtime_management_config(FunctionName="managed")) == manual
    assert plain(client.get_runtime_management_config(FunctionName="managed:1")) == {**auto, "FunctionArn": f"{ARN}:managed:1"}
    answer = client.put_runtime_management_config(FunctionName="managed", Qualifier="1", UpdateRuntimeOn="FunctionUpdate")
    assert plain(answer) == {"UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": f"{ARN}:managed:1"}
    assert plain(client.put_runtime_management_config(FunctionName="managed", UpdateRuntimeOn="Auto")) == auto


def test_what_runtime_management_refuses(client: Any) -> None:
    """Source of the text on aliases: a report of the service's answer. Which one it has for Manual alone is not known."""
    create(client, "unmanaged")
    put, get = client.put_runtime_management_config, client.get_runtime_management_config
    assert refused(get, FunctionName="nowhere") == not_found("nowhere")
    assert refused(get, FunctionName="unmanaged", Qualifier="7") == not_found("unmanaged:7")
    assert refused(put, FunctionName="nowhere", UpdateRuntimeOn="Auto") == not_found("nowhere")
    assert refused(put, FunctionName="unmanaged", Qualifier="live", UpdateRuntimeOn="Auto") == Refusal(
        400, "InvalidParameterValueException", {
            "Type": "User", "message": f"The provided function name {ARN}:unmanaged:live is invalid. Aliases are not allowed."})
    refusal = refused(put, FunctionName="unmanaged", UpdateRuntimeOn="Manual")
    assert (refusal.status, refusal.code) == (400, "InvalidParameterValueException")
    assert refused(put, FunctionName="unmanaged", UpdateRuntimeOn="Never") == Refusal(400, "ValidationException", {
        "message": "1 validation error detected: Value 'Never' at 'updateRuntimeOn' failed to satisfy constraint: Member must "
                   "satisfy enum value set: [Auto, Manual, FunctionUpdate]"})


@pytest.mark.parametrize("name", ["looping", "FromTemplate"])
def test_recursive_loops_are_terminated_unless_they_are_allowed(client: Any, name: str) -> None:
    """Recorded: test_put_function_recursion_config_allow, _default_terminate."""
    if name == "looping":
        create(client, name)
    assert plain(client.get_function_recursion_config(FunctionName=name)) == {"RecursiveLoop": "Terminate"}
    assert plain(client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")) == {"RecursiveLoop": "Allow"}
    assert plain(client.get_function_recursion_config(FunctionName=name)) == {"RecursiveLoop": "Allow"}
    client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Terminate")


def test_what_recursion_refuses(client: Any) -> None:
    """Recorded: test_put_function_recursion_config_invalid_value."""
    assert refused(client.get_function_recursion_config, FunctionName="nowhere") == not_found("nowhere")
    assert refused(client.put_function_recursion_config, FunctionName="nowhere", RecursiveLoop="Allow") == not_found("nowhere")
    assert refused(client.put_function_recursion_config, FunctionName="FromTemplate", RecursiveLoop="InvalidValue") == Refusal(
        400, "ValidationException", {
            "message": "1 validation error detected: Value 'InvalidValue' at 'recursiveLoop' failed to satisfy constraint: "
                       "Member must satisfy enum value set: [Terminate, Allow]"})


def test_no_function_has_a_code_signing_configuration(client: Any) -> None:
    """Recorded: test_code_signing_not_found_excs. The configuration is looked for before the function."""
    assert plain(client.get_function_code_signing_config(FunctionName="FromTemplate")) == {}
    answer = client.delete_function_code_signing_config(FunctionName="FromTemplate")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    for name in ("FromTemplate", "nowhere"):
        assert refused(client.put_function_code_signing_config, FunctionName=name, CodeSigningConfigArn=SIGNING) == Refusal(
            404, "CodeSigningConfigNotFoundException", {
                "Type": "User", "Message": "The code signing configuration cannot be found. Check that the provided "
                                           f"configuration is not deleted: {SIGNING}."})
    assert refused(client.get_function_code_signing_config, FunctionName="nowhere") == not_found("nowhere")
    assert refused(client.delete_function_code_signing_config, FunctionName="nowhere") == not_found("nowhere")


@pytest.mark.parametrize(("call", "parameters", "message"), [
    ("list_code_signing_configs", {}, "ListCodeSigningConfigs is not available in Lambda Workbench, where code is not signed."),
    ("get_capacity_provider", {"CapacityProviderName": "p"},
     "GetCapacityProvider is not available in Lambda Workbench, where functions run on this machine and not on instances of a "
     "capacity provider."),
])
def test_operations_that_are_not_served_say_so(client: Any, call: str, parameters: dict[str, Any], message: str) -> None:
    """The code is Lambda's for a request that cannot be granted, which no SDK sends again.

    Where the model does not list it among an operation's errors, botocore keeps the message alone.
    """
    refusal = refused(getattr(client, call), **parameters)
    assert (refusal.status, refusal.code) == (400, "InvalidParameterValueException")
    assert refusal.body in ({"Type": "User", "message": message}, {"message": message})
