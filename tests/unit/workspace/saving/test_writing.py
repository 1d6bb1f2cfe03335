"""Functions of the API as they are written into templates of several forms: all of it, or nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.api_clients import zipped
from workbench.model.failures import InvalidInput, ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.overrides import MASK
from workbench.packages.editable import EditablePackages
from workbench.workspace.saving.function_to_save import FunctionToSave, LayerToSave, SavedFunction
from workbench.workspace.saving.places import check_folder
from workbench.workspace.saving.writing import FunctionWriter
from workbench.workspace.workspace import Workspace

HEAD = """\
# What this is
Transform: AWS::Serverless-2016-10-31
"""
ONE = """\
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: one, Handler: app.h, Runtime: python3.13}   # as it is
"""
SETTINGS: dict[str, Any] = {"handler": "app.handler", "runtime": "python3.12"}
OWN = {"Handler": "app.handler", "Runtime": "python3.12"}
Made = Callable[..., FunctionToSave]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "w"
    (root / "one").mkdir(parents=True)
    (root / "one" / "app.py").write_text("h = print\n")
    return root


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes functions to be saved, each with a package of one file."""
    def make(
        properties: dict[str, Any] | None = None, *, name: str = "made-here", files: Any = "handler = print\n", **others: Any
    ) -> FunctionToSave:
        package = tmp_path / f"{name}.zip"
        package.write_bytes(files if isinstance(files, bytes) else zipped(files))
        meant = {**SETTINGS, **others.pop("meant", {})}
        return FunctionToSave(
            name=name, properties={**OWN, **(properties or {})}, package=package,
            meant=FunctionConfiguration(name=name, logical_id=name, code_path=str(package), **meant), **others)

    return make


def write(root: Path, function: FunctionToSave) -> SavedFunction:
    return FunctionWriter(Workspace.open(root), EditablePackages()).write(function)


def there(root: Path) -> list[str]:
    """What is in the workspace, without our own state."""
    return sorted(each.name for each in root.iterdir() if each.name != ".workbench")


def template(root: Path, text: str, name: str = "template.yaml") -> Path:
    (root / name).write_text(text)
    return root / name


def test_the_rest_of_the_template_stays_as_it_is(root: Path, made: Made) -> None:
    path = template(root, f"{HEAD}Resources:\n{ONE}# The end\n")
    saved = write(root, made({"MemorySize": 256}, meant={"memory_mb": 256}))
    assert path.read_text() == f"""{HEAD}Resources:
{ONE}
  MadeHere:
    Type: AWS::Serverless::Function
    Metadata:
      SkipBuild: true
    Properties:
      FunctionName: made-here
      CodeUri: made-here/
      Handler: app.handler
      Runtime: python3.12
      MemorySize: 256
# The end
"""
    assert (saved.logical_id, saved.folders, saved.parameters) == ("MadeHere", ("made-here/",), ())
    assert (root / "made-here" / "app.py").read_text() == "handler = print\n"
    assert (root / "made-here" / "app.py").stat().st_mode & 0o777 == 0o644
    assert there(root) == ["made-here", "one", "template.yaml"]
    functions = {each.name: each for each in Workspace.open(root).functions()}
    assert (functions["made-here"].memory_mb, functions["made-here"].problems) == (256, ())


def test_a_preview_writes_nothing(root: Path, made: Made) -> None:
    path = template(root, f"{HEAD}Resources:\n{ONE}")
    before = path.read_text()
    function = made({"Environment": {"Variables": {"A": "a", "KEY": "hunter2"}}}, masked=("KEY",),
                    meant={"environment": {"A": "a", "KEY": "hunter2"}})
    previewed = FunctionWriter(Workspace.open(root), EditablePackages()).preview(function)
    assert (path.read_text(), there(root)) == (before, ["one", "template.yaml"])
    assert (f'+          KEY: "{MASK}"' in previewed.changes.splitlines(), "hunter2" in previewed.changes) == (True, False)
    assert write(root, function) == previewed
    assert "          KEY: hunter2\n" in path.read_text()


def test_a_template_in_json(root: Path, made: Made) -> None:
    path = template(root, json.dumps({"Resources": {"One": {"Type": "AWS::SNS::Topic"}}}, indent=2), "template.json")
    write(root, made({"Environment": {"Variables": {"PASSWORD": "hunter2"}}}, secrets=("PASSWORD",),
                     meant={"environment": {"PASSWORD": "hunter2"}}))
    written = json.loads(path.read_text())
    assert written["Transform"] == "AWS::Serverless-2016-10-31"
    assert written["Resources"]["MadeHere"]["Properties"]["Environment"]["Variables"] == {
        "PASSWORD": {"Ref": "MadeHerePassword"}}
    assert written["Parameters"]["MadeHerePassword"]["NoEcho"] is True
    (function,) = Workspace.open(root).functions()
    assert dict(function.environment) == {"PASSWORD": "hunter2"}  # the value is with the person's
    assert "hunter2" not in path.read_text()


def test_globals_change_nothing(root: Path, made: Made) -> None:
    path = template(root, f"""{HEAD}Globals:
  Function:
    Timeout: 20
    MemorySize: 512
    Tracing: Active
    Runtime: nodejs22.x
    Role: arn:aws:iam::123456789012:role/all
    Environment: {{Variables: {{SHARED: x}}}}
    Layers: [arn:aws:lambda:us-east-1:123456789012:layer:all:1]
    VpcConfig: {{SubnetIds: [a], SecurityGroupIds: [b]}}
Resources:
{ONE}""")
    write(root, made({"Environment": {"Variables": {"A": "a"}}, "MemorySize": 256},
                     meant={"environment": {"A": "a"}, "memory_mb": 256}))
    resource = Workspace.open(root).stacks()[0].template.section("Resources")["MadeHere"]
    assert resource["IgnoreGlobals"] == ["Environment", "Layers", "VpcConfig"]
    assert resource["Properties"] | {"Timeout": 3, "Tracing": "PassThrough", "MemorySize": 256} == resource["Properties"]
    function = next(each for each in Workspace.open(root).functions() if each.name == "made-here")
    assert (function.timeout_s, function.memory_mb, function.runtime, dict(function.environment), function.layers) == (
        3, 256, "python3.12", {"A": "a"}, ())
    assert path.read_text().startswith(HEAD)


def test_layers_lie_in_the_workspace_and_are_written_once(root: Path, made: Made, tmp_path: Path) -> None:
    template(root, f"{HEAD}Resources:\n{ONE}")
    shared, other = tmp_path / "shared.zip", tmp_path / "other.zip"
    shared.write_bytes(zipped({"python/a/b.py": "x = 1\n"}))
    other.write_bytes(zipped({"python/a/b.py": "x = 2\n"}))
    elsewhere = "arn:aws:lambda:eu-west-1:123456789012:layer:there:3"
    first, second = (LayerToSave(name="shared", package=package, properties={"CompatibleRuntimes": ["python3.12"]})
                     for package in (shared, other))
    write(root, made(layers=(first, elsewhere), meant={"layers": ("arn:1", elsewhere)}))
    write(root, made(name="two", layers=(first,), meant={"layers": ("arn:1",)}))
    saved = write(root, made(name="three", layers=(second,), meant={"layers": ("arn:2",)}))
    resources = Workspace.open(root).stacks()[0].template.section("Resources")
    assert [resources[name]["Properties"].get("Layers") for name in ("MadeHere", "Two", "Three")] == [
        [{"Ref": "SharedLayer"}, elsewhere], [{"Ref": "SharedLayer"}], [{"Ref": "Shared2Layer"}]]
    assert resources["SharedLayer"] == {"Type": "AWS::Serverless::LayerVersion", "Properties": {
        "LayerName": "shared", "ContentUri": "layers/shared/", "CompatibleRuntimes": ["python3.12"]}}
    assert saved.folders == ("three/", "layers/shared-2/")
    assert [(root / "layers" / name / "python/a/b.py").read_text() for name in ("shared", "shared-2")] == ["x = 1\n", "x = 2\n"]
    assert write(root, made(name="four", layers=(second,), meant={"layers": ("arn:2",)})).folders == ("four/",)
    functions = {each.name: each for each in Workspace.open(root).functions()}
    assert [Path(layer).name for name in ("two", "three", "four") for layer in functions[name].layers] == [
        "shared", "shared-2", "shared-2"]


def test_names_that_are_taken(root: Path, made: Made) -> None:
    resources = f"{ONE}  MadeHere: {{Type: AWS::SNS::Topic}}\n  MadeHere2Role: {{Type: AWS::IAM::Role}}\n"
    template(root, f"{HEAD}Parameters:\n  MadeHere3: {{Type: String}}\nResources:\n{resources}")
    (root / "made-here").mkdir()
    saved = write(root, made(reserved=frozenset({"MadeHere4"})))
    assert (saved.logical_id, saved.folders) == ("MadeHere5", ("made-here-2/",))
    assert list((root / "made-here").iterdir()) == []
    for given, why in (("one", "already exists"), ("../w2", "cannot be"), ("/tmp/w2", "cannot be"), ("a/.git", "cannot be")):
        with pytest.raises(InvalidInput, match=why):
            write(root, made(name="other", folder=given))
    assert write(root, made(name="other", folder="src/other", files="handler = repr\n")).folders == ("src/other/",)
    assert write(root, made(name="events")).folders == ("events_function/",)


def test_a_folder_with_the_same_package_is_used(root: Path, made: Made) -> None:
    path = template(root, f"{HEAD}Resources:\n{ONE}")
    before = path.read_text()
    write(root, made())
    path.write_text(before)
    assert write(root, made()).folders == ("made-here/",)
    path.write_text(before)
    (root / "made-here" / "app.py").write_text("handler = repr\n")
    assert write(root, made()).folders == ("made-here-2/",)


def test_what_cannot_be_written_is_undone(root: Path, made: Made) -> None:
    path = template(root, f"{HEAD}Resources:\n{ONE}")
    function = made({"Environment": {"Variables": {"PASSWORD": "hunter2"}}}, secrets=("PASSWORD",),
                    meant={"environment": {"PASSWORD": "hunter2"}})
    path.chmod(0o444)
    before = path.read_text()
    with pytest.raises(WorkspaceError, match="write-protected"):
        write(root, function)
    assert (path.read_text(), there(root)) == (before, ["one", "template.yaml"])
    assert Workspace.open(root).inputs().given.values.parameters == {}
    path.chmod(0o644)
    with pytest.raises(WorkspaceError, match="timeout, logging would be different"):
        write(root, made({"Timeout": 5}, meant={"timeout_s": 6, "logging": msgspec.structs.replace(
            function.meant.logging, format="JSON")}))
    literal = {"SECRET": "{{resolve:ssm:/app/key}}"}
    with pytest.raises(WorkspaceError, match="environment would be different"):  # a template would look it up
        write(root, made({"Environment": {"Variables": literal}}, meant={"environment": literal}))
    assert there(root) == ["one", "template.yaml"]


def test_packages_that_lead_outside(root: Path, made: Made, tmp_path: Path) -> None:
    template(root, f"{HEAD}Resources:\n{ONE}")
    for name in ("../outside.py", "/tmp/outside.py", "C:\\outside.py"):
        with pytest.raises(ServiceError, match="Could not unzip"):
            write(root, made(files={name: "x"}))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "../../one")
        archive.writestr(zipfile.ZipInfo("app.py"), "handler = print\n")
    write(root, made(files=content.getvalue()))
    assert [each.name for each in (root / "made-here").iterdir()] == ["app.py"]
    assert there(root) == ["made-here", "one", "template.yaml"]
    assert not list(tmp_path.glob("*.py"))


def test_a_template_that_a_tool_writes_is_refused(root: Path, made: Made) -> None:
    built = root / ".aws-sam" / "build"
    built.mkdir(parents=True)
    template(built, f"{HEAD}Resources:\n{ONE}")
    with pytest.raises(WorkspaceError, match="written by a tool"):
        write(built, made())


@pytest.mark.parametrize("folder", ["a", "a/b", "a\\b", "ä-1"])
def test_folders_that_may_be_named(folder: str) -> None:
    check_folder(folder)
