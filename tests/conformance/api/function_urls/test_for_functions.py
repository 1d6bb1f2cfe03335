"""The addresses of function URLs that programs are given: in a stack's outputs, and within texts.

What functions are given is in `tests/contract/test_urls_for_functions.py`.
"""

from __future__ import annotations

import contextlib

from tests.support.api_clients import lambda_client
from tests.support.function_urls import sent
from tests.support.shared_engine import SharedEngine
from tests.support.stacks import outputs, waited
from workbench.model.url_addresses import for_programs, names_url

STACK = """
Resources:
  Called:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/any
      Code:
        ZipFile: |
          def handler(event, context):
              return [event["rawPath"], event["body"]]
  CalledUrl: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Called, AuthType: NONE}}
  Everyone:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Called, Principal: "*", Action: lambda:InvokeFunctionUrl, FunctionUrlAuthType: NONE}
  ByUrl:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Called, Principal: "*", Action: lambda:InvokeFunction, InvokedViaFunctionUrl: true}
Outputs:
  Url: {Value: !GetAtt CalledUrl.FunctionUrl}
"""


def test_a_stack_s_output_is_for_programs(engine: SharedEngine) -> None:
    with contextlib.closing(lambda_client(engine.url, service="cloudformation")) as stacks:
        stacks.create_stack(StackName="urls", TemplateBody=STACK)
        assert waited(stacks, "create", "urls") == "CREATE_COMPLETE"
        address = outputs(stacks, "urls")["Url"]
        assert address.startswith(f"{engine.url}/_url/")
        answer = sent(engine.url, "POST", address.removeprefix(engine.url) + "a/b", {"Content-Type": "text/plain"}, b"x")
        assert (answer.status, answer.document) == (200, ["/a/b", "x"])
        stacks.delete_stack(StackName="urls")
        stacks.get_waiter("stack_delete_complete").wait(StackName="urls", WaiterConfig={"Delay": 0.05})


def test_addresses_within_texts() -> None:
    known = "a" * 32
    base = "http://127.0.0.1:9001"
    local = f"{base}/_url/{known}"
    for text, found in (
            (f"https://{known}.lambda-url.us-east-1.on.aws/x?y=1", f"{local}/x?y=1"),
            (f"http://{known}.lambda-url.eu-west-1.localhost:9001/", f"{local}/"),
            (f"http://127.0.0.1:1234/_url/{known}/", f"{local}/"),
            (f'{{"url": "https://{known}.lambda-url.us-east-1.on.aws"}}', f'{{"url": "{local}"}}')):
        assert (for_programs(text, base, known.__eq__), names_url(text)) == (found, True)
    for text in (f"https://{known}.lambda-url.us-east-1.on.aws.example.com/", "https://example.com/", "", f"{known}.on.aws"):
        assert (for_programs(text, base, known.__eq__), names_url(text)) == (text, False)
