"""Custom resources, whose function really answers: made, changed, replaced, deleted, failed, silent; without a services endpoint.

Sources: CloudFormation template reference, "Custom resource request types", "Custom resource response objects"; recorded
reasons of events.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support.stacks import outputs, physical, told, waited

TEMPLATE = """
Resources:
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 10
      Role: arn:aws:iam::123456789012:role/any
      Code:
        ZipFile: |
          import json, os, urllib.request
          def handler(event, context):
              given = event["ResourceProperties"]
              if given["Way"] == "raises":
                  raise RuntimeError("no way")
              if given["Way"] == "silent":
                  return
              told = {key: event[key] for key in event if key not in ("ResponseURL", "RequestId", "StackId", "ServiceToken")}
              answer = {"Status": "FAILED" if given["Way"] == event["RequestType"] else "SUCCESS", "Reason": "as told",
                        "PhysicalResourceId": given["Id"], "NoEcho": True,
                        "StackId": event["StackId"], "RequestId": event["RequestId"], "Data": {
                            "Told": json.dumps(told, sort_keys=True), "Secret": "never-" + "shown", "Url": event["ResponseURL"]}}
              urllib.request.urlopen(urllib.request.Request(
                  event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")).close()
  Custom:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Maker.Arn, Way: WAY, Id: ID, Count: 3, Nested: [{Flag: true}], ServiceTimeout: TIMEOUT}
  Uses:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Maker, Name: live, FunctionVersion: $LATEST, Description: !GetAtt Custom.Secret}
Outputs:
  Told: {Value: !GetAtt Custom.Told}
  Url: {Value: !GetAtt Custom.Url}
  Id: {Value: !Ref Custom}
"""
IN_NODE = """
Resources:
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Timeout: 10
      Role: arn:aws:iam::123456789012:role/any
      Code:
        ZipFile: |
          const https = require("https"), url = require("url");
          exports.handler = (event) => new Promise((resolve, reject) => {
            const { hostname, path } = url.parse(event.ResponseURL);
            const body = JSON.stringify({ Status: "SUCCESS", PhysicalResourceId: "id", Data: { Said: "over https" } });
            const headers = { "content-type": "", "content-length": body.length };
            const request = https.request({ hostname, path, method: "PUT", headers }, (answer) => resolve(answer.resume()));
            request.on("error", reject).end(body);
          }).then(() => {});
  Custom: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Maker.Arn, ServiceTimeout: "30"}}
Outputs: {Said: {Value: !GetAtt Custom.Said}}
"""
SILENT = ("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId […]. If you "
          "are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can "
          "attach the updated version.")
REQUEST_ID = re.compile(r"[0-9a-f-]{36}")


def template(*, way: str = "well", identifier: str = "one", timeout: str = "30") -> str:
    return TEMPLATE.replace("WAY", way).replace("ID,", f"{identifier},").replace("TIMEOUT", timeout)


def without_ids(sentence: str) -> str:
    return REQUEST_ID.sub("…", sentence)


def test_a_custom_resource_lives(stacks: Any) -> None:
    identifier = stacks.create_stack(StackName="custom", TemplateBody=template())["StackId"]
    assert waited(stacks, "create", "custom") == "CREATE_COMPLETE", told(stacks, "custom")
    found = outputs(stacks, "custom")
    assert (found["Id"], physical(stacks, "custom")["Custom"]) == ("one", "one")
    token = json.loads(found["Told"])["ResourceProperties"].pop("ServiceToken")
    properties = {"ServiceToken": token, "Way": "well", "Id": "one", "Count": "3", "Nested": [{"Flag": "true"}],
                  "ServiceTimeout": "30"}
    assert json.loads(found["Told"]) == {
        "RequestType": "Create", "LogicalResourceId": "Custom", "ResourceType": "Custom::Thing", "ResourceProperties": properties}
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(found["Url"], b"{}", method="PUT"))

    stacks.update_stack(StackName="custom", TemplateBody=template(identifier="two"))
    assert waited(stacks, "update", "custom") == "UPDATE_COMPLETE", told(stacks, "custom")
    found = outputs(stacks, "custom")
    assert json.loads(found["Told"]) == {
        "RequestType": "Update", "LogicalResourceId": "Custom", "ResourceType": "Custom::Thing", "PhysicalResourceId": "one",
        "ResourceProperties": {**properties, "Id": "two"}, "OldResourceProperties": properties}
    assert found["Id"] == "two"
    assert told(stacks, "custom")[-4:] == [
        "custom UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Custom DELETE_IN_PROGRESS", "Custom DELETE_COMPLETE",
        "custom UPDATE_COMPLETE"]

    stacks.update_stack(StackName="custom", TemplateBody=template(way="Update", identifier="three"))
    assert waited(stacks, "update", "custom") == "UPDATE_ROLLBACK_COMPLETE"
    assert outputs(stacks, "custom")["Id"] == "two"
    stacks.delete_stack(StackName="custom")
    assert waited(stacks, "delete", identifier) == "DELETE_COMPLETE"
    shown = str(stacks.describe_stack_events(StackName=identifier)["StackEvents"])
    assert "never-shown" not in shown


@pytest.mark.parametrize(("way", "timeout", "reason"), [
    ("Create", "30", "Received response status [FAILED] from custom resource. Message returned: as told (RequestId: …)"),
    ("raises", "30", f"{SILENT} The function failed: no way"),
    ("silent", "1", SILENT),
])
def test_failures_take_everything_back(stacks: Any, way: str, timeout: str, reason: str) -> None:
    name = f"fails-{way}"
    stacks.create_stack(StackName=name, TemplateBody=template(way=way, timeout=timeout))
    assert waited(stacks, "create", name) == "ROLLBACK_COMPLETE"
    events = [without_ids(each) for each in told(stacks, name)]
    assert f"Custom CREATE_FAILED {reason}" in events
    assert ("Custom DELETE_COMPLETE" in events) == (way == "Create"), "what it said it has made is deleted"
    stacks.delete_stack(StackName=name)


@pytest.mark.node
def test_answers_that_know_of_https_alone(stacks: Any) -> None:
    """Handlers in Node.js, those of the AWS CDK among them, send to host and path of the ResponseURL, at HTTPS's own port."""
    if shutil.which("node") is None:
        pytest.skip("there is no Node.js on this machine")
    identifier = stacks.create_stack(StackName="node", TemplateBody=IN_NODE)["StackId"]
    assert waited(stacks, "create", "node") == "CREATE_COMPLETE", told(stacks, "node")
    assert outputs(stacks, "node") == {"Said": "over https"}
    stacks.delete_stack(StackName="node")
    assert waited(stacks, "delete", identifier) == "DELETE_COMPLETE"


def test_what_cannot_be_one(stacks: Any) -> None:
    for token, reason in (
            ("arn:aws:sns:us-east-1:123456789012:topic", "A custom resource needs the ARN of a Lambda function as its "
             "ServiceToken here, not arn:aws:sns:us-east-1:123456789012:topic."),
            ("arn:aws:lambda:us-east-1:123456789012:function:nobody", "Function not found: "
             "arn:aws:lambda:us-east-1:123456789012:function:nobody:$LATEST")):
        name = f"no-{token.split(':')[2]}"
        body = {"Resources": {"Only": {"Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": token}}}}
        stacks.create_stack(StackName=name, TemplateBody=json.dumps(body), OnFailure="DO_NOTHING")
        assert waited(stacks, "create", name) == "CREATE_FAILED"
        assert any(each.startswith(f"Only CREATE_FAILED {reason}") for each in told(stacks, name)), told(stacks, name)
        stacks.delete_stack(StackName=name)
