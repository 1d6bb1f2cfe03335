"""One endpoint for everything: boto3 with nothing but AWS_ENDPOINT_URL, Lambda answered here, other services by moto's server.

What moto answers is not compared; what arrives there and comes back is.
"""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import msgspec
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.api_clients import ACCOUNT, REGION, ROLE, create, lambda_client, refused, zipped
from tests.support.engines import served, until
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

BIG_BYTES = 64 << 20
NEW: dict[str, Any] = {"Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped()}}
STORED = """
  Stored:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: s3://bucket/stored.zip, Layers: [!Ref Shared]}
  Shared:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: {S3Bucket: bucket, S3Key: layers/shared.zip}}
"""
FUNCTION = """
def handler(event, context):
    return 'template'
"""


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve --services moto`."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": FUNCTION})
    with shared_by_tests(tmp_path_factory, builder.write(), "--services", "moto") as engine, closing(s3_client(engine.url)) as s3:
        s3.create_bucket(Bucket="bucket")
        yield engine


def s3_client(url: str, **options: Any) -> Any:
    return boto3.client("s3", endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
                        config=Config(**options))


@pytest.fixture
def s3(engine: SharedEngine) -> Iterator[Any]:
    with closing(s3_client(engine.url)) as client:
        yield client


def moto_of(engine_pid: int) -> psutil.Process:
    """The server that an engine has started."""
    return next(each for each in psutil.Process(engine_pid).children() if any("moto_server" in word for word in each.cmdline()))


def test_one_address_serves_them_all(engine: SharedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.url)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    queue = session.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    assert queue.startswith(engine.url), "what a service says about itself leads here"
    session.client("sqs").send_message(QueueUrl=queue, MessageBody="message")
    assert session.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "message"
    session.client("dynamodb").create_table(
        TableName="table", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    session.client("dynamodb").put_item(TableName="table", Item={"id": {"S": "1"}})
    assert session.client("dynamodb").get_item(TableName="table", Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}
    assert session.client("sts").get_caller_identity()["Account"] == ACCOUNT
    session.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    assert session.client("iam").get_role(RoleName="role")["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/role"
    found = [each["FunctionName"] for each in session.client("lambda").list_functions()["Functions"]]
    assert "FromTemplate" in found, "moto's own Lambda has none"


def test_an_account_as_the_key_is_the_account_there_too(engine: SharedEngine) -> None:
    with closing(lambda_client(engine.url, service="sts", key="210987654321")) as sts:
        assert sts.get_caller_identity()["Account"] == "210987654321"
    with closing(lambda_client(engine.url, service="sqs", key="210987654321")) as sqs:
        assert "/210987654321/" in sqs.create_queue(QueueName="theirs")["QueueUrl"]
        assert refused(sqs.get_queue_url, QueueName="mine").status == 400


def test_a_role_of_another_account_is_assumed_there(engine: SharedEngine) -> None:
    with closing(lambda_client(engine.url, service="sts")) as sts:
        role = sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/role", RoleSessionName="session")["Credentials"]
    with closing(lambda_client(engine.url, service="sts", key=role["AccessKeyId"])) as assumed:
        assert assumed.get_caller_identity()["Account"] == "111122223333"


def test_objects_come_back_as_they_were_sent(s3: Any) -> None:
    key, content = "a folder/ü +%2F~.txt", os.urandom(300_000)
    s3.put_object(Bucket="bucket", Key=key, Body=content, Metadata={"name": "value"})
    found = s3.get_object(Bucket="bucket", Key=key)
    assert (found["Body"].read(), found["Metadata"]) == (content, {"name": "value"})
    assert s3.get_object(Bucket="bucket", Key=key, Range="bytes=10-19")["Body"].read() == content[10:20]
    head = s3.head_object(Bucket="bucket", Key=key)
    assert head["ContentLength"] == len(content)
    packed = gzip.compress(b"text")
    s3.put_object(Bucket="bucket", Key="packed", Body=packed, ContentEncoding="gzip")
    assert s3.get_object(Bucket="bucket", Key="packed")["Body"].read() == packed, "nobody unpacks it on the way"
    s3.delete_object(Bucket="bucket", Key=key)
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="bucket", Key=key)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(engine: SharedEngine, version: str) -> None:
    with closing(s3_client(engine.url, signature_version=version)) as s3:
        there = s3.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "presigned"})
        back = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "presigned"})
    # With a type of its own: urllib would call it a form, and moto take it for one.
    urllib.request.urlopen(urllib.request.Request(there, b"content", {"Content-Type": "text/plain"}, method="PUT")).close()
    with urllib.request.urlopen(back) as answer:
        assert answer.read() == b"content"


def test_a_bucket_as_host_name(engine: SharedEngine, s3: Any) -> None:
    """Some systems resolve names below localhost, others do not; so the connection is made here. Source: RFC 6761, 6.3."""
    s3.put_object(Bucket="bucket", Key="hosted", Body=b"content")
    port = urlsplit(engine.url).port
    virtual = s3_client(f"http://localhost:{port}", signature_version="s3v4", s3={"addressing_style": "virtual"})
    with closing(virtual):
        url = urlsplit(virtual.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "hosted"}))
    assert url.netloc == f"bucket.localhost:{port}"
    for host in (url.netloc, f"bucket.s3.localhost:{port}", f"bucket.s3.us-east-1.localhost:{port}"):
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", f"{url.path}?{url.query}", headers={"Host": host})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"content"), host


def test_large_objects_pass_through_without_filling_the_engine(engine: SharedEngine, s3: Any, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        file.truncate(BIG_BYTES)
    process = psutil.Process(engine.process.process.pid)
    before = process.memory_info().rss
    s3.upload_file(str(source), "bucket", "parts")  # in parts, ten at a time
    with source.open("rb") as file:
        s3.put_object(Bucket="bucket", Key="whole", Body=file)
    s3.download_file("bucket", "whole", str(target))
    assert target.stat().st_size == BIG_BYTES
    assert s3.head_object(Bucket="bucket", Key="parts")["ContentLength"] == BIG_BYTES
    assert process.memory_info().rss - before < 30 << 20
    s3.delete_object(Bucket="bucket", Key="parts")
    s3.delete_object(Bucket="bucket", Key="whole")


def test_a_body_without_a_length_and_with_an_expectation(engine: SharedEngine, s3: Any) -> None:
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "chunked"}))
    with closing(http.client.HTTPConnection(url.netloc)) as connection:
        connection.request("PUT", f"{url.path}?{url.query}", iter([b"one ", b"two"]), {"Expect": "100-continue"},
                           encode_chunked=True)
        assert connection.getresponse().status == 200
    assert s3.get_object(Bucket="bucket", Key="chunked")["Body"].read() == b"one two"


def test_an_identity_provider_needs_no_signature(engine: SharedEngine) -> None:
    with closing(lambda_client(engine.url, service="sts")) as sts:
        found = sts.assume_role_with_web_identity(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/role", RoleSessionName="session",
                                                  WebIdentityToken="token")
    assert found["Credentials"]["AccessKeyId"]


def test_code_from_s3(client: Any, s3: Any) -> None:
    """Sources: API reference, FunctionCode; LayerVersionContentInput."""
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="bucket", Key="code/one.zip", Body=zipped())["VersionId"]
    s3.put_object(Bucket="bucket", Key="code/one.zip", Body=zipped("def handler(event, context):\n    return 'two'\n"))
    made = create(client, "from-s3", Code={"S3Bucket": "bucket", "S3Key": "code/one.zip", "S3ObjectVersion": first})
    assert made["CodeSize"] == len(zipped())
    assert result(client) == "one"
    client.update_function_code(FunctionName="from-s3", S3Bucket="bucket", S3Key="code/one.zip")
    client.get_waiter("function_updated_v2").wait(FunctionName="from-s3", WaiterConfig={"Delay": 0.02})
    assert result(client) == "two"
    s3.put_object(Bucket="bucket", Key="layer.zip", Body=zipped({"python/shared.py": "VALUE = 1\n"}))
    layer = client.publish_layer_version(LayerName="from-s3", Content={"S3Bucket": "bucket", "S3Key": "layer.zip"})
    assert layer["Content"]["CodeSize"] > 0
    client.delete_function(FunctionName="from-s3")


def result(client: Any) -> Any:
    return json.loads(client.invoke(FunctionName="from-s3")["Payload"].read())


@pytest.mark.parametrize(("bucket", "key", "version", "told"), [
    ("bucket", "missing", "", "NoSuchKey. S3 Error Message: The specified key does not exist."),
    ("no-such-bucket", "key", "", "NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
    ("elsewhere", "key", "", "PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1. "
     "Please use this region to retry the request"),
])
def test_code_that_is_not_in_s3(client: Any, s3: Any, bucket: str, key: str, version: str, told: str) -> None:
    """Sources: recorded answers of the service; Lambda guide, "Troubleshoot deployment issues in Lambda"."""
    if bucket == "elsewhere" and "elsewhere" not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    message = f"Error occurred while GetObject. S3 Error Code: {told}"
    place = {"S3Bucket": bucket, "S3Key": key}
    found = [refused(client.create_function, FunctionName="never", Runtime="python3.12", Handler="app.handler", Code=place,
                     Role=f"arn:aws:iam::{ACCOUNT}:role/role"),
             refused(client.update_function_code, FunctionName="FromTemplate", **place),
             refused(client.publish_layer_version, LayerName="never", Content=place)]
    for refusal in found:
        assert (refusal.status, refusal.code) == (400, "InvalidParameterValueException")
        assert refusal.body == {"Type": "User", "message": message}
    assert refused(client.get_function, FunctionName="never").status == 404


def test_what_is_in_s3_must_be_a_package(client: Any, s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="text", Body=b"no zip")
    found = refused(client.update_function_code, FunctionName="FromTemplate", S3Bucket="bucket", S3Key="text")
    assert found.body["message"] == "Could not unzip uploaded file. Please check your file, then try to upload again."


def test_code_and_layers_that_the_template_has_in_s3(engine: SharedEngine, client: Any, s3: Any) -> None:
    """Sources: SAM specification, CodeUri and ContentUri; the error is a recorded answer of the service."""
    template = engine.workspace / "template.yaml"
    before = template.read_text()
    template.write_text(before + STORED)
    asyncio.run(engine.refresh())
    missing = refused(client.invoke, FunctionName="Stored")
    assert (missing.status, missing.code, missing.body["message"]) == (
        400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The "
        "specified key does not exist. The template names the code as s3://bucket/stored.zip.")
    content = zipped("import shared\n\ndef handler(event, context):\n    return shared.VALUE\n")
    s3.put_object(Bucket="bucket", Key="layers/shared.zip", Body=zipped({"python/shared.py": "VALUE = 'from the layer'\n"}))
    s3.put_object(Bucket="bucket", Key="stored.zip", Body=content)
    assert json.loads(client.invoke(FunctionName="Stored")["Payload"].read()) == "from the layer"
    found = client.get_function(FunctionName="Stored")
    assert found["Configuration"]["CodeSize"] == len(content)
    with urllib.request.urlopen(found["Code"]["Location"]) as answer:
        assert answer.read() == content
    assert "Shared" in [each["LayerName"] for each in client.list_layers()["Layers"]]
    s3.delete_object(Bucket="bucket", Key="stored.zip")
    asyncio.run(engine.refresh())
    assert client.invoke(FunctionName="Stored")["StatusCode"] == 200, "what was fetched stays, as on AWS"
    template.write_text(before)
    asyncio.run(engine.refresh())


def test_dead_letter_targets_are_looked_up(engine: SharedEngine, client: Any) -> None:
    """Lambda accepts a queue or topic that is there. Sources: as `registry.dead_letters`; SNS API reference, "Common errors"."""
    with closing(lambda_client(engine.url, service="sqs")) as sqs, closing(lambda_client(engine.url, service="sns")) as sns:
        sqs.create_queue(QueueName="dead")
        topic = sns.create_topic(Name="dead")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    missing = {
        f"{queue}-or-not": "Error occurred while SendMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                           "SQS Error Message: The specified queue does not exist.",
        f"{topic}-or-not": "Error occurred while Publish. SNS Error Code: NotFound. SNS Error Message: Topic does not exist",
    }
    for arn, message in missing.items():
        for call in (client.create_function, client.update_function_configuration):
            name = "never" if call == client.create_function else "FromTemplate"
            found = refused(call, FunctionName=name, DeadLetterConfig={"TargetArn": arn}, **(NEW if name == "never" else {}))
            assert (found.status, found.code) == (400, "InvalidParameterValueException")
            assert found.body == {"Type": "User", "message": message}
    assert refused(client.get_function, FunctionName="never").status == 404
    create(client, "buried", DeadLetterConfig={"TargetArn": queue})
    assert client.update_function_configuration(
        FunctionName="buried", DeadLetterConfig={"TargetArn": topic})["DeadLetterConfig"] == {"TargetArn": topic}
    client.delete_function(FunctionName="buried")


async def test_its_end_is_told_and_it_ends_with_the_engine(tmp_path: Path) -> None:
    """What a server held is lost with it, so it does not come back by itself as if nothing had happened."""
    workspace = one_function(tmp_path / "w", FUNCTION)
    with served(workspace, "--services", "moto") as process, closing(lambda_client(process.url, service="sqs")) as sqs:
        sqs.create_queue(QueueName="lost")
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        moto_of(process.process.pid).kill()
        async with EngineClient(connection) as client:
            async def is_told() -> bool:
                return "moto's server has ended (status -9), and with it what it held." in (await client.health()).notice

            await until(is_told)
            found = refused(sqs.list_queues)
            assert found.code == "ServicesEndpointUnavailable"
            assert "moto's server has ended" in str(found.body)
            settings = (await client.health()).settings
            await client.change_settings(msgspec.structs.replace(settings, services="http://127.0.0.1:9"))
            found = refused(sqs.list_queues)
            assert (found.status, found.code) == (400, "ServicesEndpointUnavailable")
            assert "The services endpoint http://127.0.0.1:9 does not answer." in str(found.body)
            assert (await client.health()).notice == ""
            await client.change_settings(msgspec.structs.replace(settings, services="moto"))
        assert "QueueUrls" not in sqs.list_queues(), "another server"
        server = moto_of(process.process.pid)
        process.process.kill()
        process.process.wait()
        await until(lambda: not server.is_running())
