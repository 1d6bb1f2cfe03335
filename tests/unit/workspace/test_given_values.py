"""Values that a person gives: how they are written, where they come from, which count."""

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workspace.templates import write_workspace
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import state_directory
from workbench.workspace.values.asked import MASK
from workbench.workspace.values.parameter_text import parse_overrides
from workbench.workspace.workspace import Workspace

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod], Description: where}
  Key: {Type: String, NoEcho: true}
  Path: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /app/x}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.handler
      Runtime: python3.13
      FileSystemConfigs: [{Arn: 'arn:x', LocalMountPath: /mnt/data}]
      Environment:
        Variables:
          STAGE: !Ref Stage
          KEY: !Ref Key
          PATH_VALUE: !Ref Path
          SECRET: '{{resolve:secretsmanager:db:SecretString:password}}'
          OTHER: !ImportValue other
          PLAIN: text
"""
SECRET = "resolve:secretsmanager:db:SecretString:password"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_workspace(tmp_path, TEMPLATE, "code")


def variables(root: Path, **parameters: str) -> dict[str, str]:
    return dict(Workspace.open(root, options=Options(parameters=parameters)).functions()[0].environment)


@pytest.mark.parametrize(("written", "values"), [
    ("Stage=dev", {"Stage": "dev"}), ('Stage="dev"', {"Stage": "dev"}),
    ("A=1 B='two words' C=", {"A": "1", "B": "two words", "C": ""}),
    (r'A=two\ words B="say \"x\""', {"A": "two words", "B": 'say "x"'}),
    ("ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=\"x y\"", {"A": "1", "B": "x y"}),
    ("ParameterKey='A',ParameterValue='x y'", {"A": "x y"}),
    (["A=1", "B=2"], {"A": "1", "B": "2"}), ({"A": 1, "B": True}, {"A": "1", "B": "true"}), ("", {}), ("A=a=b", {"A": "a=b"}),
    ("Url=https://x.example/?a=b,c", {"Url": "https://x.example/?a=b,c"}), (["A=1", {"B": [1, 2]}], {"A": "1", "B": "1,2"}),
])
def test_overrides_as_sam_reads_them(written: object, values: dict[str, str]) -> None:
    assert parse_overrides(written, Path()) == values


def test_overrides_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("Stage: prod\nCount: 3\n")
    assert parse_overrides("file://p.yaml", tmp_path) == {"Stage": "prod", "Count": "3"}
    with pytest.raises(InvalidInput, match=r"q\.yaml cannot be read"):
        parse_overrides("file://q.yaml", tmp_path)
    (tmp_path / "q.yaml").write_text("[" * 20_000)
    with pytest.raises(InvalidInput, match="nested too deeply"):
        parse_overrides("file://q.yaml", tmp_path)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert all(parse_overrides(text.removeprefix("file://"), Path()))


def test_which_value_counts(root: Path) -> None:
    assert variables(root)["STAGE"] == "dev"
    (root / "samconfig.toml").write_text('[default.local_invoke.parameters]\nparameter_overrides = "Stage=\\"prod\\" Key=c"\n')
    assert (variables(root)["STAGE"], variables(root)["KEY"]) == ("prod", "c")
    Workspace.open(root).give("Stage", "dev")
    assert variables(root)["STAGE"] == "dev"
    assert variables(root, Stage="prod")["STAGE"] == "prod"


def test_everything_that_is_asked_for_can_be_given_and_taken_back(root: Path) -> None:
    workspace = Workspace.open(root)
    asked = {value.key: value for value in workspace.asked_values()}
    assert list(asked) == ["Stage", "Key", "Path", "ssm:/app/x", SECRET, "import:other", "/mnt/data"]
    assert (asked["Stage"].allowed, asked["Stage"].source, asked["Stage"].description) == (("dev", "prod"), "default", "where")
    assert (asked["Key"].source, asked["Key"].is_secret, asked["Key"].functions) == ("missing", True, ("F",))
    for key, value in (("Key", "k"), ("ssm:/app/x", "x"), (SECRET, "s"), ("import:other", "o"), ("/mnt/data", "data")):
        workspace.give(key, value)
    function = workspace.functions()[0]
    assert function.environment == {
        "STAGE": "dev", "KEY": "k", "PATH_VALUE": "x", "SECRET": "s", "OTHER": "o", "PLAIN": "text"}
    assert (function.unknown, function.file_systems[0].local_folder) == ((), str(root.resolve() / "data"))
    shown = {value.key: (value.shown, value.source) for value in workspace.asked_values()}
    assert (shown["Key"], shown["import:other"], shown[SECRET]) == ((MASK, "yours"), ("o", "yours"), (MASK, "yours"))
    workspace.give(SECRET, None)
    assert workspace.functions()[0].unknown[0].place == "Environment.Variables.SECRET"


def test_what_is_not_asked_for_or_not_allowed_is_refused(root: Path) -> None:
    workspace = Workspace.open(root)
    with pytest.raises(InvalidInput, match="does not ask for a value Nothing"):
        workspace.give("Nothing", "x")
    with pytest.raises(InvalidInput, match="Parameter 'Stage' must be one of AllowedValues"):
        workspace.give("Stage", "test")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_file_is_the_person_s_alone(root: Path) -> None:
    Workspace.open(root).give("Key", "k")
    path = state_directory(root) / "values.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Key: k" in path.read_text()


def test_a_values_file_in_json(root: Path) -> None:
    path = state_directory(root) / "values.json"
    path.write_text('{"parameters": {"Key": "j"}}')
    assert variables(root)["KEY"] == "j"
    Workspace.open(root).give("Stage", "prod")
    assert json.loads(path.read_text()) == {"parameters": {"Key": "j", "Stage": "prod"}}
    path.write_text("{")
    with pytest.raises(WorkspaceError, match=r"values\.json cannot be read"):
        variables(root)


def test_sam_s_file_of_variables(root: Path) -> None:
    content = {"Parameters": {"STAGE": "all", "PLAIN": "all", "NEW": "no"}, "F": {"PLAIN": "mine", "KEY": 5}}
    (root / "env.json").write_text(json.dumps(content))
    workspace = Workspace.open(root, options=Options(env_vars="env.json"))
    function = workspace.functions()[0]
    assert function.environment == {"STAGE": "all", "PLAIN": "mine", "KEY": "5"}
    assert [unknown.place.rsplit(".", 1)[1] for unknown in function.unknown] == ["PATH_VALUE", "SECRET", "OTHER"]
    before = workspace.template_path.read_text()
    workspace.change("F", FunctionChanges(environment=dict(function.environment)))
    assert workspace.template_path.read_text() == before
    workspace.change("F", FunctionChanges(environment={**function.environment, "PLAIN": "written"}))
    assert "PLAIN: written" in workspace.template_path.read_text()


@pytest.mark.parametrize(("text", "problem"), [("{", "is not JSON"), ("[]", "has another form"),
                                                ('{"F": 1}', "has another form")])
def test_a_file_of_variables_that_can_not_be_used(root: Path, text: str, problem: str) -> None:
    (root / "env.json").write_text(text)
    with pytest.raises(WorkspaceError, match=problem):
        Workspace.open(root, options=Options(env_vars="env.json")).functions()


@pytest.mark.parametrize("text", ["[1, 2]", "parameters: [a]", "values: 5"])
def test_a_values_file_of_another_form_is_told_and_stays(root: Path, text: str) -> None:
    path = state_directory(root) / "values.yaml"
    path.write_text(text)
    workspace = Workspace.open(root)
    with pytest.raises(WorkspaceError, match=r"values\.yaml has another form"):
        workspace.functions()
    with pytest.raises(WorkspaceError, match=r"values\.yaml has another form"):
        workspace.give("Stage", "dev")
    assert path.read_text() == text
