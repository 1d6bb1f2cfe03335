"""Intrinsic functions for a stack: what they give, and CloudFormation's error where the workspace shows a placeholder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workbench.engine.cloudformation.dependencies import Dependencies
from workbench.engine.cloudformation.documents import checked, parsed
from workbench.engine.cloudformation.evaluation import Evaluator
from workbench.engine.cloudformation.plan import NOT_YET, Plan
from workbench.engine.cloudformation.records import ResourceRecord, StackRecord, Submission
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope
from workbench.workspace.unresolved import unknowns_in
from workbench.workspace.value_text import as_text

SCOPE = Scope("eu-west-1", "123456789012")
STACK = StackRecord(scope=SCOPE, uuid="u", name="shop", status="CREATE_IN_PROGRESS", created_ms=0)
RESOURCES = "Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue, Condition: Never}}\n"
TEMPLATE = RESOURCES + """
Parameters: {Stage: {Type: String, Default: test}, Zones: {Type: CommaDelimitedList, Default: 'a, b'}}
Mappings: {Sizes: {test: {memory: 128}}}
Conditions: {Same: !Equals [!Ref Stage, test], Never: !Not [!Condition Same], Round: !Not [!Condition Round]}
"""


def made(logical_id: str, **attributes: Any) -> ResourceRecord:
    return ResourceRecord(scope=SCOPE, stack="u", logical_id=logical_id, type="AWS::SQS::Queue", status="CREATE_COMPLETE",
                          modified_ms=0, physical_id=logical_id.lower(), attributes={"": logical_id.lower(), **attributes})


def using(written: str) -> str:
    """A template with one more resource, whose property `value` is what is written."""
    return TEMPLATE.replace(RESOURCES, RESOURCES.replace(
        "Resources: {", f"Resources: {{T: {{Type: AWS::SQS::Queue, Properties: {{value: {written}}}}}, "))


def plan(template: str, *there: ResourceRecord, parameters: Mapping[str, str] | None = None, all_made: bool = True) -> Plan:
    given = {"Stage": "test", "Zones": "a, b"} if parameters is None else parameters
    submission = Submission(text=template, processed=checked(parsed(template)), parameters=given)
    return Plan(STACK, submission, [], {each.logical_id: each for each in there}, all_made=all_made)


@pytest.mark.parametrize(("written", "value"), [
    ("!Ref Stage", "test"),
    ("!Ref Zones", ["a", "b"]),
    ("!Ref A", "a"),
    ("!GetAtt A.Arn", "arn:a"),
    ("!Sub '${Stage}-${A}-${A.Arn}-${!kept}-${AWS::Region}'", "test-a-arn:a-${kept}-eu-west-1"),
    ("!Sub ['${x}', {x: !Ref AWS::StackName}]", "shop"),
    ("!If [Same, 1, !Ref B]", 1),
    ("!FindInMap [Sizes, !Ref Stage, memory]", 128),
    ("!FindInMap [Sizes, other, memory, {DefaultValue: 7}]", 7),
    ("!Join ['-', [a, !Select [1, !Split [',', 'x,y']]]]", "a-y"),
    ("{x: !Ref AWS::NoValue, y: 1}", {"y": 1}),
    ("!GetAZs ''", ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
])
def test_what_functions_give(written: str, value: object) -> None:
    assert plan(using(written), made("A", Arn="arn:a")).desired("T").properties["value"] == value


@pytest.mark.parametrize(("written", "message"), [
    ("!Ref Nobody", "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template"),
    ("!Ref B", "Template format error: Unresolved resource dependencies [B] in the Resources block of the template"),
    ("!GetAtt A.Nothing",
     "Template error: resource A (AWS::SQS::Queue) does not support attribute type Nothing in Fn::GetAtt"),
    ("!FindInMap [Sizes, other, memory]", "Template error: Unable to get mapping for Sizes::other::memory"),
    ("!If [Round, 1, 2]", "Template format error: Circular dependency in conditions: Round"),
    ("!If [Nowhere, 1, 2]",
     "Template format error: Unresolved condition dependency Nowhere in the Conditions block of the template"),
    ("!ImportValue other", "No export named other found."),
    ("!Select [9, [a]]", "Template error: every Fn::Select object requires its documented parameters"),
])
def test_what_cannot_be_evaluated(written: str, message: str) -> None:
    with pytest.raises(ServiceError) as refused:
        plan(using(written), made("A")).desired("T")
    assert (refused.value.code, refused.value.message) == ("ValidationError", message)


def test_resources_are_made_after_those_they_depend_on() -> None:
    template = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Last: {Type: T, Properties: {x: !Sub '${Middle.Arn}'}}
      Middle: {Type: T, DependsOn: First}
      First: {Type: T, Properties: {x: !If [Never, !Ref Last, 1]}}
      Absent: {Type: T, Condition: Never}
    Outputs: {One: {Value: !GetAtt First.Name}}
    """
    found = plan(template, parameters={}, all_made=False)
    assert found.order == ["First", "Middle", "Last"]
    assert found.desired("First").wanted == ("Name",)
    foreseen = found.desired("Last").properties["x"]
    assert (as_text(foreseen), [each.what for each in unknowns_in(foreseen)]) == (NOT_YET, ["Middle.Arn"])


def test_a_circle_is_refused() -> None:
    with pytest.raises(ServiceError, match=r"Circular dependency between resources: \[A, B\]"):
        plan("Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, Properties: {x: !Ref A}}}", parameters={})


@pytest.mark.parametrize(("text", "message"), [
    ("", "Template format error: unsupported structure."),
    ("Description: x", "Template format error: At least one Resources member must be defined."),
    ("Resource: {}", "Template format error: Invalid template property or properties [Resource]"),
    ("Resources: {A-B: {Type: T}}", "Template format error: Resource name A-B is non alphanumeric."),
    ("Resources: {A: {Propertys: {}}}",
     "Template format error: [/Resources/A] Every Resources object must contain a Type member."),
    ("Resources: {A: {Type: T, Propertys: {}}}", "Template format error: Invalid template resource property 'Propertys'"),
])
def test_templates_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ServiceError) as refused:
        checked(parsed(text))
    assert refused.value.message == message


def test_only_the_branch_that_counts_is_a_dependency() -> None:
    template = checked(parsed("Conditions: {C: !Equals [a, a]}\nResources: {A: {Type: T}, B: {Type: T}}"))

    class Nothing:
        names: Mapping[str, Any] = {}

        def imported(self, export: str) -> str:
            raise AssertionError(export)

        def value(self, logical_id: str, attribute: str) -> Any:
            raise AssertionError(logical_id)

    dependencies = Dependencies(template, Evaluator(template, Nothing(), Nothing()), {})
    assert list(dependencies.uses({"Fn::If": ["C", {"Ref": "A"}, {"Ref": "B"}]})) == [("A", "")]
