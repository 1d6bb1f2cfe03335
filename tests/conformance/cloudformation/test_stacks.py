"""Whole stacks through boto3, with their events and outputs, without a services endpoint.

Sources: CloudFormation guide, "Stack statuses"; API reference of each operation; recorded events and errors of the service.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, refused
from tests.support.shared_engine import SharedEngine
from tests.support.stacks import outputs, physical, told, waited
from workbench.model.saving import SavingWish

TEMPLATE = """
Description: A function and all that belongs to it
Parameters:
  Greeting: {Type: String, Default: hello, AllowedValues: [hello, bye]}
  Password: {Type: String, Default: never-shown, NoEcho: true}
Resources:
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Hello, FunctionVersion: !GetAtt One.Version, Name: live}}
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Hello}}
  Allowed:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Live, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com}
  Retries:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Hello, Qualifier: !Select [7, !Split [':', !Ref Live]], MaximumRetryAttempts: 0}
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/any
      Timeout: "7"
      Environment: {Variables: {GREETING: !Ref Greeting, PASSWORD: !Ref Password}}
      Code:
        ZipFile: |
          import os
          def handler(event, context):
              return os.environ["GREETING"]
Outputs:
  Arn: {Value: !GetAtt Hello.Arn, Description: Of the function, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""


RULED = """
Parameters: {Stage: {Type: String, Default: prod}, Size: {Type: String, Default: large}}
Rules:
  Large:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
    - {Assert: !Not [{"Fn::Contains": [[large, huge], !Ref Size]}], AssertDescription: Not in production.}
    - {Assert: {"Fn::EachMemberIn": [{"Fn::RefAll": String}, [prod, large]]}, AssertDescription: Never.}
  Elsewhere: {RuleCondition: !Equals [!Ref Stage, test], Assertions: [{Assert: !Equals [1, 2]}]}
Resources: {Handle: {Type: AWS::CloudFormation::WaitConditionHandle}}
"""


def only(kind: str, **properties: Any) -> str:
    return json.dumps({"Resources": {"Only": {"Type": kind, "Properties": properties}}})


def said(functions: Any, name: str) -> str:
    return str(json.loads(functions.invoke(FunctionName=name)["Payload"].read()))


def test_a_stack_lives(stacks: Any, functions: Any) -> None:
    identifier = stacks.create_stack(StackName="life", TemplateBody=TEMPLATE, Tags=[{"Key": "a", "Value": "b"}])["StackId"]
    assert waited(stacks, "create", "life") == "CREATE_COMPLETE"
    begun = ["Hello CREATE_IN_PROGRESS", "Hello CREATE_IN_PROGRESS Resource creation Initiated", "Hello CREATE_COMPLETE"]
    events = told(stacks, "life")
    assert events[:4] == ["life CREATE_IN_PROGRESS User Initiated", *begun]
    assert events[-1] == "life CREATE_COMPLETE"
    assert len(events) == 2 + 3 * 5
    names = physical(stacks, "life")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{names['Hello']}"
    assert names["Hello"].startswith("life-Hello-")
    assert (names["One"], names["Live"]) == (f"{arn}:1", f"{arn}:live")
    stack = stacks.describe_stacks(StackName=identifier)["Stacks"][0]
    assert stack["Parameters"] == [{"ParameterKey": "Greeting", "ParameterValue": "hello"},
                                   {"ParameterKey": "Password", "ParameterValue": "****"}]
    assert stack["Outputs"] == [{"OutputKey": "Arn", "OutputValue": arn, "Description": "Of the function",
                                 "ExportName": "life-arn"}]
    assert stacks.list_exports()["Exports"] == [{"ExportingStackId": identifier, "Name": "life-arn", "Value": arn}]
    assert functions.get_function_configuration(FunctionName=names["Hello"])["Timeout"] == 7
    assert said(functions, names["Hello"]) == "hello"
    given = {"aws:cloudformation:stack-name": "life", "aws:cloudformation:stack-id": identifier,
             "aws:cloudformation:logical-id": "Hello"}
    assert functions.list_tags(Resource=arn)["Tags"] == {"a": "b", **given}

    assert refused(stacks.update_stack, StackName="life", TemplateBody=TEMPLATE).body["message"] == (
        "No updates are to be performed.")
    stacks.update_stack(StackName="life", UsePreviousTemplate=True, Tags=[{"Key": "c", "Value": "d"}],
                        Parameters=[{"ParameterKey": "Greeting", "ParameterValue": "bye"}])
    assert waited(stacks, "update", "life") == "UPDATE_COMPLETE"
    assert told(stacks, "life", after=len(events)) == [
        "life UPDATE_IN_PROGRESS User Initiated", "Hello UPDATE_IN_PROGRESS", "Hello UPDATE_COMPLETE",
        "life UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "life UPDATE_COMPLETE"]
    assert said(functions, names["Hello"]) == "bye"
    assert functions.list_tags(Resource=arn)["Tags"] == {"c": "d", **given}
    shown = str(stacks.describe_stack_events(StackName="life")["StackEvents"])
    assert '"PASSWORD":"****"' in shown
    assert "never-shown" not in shown

    stacks.delete_stack(StackName="life")
    assert waited(stacks, "delete", identifier) == "DELETE_COMPLETE"
    assert refused(stacks.describe_stacks, StackName="life").body["message"] == "Stack with id life does not exist"
    assert refused(functions.get_function, FunctionName=names["Hello"]).status == 404


def test_a_failure_while_a_stack_is_made_takes_everything_back(stacks: Any, functions: Any) -> None:
    """The reason is what the Lambda API says, as CloudFormation's handlers word it."""
    broken = TEMPLATE.replace("MaximumRetryAttempts: 0", "MaximumRetryAttempts: 9")
    stacks.create_stack(StackName="broken", TemplateBody=broken)
    assert waited(stacks, "create", "broken") == "ROLLBACK_COMPLETE"
    name = physical(stacks, "broken")["Hello"]
    assert refused(functions.get_function, FunctionName=name).status == 404
    events = told(stacks, "broken")
    failed = next(event for event in events if "CREATE_FAILED" in event)
    assert failed == (
        'Retries CREATE_FAILED Resource handler returned message: "1 validation error detected: Value \'9\' at '
        "'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2 (Service: Lambda, "
        'Status Code: 400, Request ID: …) (SDK Attempt Count: 1)" (RequestToken: …, HandlerErrorCode: InvalidRequest)')
    assert events[events.index(failed) + 1] == (
        "broken ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Retries]. Rollback requested by user.")
    assert events[-3:] == ["Hello DELETE_IN_PROGRESS", "Hello DELETE_COMPLETE", "broken ROLLBACK_COMPLETE"]
    assert refused(stacks.update_stack, StackName="broken", TemplateBody=TEMPLATE).body["message"].endswith(
        "is in ROLLBACK_COMPLETE state and can not be updated.")
    stacks.delete_stack(StackName="broken")


def test_a_failing_update_brings_everything_back(stacks: Any, functions: Any) -> None:
    stacks.create_stack(StackName="back", TemplateBody=TEMPLATE)
    waited(stacks, "create", "back")
    name, before = physical(stacks, "back")["Hello"], len(told(stacks, "back"))
    stacks.update_stack(StackName="back", TemplateBody=TEMPLATE.replace('"7"', '"9"').replace("Name: live", "Name: '7'").replace(
        'environ["GREETING"]', 'environ["NOTHING"]'))
    assert waited(stacks, "update", "back") == "UPDATE_ROLLBACK_COMPLETE"
    events = told(stacks, "back", after=before)
    assert "back UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Live]." in events
    assert events[-2:] == ["back UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "back UPDATE_ROLLBACK_COMPLETE"]
    assert functions.get_function_configuration(FunctionName=name)["Timeout"] == 7
    assert said(functions, name) == "hello"
    assert outputs(stacks, "back")["Arn"].endswith(name)
    stacks.delete_stack(StackName="back")


def test_a_function_that_was_saved_into_the_template_stays(engine: SharedEngine, stacks: Any, functions: Any) -> None:
    """A function of the template is not the stack's any more. There is nothing like it on AWS."""
    identifier = stacks.create_stack(StackName="saved", TemplateBody=TEMPLATE)["StackId"]
    waited(stacks, "create", "saved")
    name, template = physical(stacks, "saved")["Hello"], engine.workspace / "template.yaml"
    before = template.read_text()
    engine.told(lambda client: client.template.save_functions([name], SavingWish()))
    assert "aws:cloudformation" not in template.read_text()
    stacks.delete_stack(StackName="saved")
    assert waited(stacks, "delete", identifier) == "DELETE_COMPLETE"
    reason = "The function was saved into the workspace's template, and stays there with what belongs to it."
    assert f"Hello DELETE_SKIPPED {reason}" in told(stacks, identifier)
    assert f"Live DELETE_SKIPPED {reason}" in told(stacks, identifier)
    assert said(functions, f"{name}:live") == "hello"
    functions.delete_function(FunctionName=name)
    template.write_text(before)
    asyncio.run(engine.refresh())


def test_change_sets_tell_what_they_would_do(stacks: Any) -> None:
    created = stacks.create_change_set(StackName="seen", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=TEMPLATE)
    described = stacks.describe_change_set(StackName="seen", ChangeSetName="one")
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert {(each["ResourceChange"]["Action"], each["ResourceChange"]["LogicalResourceId"]) for each in described["Changes"]} == {
        ("Add", name) for name in ("Allowed", "Hello", "Live", "One", "Retries")}
    assert stacks.describe_stacks(StackName="seen")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    stacks.execute_change_set(ChangeSetName=created["Id"])
    assert waited(stacks, "create", "seen") == "CREATE_COMPLETE"

    stacks.create_change_set(StackName="seen", ChangeSetName="same", TemplateBody=TEMPLATE)
    same = stacks.describe_change_set(StackName="seen", ChangeSetName="same")
    assert (same["Status"], same["StatusReason"]) == (
        "FAILED", "The submitted information didn't contain changes. Submit different information to create a change set.")
    other = TEMPLATE.replace("  Live:", "  Renamed:").replace("!Ref Live", "!Ref Renamed").replace("Name: live", "Name: beta")
    stacks.create_change_set(StackName="seen", ChangeSetName="other", TemplateBody=other)
    changes = [each["ResourceChange"] for each in stacks.describe_change_set(StackName="seen", ChangeSetName="other")["Changes"]]
    assert [(each["Action"], each["LogicalResourceId"], each.get("Replacement")) for each in changes] == [
        ("Modify", "Allowed", "Conditional"), ("Remove", "Live", None), ("Add", "Renamed", None),
        ("Modify", "Retries", "Conditional")]
    stacks.delete_change_set(StackName="seen", ChangeSetName="other")
    assert refused(stacks.describe_change_set, StackName="seen", ChangeSetName="other").code == "ChangeSetNotFound"
    stacks.delete_stack(StackName="seen")


@pytest.mark.parametrize(("kind", "reason"), [
    ("AWS::SQS::Queue", "Resource type AWS::SQS::Queue is not available here: it is another service's. Start the engine with "
     "--services moto, or with --services and the URL of an endpoint that has them."),
    ("AWS::Lambda::CodeSigningConfig", "Resource type AWS::Lambda::CodeSigningConfig is not available here: Lambda Workbench "
     "does not make it."),
])
def test_nothing_is_complete_that_was_not_made(stacks: Any, kind: str, reason: str) -> None:
    name = kind.rpartition(":")[2]
    stacks.create_stack(StackName=name, TemplateBody=only(kind), OnFailure="DO_NOTHING")
    assert waited(stacks, "create", name) == "CREATE_FAILED"
    assert f"Only CREATE_FAILED {reason}" in told(stacks, name)
    stacks.delete_stack(StackName=name)


@pytest.mark.parametrize(("call", "parameters", "code", "message"), [
    ("describe_stacks", {"StackName": "nobody"}, "ValidationError", "Stack with id nobody does not exist"),
    ("describe_stack_events", {"StackName": "nobody"}, "ValidationError", "Stack [nobody] does not exist"),
    ("update_stack", {"StackName": "nobody", "TemplateBody": TEMPLATE}, "ValidationError", "Stack [nobody] does not exist"),
    ("describe_change_set", {"StackName": "nobody", "ChangeSetName": "x"}, "ValidationError", "Stack [nobody] does not exist"),
    ("create_stack", {"StackName": "x", "TemplateBody": only("AWS::IAM::Role")}, "InsufficientCapabilitiesException",
     "Requires capabilities : [CAPABILITY_IAM]"),
    ("create_stack", {"StackName": "x", "TemplateBody": only("AWS::IAM::Role", RoleName="r"), "Capabilities": ["CAPABILITY_IAM"]},
     "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
    ("create_stack", {"StackName": "x", "TemplateBody": TEMPLATE, "Parameters": [
        {"ParameterKey": "Greeting", "ParameterValue": "no"}]}, "ValidationError",
     "Parameter 'Greeting' must be one of AllowedValues"),
    ("create_stack", {"StackName": "x", "TemplateBody": TEMPLATE, "Parameters": [
        {"ParameterKey": "Other", "ParameterValue": "no"}]}, "ValidationError",
     "Parameters: [Other] do not exist in the template"),
    ("create_stack", {"StackName": "x", "TemplateBody": RULED}, "ValidationError",
     "Template validation error: Rule Large: Not in production."),
    ("create_change_set", {"StackName": "x", "ChangeSetName": "x", "ChangeSetType": "CREATE", "TemplateBody": RULED},
     "ValidationError", "Template validation error: Rule Large: Not in production."),
    ("create_stack", {"StackName": "x", "TemplateBody": "Transform: Mine\nResources: {A: {Type: T}}",
                      "Capabilities": ["CAPABILITY_AUTO_EXPAND"]}, "ValidationError",
     "No transform named Mine found. Only AWS::Serverless-2016-10-31 and AWS::LanguageExtensions are available here."),
    ("detect_stack_drift", {"StackName": "x"}, "ValidationError", "DetectStackDrift is not available here. Lambda Workbench has "
     "change sets, stacks, their events and outputs."),
    ("create_change_set", {"StackName": "1", "ChangeSetName": "x"}, "ValidationError",
     "1 validation error detected: Value '1' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression "
     "pattern: ([a-zA-Z][-a-zA-Z0-9]*)|(arn:\\b(aws|aws-us-gov|aws-cn)\\b:[-a-zA-Z0-9:/._+]*)"),
])
def test_refusals(stacks: Any, call: str, parameters: dict[str, Any], code: str, message: str) -> None:
    refusal = refused(getattr(stacks, call), **parameters)
    assert (refusal.status, refusal.code, refusal.body["message"]) == (400, code, message)


def test_a_summary_of_a_template(stacks: Any) -> None:
    found = stacks.get_template_summary(TemplateBody=TEMPLATE)
    assert found["Description"] == "A function and all that belongs to it"
    assert [(each["ParameterKey"], each["ParameterType"], each["NoEcho"]) for each in found["Parameters"]] == [
        ("Greeting", "String", False), ("Password", "String", True)]
    assert stacks.validate_template(TemplateBody=TEMPLATE)["Parameters"][0]["DefaultValue"] == "hello"


SNAP_START = """
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/any
      SnapStart: {ApplyOn: PublishedVersions}
      Code:
        ZipFile: |
          from snapshot_restore_py import register_before_snapshot
          @register_before_snapshot
          def hook():
              print(1 / 0)
          def handler(event, context):
              return event
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Hello}}
"""


@pytest.mark.parametrize("divisor", [1, 0])
def test_a_version_is_stable_once_its_snapshot_was_made(stacks: Any, functions: Any, divisor: int) -> None:
    """Recorded: `did not stabilize. Status Reason is An error occurred during function initialization.`"""
    stack = f"snap-{divisor}"
    stacks.create_stack(StackName=stack, TemplateBody=SNAP_START.replace("1 / 0", f"1 / {divisor}"))
    status = waited(stacks, "create", stack)
    events = told(stacks, stack)
    if divisor:
        assert status == "CREATE_COMPLETE"
        found = functions.get_function_configuration(FunctionName=physical(stacks, stack)["One"])
        assert (found["State"], found["SnapStart"]["OptimizationStatus"]) == ("Active", "On")
    else:
        assert status == "ROLLBACK_COMPLETE"
        assert any("An error occurred during function initialization." in event for event in events), events
