"""Renaming, copying and deleting functions of nested templates, and what is said of those that a loop makes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.state_directory import state_directory
from workbench.workspace.workspace import Workspace

PARENT = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: orders, Handler: app.h, Runtime: python3.13, Environment: {Variables: {ARN: !GetAtt Api.Outputs.GArn}}}
  Api:
    Type: AWS::Serverless::Application
    Properties: {Location: api/template.yaml}
"""
CHILD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: orders, Handler: app.h, Runtime: python3.13}

  # Greets.
  Greet:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/greet, Handler: app.h, Runtime: python3.13}

  Here:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ., Handler: app.h, Runtime: python3.13}
Outputs:
  GArn: {Value: !GetAtt Greet.Arn}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A parent that needs an output of its child; both have a function Orders."""
    for name in ("orders", "api/orders", "api/src/greet"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "app.py").write_text("h = print\n")
    for name in ("orders", "greet"):
        (tmp_path / "events" / name.title()).mkdir(parents=True)
        (tmp_path / "events" / name.title() / "one.json").write_text("{}")
    (tmp_path / "template.yaml").write_text(PARENT)
    (tmp_path / "api" / "template.yaml").write_text(CHILD)
    return tmp_path.resolve()


def ids(root: Path) -> set[str]:
    return {function.logical_id for function in Workspace.open(root).functions()}


def test_a_nested_function_is_renamed_in_its_own_template(root: Path) -> None:
    moved = []
    # `Here` has its code in the template's folder, around that of `Greet`: then it stays where it is.
    (root / "api" / "template.yaml").write_text(CHILD.replace("CodeUri: .,", "CodeUri: orders,"))
    renamed = Workspace.open(root).rename("Api/Greet", "Welcome", moved=lambda old, new: moved.append((old, new)))
    assert renamed.logical_id == "Api/Welcome"
    assert (root / "template.yaml").read_text() == PARENT
    text = (root / "api" / "template.yaml").read_text()
    assert "CodeUri: src/welcome" in text
    assert "GArn: {Value: !GetAtt Welcome.Arn}" in text
    events = root / "events"
    assert moved == [(root / "api/src/greet", root / "api/src/welcome"), (events / "Greet", events / "Welcome")]


def test_what_two_functions_of_one_name_share_stays(root: Path) -> None:
    workspace = Workspace.open(root)
    workspace.rename("Api/Orders", "Sales")
    assert (root / "events" / "Orders" / "one.json").is_file()
    assert ids(root) == {"Orders", "Api/Sales", "Api/Greet", "Api/Here"}
    workspace.rename("Api/Sales", "Orders")
    workspace.delete("Api/Orders", with_code=True)
    assert (root / "events" / "Orders" / "one.json").is_file()


def test_a_name_is_taken_in_its_own_template_only(root: Path) -> None:
    workspace = Workspace.open(root)
    with pytest.raises(InvalidInput, match=r"template\.yaml already has “Greet”"):
        workspace.rename("Api/Orders", "Greet")
    assert workspace.rename("Orders", "Greet").logical_id == "Greet"


def test_a_nested_function_is_copied_beside_itself(root: Path) -> None:
    (root / "api" / "template.yaml").write_text(CHILD.replace("CodeUri: .,", "CodeUri: orders,"))
    copied = Workspace.open(root).duplicate("Api/Greet", "Greet2")
    assert (copied.logical_id, copied.code_path) == ("Api/Greet2", str(root / "api" / "src" / "greet2"))
    assert (root / "api" / "src" / "greet2" / "app.py").is_file()


def test_a_nested_function_is_deleted_and_comes_back(root: Path) -> None:
    workspace = Workspace.open(root)
    with pytest.raises(WorkspaceError) as refused:
        workspace.delete("Api/Greet")
    assert str(refused.value) == ("Greet cannot be deleted: template.yaml needs Api's output GArn in Orders (line 5). "
                                  "Remove this reference first.")
    (root / "template.yaml").write_text(PARENT.replace("!GetAtt Api.Outputs.GArn", "x"))
    entry = workspace.delete("Api/Greet", with_code=True)
    assert (entry.name, ids(root)) == ("Api/Greet", {"Orders", "Api/Orders", "Api/Here"})
    assert not (root / "events" / "Greet").exists()
    assert Workspace.open(root).restore("Api/Greet").entry.id == entry.id
    assert (root / "api" / "template.yaml").read_text() == CHILD
    assert (root / "events" / "Greet" / "one.json").is_file()


@pytest.mark.parametrize("outputs", ["[Api, Outputs.GArn]", "\n        - Api\n        - Outputs.GArn"])
def test_a_reference_of_any_form_keeps_an_output(root: Path, outputs: str) -> None:
    variables = f"Environment:\n      Variables:\n       ARN: !GetAtt {outputs}\n"
    (root / "template.yaml").write_text(PARENT.replace(
        "{CodeUri: orders, Handler: app.h, Runtime: python3.13, Environment: {Variables: {ARN: !GetAtt Api.Outputs.GArn}}}",
        f"\n     CodeUri: orders\n     {variables}"))
    with pytest.raises(WorkspaceError, match="needs Api's output GArn"):
        Workspace.open(root).delete("Api/Greet")


def test_a_folder_with_a_template_in_it_is_nobody_s_own(root: Path) -> None:
    (root / "api" / "template.yaml").write_text(CHILD.replace("CodeUri: orders", "CodeUri: ../orders").replace(
        "CodeUri: src/greet", "CodeUri: ../orders"))
    assert Workspace.open(root).delete("Api/Here", with_code=True).files == ()
    assert (root / "api" / "template.yaml").is_file()


def test_a_template_that_is_nested_twice_has_each_function_once(root: Path) -> None:
    (root / "template.yaml").write_text(PARENT.replace("!GetAtt Api.Outputs.GArn", "x") + (
        "  Again:\n    Type: AWS::Serverless::Application\n    Properties: {Location: api/template.yaml}\n"))
    (root / "api" / "template.yaml").write_text(CHILD.replace("CodeUri: .,", "CodeUri: orders,"))
    assert Workspace.open(root).rename("Api/Greet", "Welcome").code_path == str(root / "api" / "src" / "welcome")
    assert {"Api/Welcome", "Again/Welcome"} < ids(root)


LOOPS = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Functions:
    - Name
    - [Alpha, Beta]
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src
          Handler: app.h
          Runtime: python3.13
          MemorySize: 256
          Environment:
            Variables: {NAME: !Ref Name}
  Fn::ForEach::Outer:
    - Stage
    - [dev, prod]
    - Fn::ForEach::Inner:
        - Kind
        - [One, Two]
        - ${Stage}${Kind}Job: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: app.h, Runtime: python3.13}}
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
"""


@pytest.fixture
def loops(tmp_path: Path) -> Workspace:
    """Functions that two loops and a snippet make."""
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(LOOPS)
    (tmp_path / "more.yaml").write_text(
        "More: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: app.h, Runtime: python3.13}}\n")
    return Workspace.open(tmp_path)


@pytest.mark.parametrize(("name", "changes", "advice"), [
    ("AlphaFunction", {"memory_mb": 512}, "To change MemorySize for AlphaFunction and BetaFunction, edit line 12."),
    ("BetaFunction", {"timeout_s": 9},
     "To set Timeout for AlphaFunction and BetaFunction, add it below Properties in line 8."),
    ("AlphaFunction", {"environment": {"NAME": "Alpha", "NEW": "x"}},
     "To set Environment.Variables.NEW for AlphaFunction and BetaFunction, add it below Variables in line 14."),
    ("devOneJob", {"handler": "app.other"}, "To change Handler for all 4 (devOneJob, devTwoJob, prodOneJob, …), edit line 21."),
    ("More", {"memory_mb": 512}, "Make this change in the text of more.yaml."),
])
def test_a_change_of_what_a_loop_makes_names_the_line(loops: Workspace, name: str, changes: dict[str, int], advice: str) -> None:
    with pytest.raises(WorkspaceError) as refused:
        loops.change(name, FunctionChanges(**changes))  # type: ignore[arg-type]
    assert refused.value.hint == advice
    assert loops.template_path.read_text() == LOOPS


@pytest.mark.parametrize(("name", "advice"), [
    ("AlphaFunction", "The collection in line 5 says which functions there are, the key in line 6 what they are called."),
    ("prodTwoJob", "The collection in line 20 says which functions there are, the key in line 21 what they are called."),
    ("More", "Make this change in the text of more.yaml."),
])
def test_what_a_loop_makes_is_neither_renamed_nor_copied_nor_deleted(loops: Workspace, name: str, advice: str) -> None:
    for work in (lambda: loops.rename(name, "New"), lambda: loops.duplicate(name, "New"), lambda: loops.delete(name)):
        with pytest.raises(WorkspaceError, match="and cannot be changed on its own") as refused:
            work()
        assert refused.value.hint == advice


_KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.workspace import code_folders
from workbench.workspace.history import History
from workbench.workspace.template import Template
from workbench.workspace.workspace import Workspace
{} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Workspace.open(Path(sys.argv[1])).rename("Api/Greet", "Welcome")
"""


@pytest.mark.parametrize(("killed_at", "is_renamed"), [
    ("code_folders.move_folder", False), ("Template.save", False), ("History.follow", True)])
def test_a_function_is_whole_whenever_the_program_that_renames_it_is_killed(
    root: Path, killed_at: str, is_renamed: bool
) -> None:
    """Before anything moved, before the template was saved, and after that."""
    history = Workspace.open(root).history
    history.keep(root / "api" / "src" / "greet" / "app.py", b"earlier")
    done = subprocess.run([sys.executable, "-c", _KILLED.format(killed_at), str(root)], check=False)
    assert done.returncode == -signal.SIGKILL
    workspace = Workspace.open(root)
    now = workspace.function("Api/Welcome" if is_renamed else "Api/Greet")
    assert (Path(now.code_path) / "app.py").is_file()
    assert workspace.history.versions(Path(now.code_path) / "app.py")[-1].read() == b"earlier"
    assert (root / "events" / ("Welcome" if is_renamed else "Greet") / "one.json").is_file()
    assert not (state_directory(root) / "moves.json").exists()
    assert workspace.rename(now.logical_id, "Again").logical_id == "Api/Again"
