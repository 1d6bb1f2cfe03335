"""Functions of the API are saved into the template and taken from it: to clients they are the same function all the time.

No source: Lambda has nothing like it. What has to stay is what each answer told before.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, create, lambda_client, plain, settled, zipped
from tests.support.shared_engine import SharedEngine
from tests.support.workspaces import PYTHON_RUNTIME
from workbench.model.failures import ServiceError
from workbench.model.saving import SavingReport, SavingWish

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
CODE = """
import os
import deep.shared, flat
def handler(event, context):
    said = [deep.shared.WORD, flat.WORD, os.environ["STAGE"], os.environ["API_KEY"]]
    return [*said, context.function_name, context.invoked_function_arn]
"""
NOT_TOLD = ("Layers", "Role")
"""What answers do not tell of functions of the template: layers that lie in the workspace, and a role of one's own."""


def save(engine: SharedEngine, *names: str, **wish: Any) -> list[SavingReport]:
    return asyncio.run(engine.ask(lambda client: client.template.save_functions(names, SavingWish(**wish))))


def make(client: Any, name: str) -> None:
    layers = [client.publish_layer_version(LayerName=layer, Content={"ZipFile": zipped({path: f"WORD = {layer!r}\n"})})
              for layer, path in (("deep", "python/deep/shared.py"), ("flat", "python/flat.py"))]
    create(client, name, Runtime=PYTHON_RUNTIME, Code={"ZipFile": zipped(CODE)}, MemorySize=192, Description="made by boto3",
           Layers=[each["LayerVersionArn"] for each in layers], Tags={"team": "a"}, TracingConfig={"Mode": "Active"},
           DeadLetterConfig={"TargetArn": QUEUE}, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
           KMSKeyArn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/one",
           LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
           Environment={"Variables": {"STAGE": "one", "API_KEY": "hunter2"}})
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=4)
    client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    client.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")


def seen(client: Any, name: str) -> dict[str, Any]:
    """Everything that a client learns of a function, except what depends on when and from which files it was packaged."""
    configuration = settled(plain(client.get_function_configuration(FunctionName=name)))
    invoke = plain(client.get_function_event_invoke_config(FunctionName=name))
    return {
        "configuration": {member: value for member, value in configuration.items() if member not in NOT_TOLD},
        "tags": client.list_tags(Resource=configuration["FunctionArn"])["Tags"],
        "concurrency": plain(client.get_function_concurrency(FunctionName=name)),
        "event invoke": {member: value for member, value in invoke.items() if member != "LastModified"},
        "policy": plain(client.get_policy(FunctionName=name)),
        "alias": plain(client.get_alias(FunctionName=name, Name="live")),
        "versions": [each["Version"] for each in client.list_versions_by_function(FunctionName=name)["Versions"]],
        "answers": [client.invoke(FunctionName=each)["Payload"].read() for each in (name, f"{name}:live", f"{name}:1")],
    }


def test_it_stays_the_same_from_one_to_the_other_and_back(engine: SharedEngine, client: Any) -> None:
    name, template = "made-here", engine.workspace / "template.yaml"
    make(client, name)
    before, text = seen(client, name), template.read_text()
    (preview,) = save(engine, name, is_preview=True)
    assert (template.read_text(), seen(client, name)) == (text, before)
    (report,) = save(engine, name)
    assert (preview, report.logical_id) == (report, "MadeHere")
    assert report.folders == ("made-here/", "layers/deep/", "layers/flat/")
    assert ("hunter2" in template.read_text(), report.parameters) == (False, ("MadeHereApiKey",))
    assert [each.split(" stays ")[0] for each in report.kept[1:]] == ["1 published version", "1 alias", "1 policy"]
    assert seen(client, name) == before
    assert asyncio.run(engine.ask(lambda it: it.template.overrides(name))) == []
    assert json.loads(before["answers"][0])[:4] == ["deep", "flat", "one", "hunter2"]
    saved = template.read_text()

    taken = asyncio.run(engine.ask(lambda it: it.template.take_function(name)))
    assert (taken.template, taken.logical_id, taken.lost) == ("template.yaml", "MadeHere", ())
    assert f"FunctionName: {name}" not in template.read_text()
    assert seen(client, name) == before
    layers = client.get_function_configuration(FunctionName=name)["Layers"]
    assert [each["Arn"].split(":")[-2:] for each in layers] == [["deep", "1"], ["flat", "1"]]

    (again,) = save(engine, name)
    assert (again.folders, again.parameters) == (("made-here/",), ("MadeHereApiKey",))
    assert template.read_text() == saved
    assert seen(client, name) == before
    # What the template says is followed, the numbers of versions go on: the function is one like any other.
    template.write_text(saved.replace("ReservedConcurrentExecutions: 4", "ReservedConcurrentExecutions: 6"))
    asyncio.run(engine.refresh())
    assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 6
    assert client.publish_version(FunctionName=name)["Version"] == "2"
    (engine.workspace / "made-here" / "app.py").write_text("def handler(event, context):\n    return 'edited'\n")
    asyncio.run(engine.refresh())
    assert client.invoke(FunctionName=name)["Payload"].read() == b'"edited"'
    assert client.invoke(FunctionName=f"{name}:2")["Payload"].read() == before["answers"][0].replace(
        f":{name}\"".encode(), f":{name}:2\"".encode())


def test_images_and_functions_elsewhere(engine: SharedEngine, client: Any) -> None:
    uri = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/made:latest"
    create(client, "of-an-image", PackageType="Image", Code={"ImageUri": uri}, Runtime=None, Handler=None,
           ImageConfig={"Command": ["app.other"]})
    with closing(lambda_client(engine.url, region="eu-west-1")) as elsewhere:
        create(elsewhere, "there")
        with pytest.raises(ServiceError, match="there is in eu-west-1, and the template's functions are in us-east-1"):
            save(engine, "there")
        elsewhere.delete_function(FunctionName="there")
    (report,) = save(engine, "of-an-image")
    assert (report.folders, report.logical_id) == ((), "OfAnImage")
    written = (engine.workspace / "template.yaml").read_text().partition("  OfAnImage:\n")[2]
    assert written == f"""\
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: of-an-image
      PackageType: Image
      ImageUri: {uri}
      ImageConfig:
        Command:
          - app.other
"""
    found = client.get_function(FunctionName="of-an-image")
    assert (found["Code"]["ImageUri"], found["Configuration"]["PackageType"]) == (uri, "Image")


def test_of_all_functions_those_that_can_be_saved_are(engine: SharedEngine, client: Any) -> None:
    for name in ("alpha", "Beta", "beta"):
        create(client, name, Runtime=PYTHON_RUNTIME, Code={"ZipFile": zipped(f"def handler(e, c):\n    return {name!r}\n")})
    (engine.workspace / "alpha").mkdir()
    reports = {each.function: each for each in save(engine)}
    # The logical ID Beta would hide the function Beta until that is saved itself.
    assert {name: (each.logical_id, each.folders[0].lower(), each.refused) for name, each in reports.items()} == {
        "Beta": ("Beta", "beta/", ""), "alpha": ("Alpha", "alpha-2/", ""), "beta": ("Beta2", "beta/", "")}
    assert [client.invoke(FunctionName=name)["Payload"].read() for name in reports] == [
        json.dumps(name).encode() for name in reports]
    assert save(engine) == []


INLINE = """
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: inlined
      Runtime: %s
      Handler: index.handler
      ReservedConcurrentExecutions: 3
      Tracing: Active
      InlineCode: |
        import first, second
        def handler(event, context):
            return [first.WORD, second.WORD]
      Layers: [!Ref First, !Ref Second]
      Events:
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
  First: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: own/first}}
  Second: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: own/second}}
"""


def test_what_only_a_template_has_is_taken_as_far_as_the_api_knows_it(engine: SharedEngine, client: Any) -> None:
    template = engine.workspace / "template.yaml"
    for layer in ("first", "second"):
        (engine.workspace / "own" / layer / "python").mkdir(parents=True)
        (engine.workspace / "own" / layer / "python" / f"{layer}.py").write_text(f"WORD = {layer!r}\n")
    template.write_text(template.read_text() + INLINE % PYTHON_RUNTIME)
    asyncio.run(engine.refresh())
    before = client.invoke(FunctionName="inlined")["Payload"].read()
    assert json.loads(before) == ["first", "second"]
    taken = asyncio.run(engine.ask(lambda it: it.template.take_function("Inline")))  # by its logical ID, too
    assert (taken.function, taken.lost) == (
        "inlined", ("Events of the template is not part of the API's function; the trash has the whole entry.",))
    assert "Inline:" not in template.read_text()
    assert client.invoke(FunctionName="inlined")["Payload"].read() == before
    found = client.get_function(FunctionName="inlined")
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    assert found["Configuration"]["TracingConfig"] == {"Mode": "Active"}
    assert [each["Arn"].split(":")[-2:] for each in found["Configuration"]["Layers"]] == [["inlined-layers", "1"]]
    with pytest.raises(ServiceError, match="is a function of the API already"):
        asyncio.run(engine.ask(lambda it: it.template.take_function("inlined")))
    (report,) = save(engine, "inlined")
    assert report.folders == ("inlined/", "layers/inlined-layers/")
    assert client.invoke(FunctionName="inlined")["Payload"].read() == before
