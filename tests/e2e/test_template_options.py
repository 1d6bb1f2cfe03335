"""Which template and which values, said in the terminal: what a function gets, what is told, what stays for the next time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.engines import served
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.failures import ServiceError
from workbench.workspace.state_directory import state_directory
from workbench.workspace.values.asked import MASK

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Key: {Type: String, NoEcho: true}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../code
      Handler: app.handler
      Runtime: python3.13
      Tracing: Active
      Environment: {Variables: {STAGE: !Ref Stage, KEY: !Ref Key}}
"""
CODE = "import os\ndef handler(event, context):\n    return {name: os.environ.get(name) for name in ('STAGE', 'KEY')}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose samconfig names the template."""
    for name, text in {"infra/app.yaml": TEMPLATE, "code/app.py": CODE,
                       "samconfig.toml": '[default.global.parameters]\ntemplate_file = "infra/app.yaml"\n'}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def answer(root: Path, *options: str) -> tuple[dict[str, str | None], str]:
    """What the function found in its environment, and what was told beside it."""
    run = run_workbench("invoke", "F", "-w", root, "--sandbox", "process", "--json", *options)
    return json.loads(json.loads(run.stdout)["payloadText"]), run.stderr


def test_a_value_that_is_not_known_is_told_at_every_invocation_and_never_passed_on(root: Path) -> None:
    for _ in range(2):
        found, told = answer(root)
        assert found == {"STAGE": None, "KEY": None}
        assert "STAGE is not set: parameter Stage has no value here." in told
        assert "workbench values set Key VALUE" in told


def test_values_said_and_kept(root: Path) -> None:
    assert answer(root, "--parameter-overrides", "Stage=dev Key='a b'") == ({"STAGE": "dev", "KEY": "a b"}, "")
    refused = run_workbench("values", "-w", root, "set", "Stage", "test")
    said = "workbench: Parameter 'Stage' must be one of AllowedValues."
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, said)
    run_workbench("values", "set", "Stage", "prod", "-w", root)
    run_workbench("values", "-w", root, "set", "Key", "-", stdin="secret\n")
    listed = run_workbench("values", "-w", root).stdout
    assert "prod" in listed
    assert "secret" not in listed
    assert answer(root) == ({"STAGE": "prod", "KEY": "secret"}, "")
    (root / "env.json").write_text('{"F": {"KEY": "file", "OTHER": "x"}}')
    assert answer(root, "--env-vars", str(root / "env.json"))[0] == {"STAGE": "prod", "KEY": "file"}
    run_workbench("values", "-w", root, "unset", "Key")
    assert answer(root)[0] == {"STAGE": "prod", "KEY": None}


def test_a_running_engine_takes_a_value_at_once_and_other_choices_do_not_touch_it(root: Path) -> None:
    with served(root) as engine:
        run_workbench("values", "-w", root, "set", "Stage", "dev")
        assert answer(root)[0]["STAGE"] == "dev"
        assert answer(root, "--parameter-overrides", "Stage=prod")[0]["STAGE"] == "prod"
        assert answer(root)[0]["STAGE"] == "dev"
        assert engine.process.poll() is None


async def test_values_over_http(root: Path) -> None:
    with served(root):
        connection = read_connection(state_directory(root))
        assert connection is not None
        async with EngineClient(connection) as client:
            assert [(value.key, value.source, value.shown) for value in await client.values()] == [
                ("Stage", "missing", ""), ("Key", "missing", "")]
            values = await client.give_values({"Stage": "dev", "Key": "secret"})
            assert [(value.source, value.shown) for value in values] == [("yours", "dev"), ("yours", MASK)]
            assert (await client.functions())[0].environment == {"STAGE": "dev", "KEY": "secret"}
            with pytest.raises(ServiceError, match="must be one of AllowedValues"):
                await client.give_values({"Stage": "test"})
            assert (await client.give_values({"Stage": None}))[0].source == "missing"


def test_another_template_by_its_path(root: Path) -> None:
    (root / "infra" / "other.yaml").write_text(TEMPLATE.replace("  F:", "  G:"))
    run = run_workbench("invoke", "G", "-t", root / "infra" / "other.yaml", "--sandbox", "process", "--json")
    assert (run.returncode, json.loads(run.stdout)["status"]) == (0, "success")
    missing = run_workbench("invoke", "G", "-w", root, "-t", "nothing.yaml")
    assert (missing.returncode, "There is no template" in missing.stderr) == (2, True)


def test_what_has_no_effect_stands_with_what_is_not_enforced(root: Path) -> None:
    shown = run_workbench("invoke", "F", "-w", root, "--sandbox", "process", "--parameter-overrides", "Stage=dev Key=x").stdout
    assert "Tracing: No traces are sent to X-Ray" in shown


def test_the_functions_are_listed_with_what_is_wrong(root: Path) -> None:
    template = root / "infra" / "app.yaml"
    template.write_text(TEMPLATE + (
        "  G: {Type: AWS::Serverless::Function, Properties: {CodeUri: ../nowhere, Handler: a.h, Runtime: python3.13, "
        "FunctionName: other, MemorySize: 1024}}\n"
        "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"))
    listed = run_workbench("list", "-w", root)
    lines = listed.stdout.splitlines()
    assert lines[:2] == ["F          python3.13  128 MB, 3 s", "G (other)  python3.13  1024 MB, 3 s"]
    assert "nowhere" in lines[2]
    assert "Child is left out: its template child.yaml does not exist." in listed.stderr
    document = json.loads(run_workbench("list", "-w", root, "--json").stdout)
    assert [function["logicalId"] for function in document["functions"]] == ["F", "G"]
    assert any("Child is left out" in warning for warning in document["warnings"])


def test_an_environment_of_samconfig_that_is_not_there_is_told(root: Path) -> None:
    done = run_workbench("invoke", "F", "-w", root, "--config-env", "prod")
    assert (done.returncode, done.stderr) == (2, "workbench: samconfig.toml has no environment prod. It has: default.\n")


def test_an_empty_name_is_told(root: Path) -> None:
    done = run_workbench("invoke", "", "-w", root, "--parameter-overrides", "Stage=dev")
    assert (done.returncode, done.stderr) == (2, "workbench: The function's name is empty.\n  This workspace has: F.\n")
