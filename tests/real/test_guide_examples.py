"""The examples of AWS Lambda guides, as they stand there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.real.functions import guide_example, real_function, sample_event
from tests.support.workspaces import NODE_RUNTIME
from workbench.state.invocation import Invocation


def printed(invocation: Invocation) -> list[str]:
    """What the function itself wrote."""
    platform = ("INIT_START", "START ", "END ", "REPORT ")
    return [line for line in invocation.log_lines() if not line.startswith(platform)]


async def test_the_first_function(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(real_function(tmp_path / "w", "hello.lambda_handler", "hello.py"))
    for kind in ("cold", "warm"):
        invocation = await engine.invoke(sample_event("hello"))
        assert (invocation.start, invocation.status) == (kind, "success")
        assert json.loads(invocation.payload) == {"statusCode": 200, "body": "Hello from Lambda!"}


@pytest.mark.parametrize("name", ["signature.py", pytest.param("signature.js", marks=pytest.mark.node)])
async def test_a_handler_that_does_nothing_answers_null(start: StartEngine, tmp_path: Path, name: str) -> None:
    is_python = name.endswith(".py")
    handler = "signature.lambda_handler" if is_python else "signature.handler"
    options = {} if is_python else {"runtime": NODE_RUNTIME}
    engine = await start(real_function(tmp_path / "w", handler, name, **options))
    invocation = await engine.invoke({})
    assert (invocation.status, invocation.payload) == ("success", "null")


async def test_basic_structure_initializes_once(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "basic_structure"))
    cold = await engine.invoke({"userId": 7})
    warm = await engine.invoke({"userId": 8})
    for invocation, user in ((cold, 7), (warm, 8)):
        answer = json.loads(invocation.payload)
        assert answer["statusCode"] == 200
        assert json.loads(answer["body"]) == {"message": "Success", "data": {"userId": user, "processed": True}}
    assert printed(cold) == ["initialize_database"]
    assert printed(warm) == []


@pytest.mark.node
async def test_basic_structure_of_node_needs_a_package_that_node_20_does_not_bring(start: StartEngine, tmp_path: Path) -> None:
    workspace = real_function(tmp_path / "w", "basic_structure.handler", "basic_structure.js", runtime=NODE_RUNTIME)
    engine = await start(workspace)
    invocation = await engine.invoke({"userId": 7})
    error = json.loads(invocation.payload)
    assert (invocation.status, error["errorType"]) == ("error", "Runtime.ImportModuleError")
    assert error["errorMessage"].startswith("Error: Cannot find module 'aws-sdk'")


async def test_values_of_the_context(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(real_function(tmp_path / "w", "context_values.lambda_handler", "context_values.py"))
    assert json.loads((await engine.invoke()).payload) == {"statusCode": 200}


async def test_the_context_printed(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(real_function(tmp_path / "w", "context_printed.handler", "context_printed.py"))
    for _ in range(2):
        invocation = await engine.invoke()
        lines = dict(line.split(": ", 1) for line in printed(invocation))
        assert lines["Function"] == "Function"
        assert lines["Memory"] == "256 MB"
        assert lines["Request ID"] == invocation.request_id
        assert 0 < int(lines["Time remaining"].removesuffix(" ms")) <= 10_000
        assert lines["Log Group"] == "/aws/lambda/Function"
        assert "[$LATEST]" in lines["Log Stream"]
        assert lines["ARN"].endswith(":function:Function")


@pytest.mark.node
async def test_the_context_printed_by_node(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(real_function(tmp_path / "w", "context_printed.handler", "context_printed.js", runtime=NODE_RUNTIME))
    for kind in ("cold", "warm"):
        invocation = await engine.invoke()
        assert (invocation.start, json.loads(invocation.payload)) == (kind, {"statusCode": 200, "body": "Success"})
        logged = [line.split("\t") for line in printed(invocation) if "\t" in line]  # AWS's client adds a plain line
        assert [line[1:3] for line in logged] == [[invocation.request_id, "INFO"]] * 6
        lines = dict(line[3].split(": ", 1) for line in logged)
        assert lines["Request ID"] == invocation.request_id
        assert lines["Memory"] == "256 MB"


async def test_environment_variables(start: StartEngine, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": "postgres://db/prod?a=b"}
    engine = await start(guide_example(tmp_path / "w", "environment_variables", environment=variables))
    assert printed(await engine.invoke()) == ["connect_to_database postgres://db/prod?a=b"]


async def test_a_missing_environment_variable_is_a_key_error(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "environment_variables"))
    invocation = await engine.invoke()
    error = json.loads(invocation.payload)
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'DATABASE_URL'")
    assert "environment_variables.py" in error["stackTrace"][0]


async def test_api_backend(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "api_backend"))
    listed = json.loads((await engine.invoke(sample_event("apigateway-rest-proxy", method="GET", path="/users"))).payload)
    posted = sample_event("apigateway-rest-proxy", method="POST", path="/users", body='{"name": "Ada Ü"}')
    created = json.loads((await engine.invoke(posted)).payload)
    unknown = await engine.invoke(sample_event("apigateway-rest-proxy", method="PUT", path="/users"))
    assert (listed["statusCode"], json.loads(listed["body"])) == (200, [{"name": "Ada"}, {"name": "Grace"}])
    assert (created["statusCode"], json.loads(created["body"])) == (201, {"id": 3, "name": "Ada Ü"})
    assert (unknown.status, unknown.payload) == ("success", "null")


async def test_file_processing_over_s3_records(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "file_processing"))
    event = sample_event("s3-object-created-put", bucket="pictures", key="a b/{{index}}.png", count="2")
    assert printed(await engine.invoke(event)) == [
        f"upload_to_s3 PICTURES/A+B/{number}.PNG pictures processed/a+b/{number}.png" for number in range(2)
    ]


async def test_data_transformation_over_sqs_records(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "data_transformation"))
    event = sample_event("sqs-receive-message", body='{"amounts": [1, {{index}}]}', count="10")
    assert printed(await engine.invoke(event)) == [f'send_to_destination {{"total": {1 + n}}}' for n in range(10)]


async def test_scheduled_report(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(guide_example(tmp_path / "w", "scheduled_report"))
    assert printed(await engine.invoke(sample_event("eventbridge-scheduled"))) == ["send_email_report report"]


async def test_stream_processing_forgets_base64_and_fails_as_in_lambda(start: StartEngine, tmp_path: Path) -> None:
    """The example reads Kinesis data as JSON; Kinesis sends base64. What works is data that somebody decoded before."""
    engine = await start(guide_example(tmp_path / "w", "stream_processing"))
    failed = await engine.invoke(sample_event("kinesis-get-records", data='{"temperature": 21}'))
    decoded = {"Records": [{"kinesis": {"data": '{"temperature": 21}'}}]}
    succeeded = await engine.invoke(decoded)
    assert json.loads(failed.payload)["errorType"] == "JSONDecodeError"
    assert (failed.status, succeeded.status, succeeded.start) == ("error", "success", "warm")
    assert printed(succeeded) == ["store_results 42"]
