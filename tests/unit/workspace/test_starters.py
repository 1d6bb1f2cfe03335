"""Starters are complete: code that runs, an event that suits it, a template that SAM takes."""

import json
import runpy
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import handler_file
from workbench.workspace.starters import Starter, create_workspace, starter, starters
from workbench.workspace.workspace import Workspace

CONTEXT = SimpleNamespace(aws_request_id="id-1", get_remaining_time_in_millis=lambda: 1000)


def run_python(key: str, event: Any) -> Any:
    return runpy.run_path(str(starter(key).code_folder / "app.py"))["handler"](event, CONTEXT)


def run_node(key: str, event: Any) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    script = (f"import {{ handler }} from {json.dumps((starter(key).code_folder / 'index.mjs').as_uri())};\n"
              f"console.log = () => {{}};\nconst context = {{awsRequestId: 'id-1', getRemainingTimeInMillis: () => 1000}};\n"
              f"process.stdout.write(JSON.stringify(await handler({json.dumps(event)}, context)));")
    done = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


RUN = {"python": run_python, "node": run_node}


@pytest.mark.parametrize("entry", starters(), ids=lambda entry: entry.key)
def test_each_starter_is_whole(entry: Starter) -> None:
    assert entry.title
    assert entry.description
    assert handler_file(entry.code_folder, entry.runtime, entry.handler)
    assert RUN[entry.key.partition("-")[0]](entry.key, json.loads(entry.event()))


def test_there_are_these_starters() -> None:
    assert [entry.key for entry in starters()] == ["python-hello", "node-hello", "python-api", "python-s3", "node-api"]


@pytest.mark.parametrize("language", ["python", "node"])
def test_hello_greets(language: str) -> None:
    assert RUN[language](f"{language}-hello", {"name": "Ada"}) == {"message": "Hello, Ada!", "requestId": "id-1"}


@pytest.mark.parametrize("language", ["python", "node"])
@pytest.mark.parametrize(("method", "more", "status"), [
    ("GET", {"queryStringParameters": {"name": "World"}}, 200), ("GET", {}, 200), ("POST", {"body": '{"name": "World"}'}, 200),
    ("POST", {"body": "eyJuYW1lIjoiV29ybGQifQ==", "isBase64Encoded": True}, 200), ("POST", {"body": "{"}, 400),
    ("DELETE", {}, 405)])
def test_api_answers_by_method(language: str, method: str, more: dict[str, Any], status: int) -> None:
    response = RUN[language](f"{language}-api", {"requestContext": {"http": {"method": method}}, **more})
    assert response["statusCode"] == status
    assert ("message" if status == 200 else "error") in json.loads(response["body"])


def test_s3_decodes_keys() -> None:
    result = run_python("python-s3", json.loads(starter("python-s3").event()))
    assert result["objects"][0]["key"] == "holiday/my first photo.jpg"


def test_a_new_workspace_is_complete(tmp_path: Path) -> None:
    workspace = Workspace.open(create_workspace(tmp_path / "new" / "shop", name="My shop: 1"))
    functions = workspace.functions()
    assert [(function.logical_id, function.problems) for function in functions] == [("HelloFunction", ()),
        ("HelloNodeFunction", ())]
    assert [event.name for event in workspace.events.list()] == ["hello"]
    assert {".workbench/", ".aws-sam/"} < set((workspace.root / ".gitignore").read_text(encoding="utf-8").splitlines())
    assert 'Description: "My shop: 1"' in workspace.template_path.read_text(encoding="utf-8")
    assert b"\r" not in workspace.template_path.read_bytes()


def test_sam_takes_a_new_workspace(tmp_path: Path) -> None:
    sam = shutil.which("sam")
    if sam is None:
        pytest.skip("the SAM CLI is not installed")
    workspace = Workspace.open(create_workspace(tmp_path / "shop"))
    for entry in starters():
        workspace.new_function(entry.key.title().replace("-", ""), entry.key)
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([sam, "validate", "--lint", "-t", workspace.template_path], capture_output=True, env=environment,
        timeout=300)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()


def test_an_existing_workspace_is_left_alone(tmp_path: Path) -> None:
    create_workspace(tmp_path)
    with pytest.raises(WorkspaceError, match=r"already has template\.yaml, hello, hello_node"):
        create_workspace(tmp_path)


def test_existing_files_beside_it_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    create_workspace(tmp_path)
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine\n"


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="could not be created"):
        create_workspace(tmp_path / "file" / "w")
