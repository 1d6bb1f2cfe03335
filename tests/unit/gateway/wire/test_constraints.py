"""Violations in the words of the service. Expected texts: recorded answers of Lambda, where a comment names no other source."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.gateway.wire.constraints import Constraints, check, java_text
from workbench.gateway.wire.service_model import service_model
from workbench.model.failures import ServiceError

CREATE = {"FunctionName": "hello", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}}
NAME = (r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
        r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?")
NAMESPACED = (r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
              r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?")


def refused(operation: str, parameters: dict[str, Any]) -> str:
    with pytest.raises(ServiceError) as raised:
        check(service_model(), service_model().operations[operation], parameters)
    assert (raised.value.code, raised.value.status) == ("ValidationException", 400)
    return raised.value.message


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),
    ({"Timeout": 0}, "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ({"MemorySize": 64},
     "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"),
    ({"MemorySize": 10_241},
     "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240"),
    ({"EphemeralStorage": {"Size": 10_241}},
     "Value '10241' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value less than or equal to 10240"),
    ({"Architectures": ["x86_64", "arm64"]},
     "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1"),
    ({"SnapStart": {"ApplyOn": "x"}},
     "Value 'x' at 'snapStart.applyOn' failed to satisfy constraint: "
     "Member must satisfy enum value set: [PublishedVersions, None]"),
    ({"Role": "r"}, "Value 'r' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                    r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
    ({"FunctionName": "a!"}, "Value 'a!' at 'functionName' failed to satisfy constraint: "
                             f"Member must satisfy regular expression pattern: {NAME}"),
    ({"Role": None}, "Value null at 'role' failed to satisfy constraint: Member must not be null"),
    ({"KMSKeyArn": "\"k\""}, "Value '\"k\"' at 'kMSKeyArn' failed to satisfy constraint: "
                             r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"),
    # A value that is sensitive is not printed.
    ({"Environment": {"Variables": {"a": "secret"}}},
     "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
     "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"),
    ({"Architectures": ["x86"]},
     "Value '[x86]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: "
     "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"),
])
def test_one_violation(changed: dict[str, Any], sentence: str) -> None:
    given = {name: value for name, value in {**CREATE, **changed}.items() if value is not None}
    assert refused("CreateFunction", given) == f"1 validation error detected: {sentence}"


def test_all_violations_come_at_once_in_the_order_of_the_model() -> None:
    assert refused("GetFunction", {"FunctionName": "a!", "Qualifier": "b!"}) == (
        f"2 validation errors detected: Value 'a!' at 'functionName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {NAMESPACED}; "
        "Value 'b!' at 'qualifier' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+")


def test_weights_of_an_alias() -> None:
    given = {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}
    message = refused("CreateAlias", {**given, "RoutingConfig": {"AdditionalVersionWeights": {"x": 2.0}}})
    assert message == (
        "2 validation errors detected: Value '{x=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
        "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater "
        "than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]; "
        "Value '{x=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater "
        "than or equal to 0.0, Member must not be null]")


@pytest.mark.parametrize("runtime", ["python3.12", "python2.7", "nodejs4.3", "byol", "ruby4.0", "java8.al2023"])
def test_layers_take_more_runtimes_than_are_printed(runtime: str) -> None:
    content = {"LayerName": "l", "Content": {}}
    check(service_model(), service_model().operations["PublishLayerVersion"], {**content, "CompatibleRuntimes": [runtime]})
    check(service_model(), service_model().operations["ListLayerVersions"], {"LayerName": "l", "CompatibleRuntime": runtime})


def test_sixteen_runtimes_of_a_layer_are_one_too_many() -> None:
    message = refused("PublishLayerVersion", {"LayerName": "l", "Content": {}, "CompatibleRuntimes": ["python3.12"] * 16})
    assert message.endswith("at 'compatibleRuntimes' failed to satisfy constraint: "
                            "Member must have length less than or equal to 15")


@pytest.mark.parametrize("key", ["plain", "with space", "Größe", "a/b:c.d_e+f-g@h=i"])
def test_tags_may_have_letters_of_all_languages(key: str) -> None:
    check(service_model(), service_model().operations["TagResource"],
          {"Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Tags": {key: key}})


def test_tags_may_not_have_other_characters() -> None:
    assert "at 'tags' failed" in refused(
        "TagResource", {"Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Tags": {"a\n": "b"}})


@pytest.mark.parametrize(("value", "text"), [
    (None, "null"), (True, "true"), (2.0, "2.0"), (-1.0, "-1.0"), (3, "3"), (["a", "b"], "[a, b]"),
    ({"k": "v", "n": 1}, "{k=v, n=1}")])
def test_values_print_as_in_java(value: Any, text: str) -> None:
    assert java_text(value) == text


def test_what_is_remembered_is_said_again_and_long_values_are_checked_each_time() -> None:
    constraints, invoke = Constraints(service_model()), service_model().operations["Invoke"]
    for _ in range(2):
        constraints.check(invoke, {"FunctionName": "hello", "Payload": b"{}"})
        for wrong in ({"FunctionName": "no name", "Payload": b"{}"}, {"FunctionName": "x" * 300}, {"Payload": b"{}"}):
            with pytest.raises(ServiceError) as remembered:
                constraints.check(invoke, wrong)
            assert remembered.value.message == refused("Invoke", wrong)
