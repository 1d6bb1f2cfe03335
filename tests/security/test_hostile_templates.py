"""Templates that mean harm, or are merely odd: what cannot be read is one function with a problem, and reading ends soon."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from workbench.cli.engine_parts import build_engine
from workbench.engine.functions import FunctionStore
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.workspace import Workspace

SEED = 90210
ATTEMPTS = 250
MANY_DIGITS = "9" * 5_000
WRITTEN: dict[str, Any] = {"Dumper": getattr(yaml, "CSafeDumper", yaml.SafeDumper), "sort_keys": False, "width": 10**6}
"""In C where PyYAML has it: writing the mutations took as long as half of their reading."""

TEMPLATE = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod], AllowedPattern: '[a-z]+', MaxLength: 9}
  Size: {Type: Number, Default: 5, MinValue: 1}
Mappings: {M: {a: {b: c}}}
Conditions: {IsDev: {'Fn::Equals': [{Ref: Stage}, dev]}}
Globals: {Function: {Timeout: 5, MemorySize: 256, Environment: {Variables: {A: b}}}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Condition: IsDev
    Metadata: {BuildMethod: makefile, BuildProperties: {Target: es2020, EntryPoints: [app.ts]}}
    Properties:
      FunctionName: {'Fn::Sub': 'x-${Stage}'}
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Architectures: [x86_64]
      EphemeralStorage: {Size: 512}
      Layers: [{Ref: Layer}]
      Environment: {Variables: {N: 1, S: {'Fn::Sub': '${Stage}'}}}
      FileSystemConfigs: [{Arn: 'arn:aws:elasticfilesystem:us-east-1:1:access-point/x', LocalMountPath: /mnt/x}]
      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: INFO}
      DurableConfig: {ExecutionTimeout: 5}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Code: {ZipFile: 'def handler(e, c): pass'}, Handler: index.handler, Runtime: python3.12}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: src, DockerBuildArgs: {A: b}}
    Properties: {PackageType: Image, ImageConfig: {Command: [a], EntryPoint: [b], WorkingDirectory: /x}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {P: {Ref: Stage}}}
  'Fn::ForEach::F':
    - X
    - [a, b]
    - 'G${X}': {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}}
Outputs: {O: {Value: {'Fn::GetAtt': [Hello, Arn]}}}
"""
DEEP: list[Any] = []
for _ in range(60):
    DEEP = [DEEP]
HOSTILE: tuple[Any, ...] = (
    MANY_DIGITS, "\0", "a\0b", "x" * 5_000, "../" * 2_000, "/", "/proc", "/dev/zero", "~", "", " ", "-1", "a\nb", "\x1b[31m",
    None, True, 0, -1, 1e308, float("inf"), float("nan"), [], {}, [[]], [None] * 500, DEEP,
    "1:" * 3_000 + "1", "0b" + "1" * 5_000, "${" * 3_000, "{{resolve:" * 500, "{{resolve:ssm:x}}", "arn:" * 1_000, "s3://",
    {"Ref": None}, {"Ref": []}, {"Ref": "x" * 5_000}, {"Fn::Sub": None}, {"Fn::Sub": ["${x}", None]}, {"Fn::Join": ["", "x"]},
    {"Fn::Select": [MANY_DIGITS, ["a"]]}, {"Fn::Select": [float("nan"), ["a"]]}, {"Fn::GetAtt": []}, {"Fn::If": ["x"]},
    {"Fn::Split": ["", "abc"]}, {"Fn::FindInMap": [None, None, None]}, {"Fn::Cidr": ["10.0.0.0/0", 10**9, 1]},
    {"Fn::ToJsonString": DEEP}, {"Fn::ForEach::x": None}, {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {
        "Location": "/dev/zero"}}}, {"Condition": None}, {"Fn::Not": [{"Fn::Not": [None]}]},
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("src", "layer"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src/app.py").write_text("def handler(event, context): return 1\n")
    (tmp_path / "child.yaml").write_text(
        "Parameters: {P: {Type: String}}\nResources:\n  Inner:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}\n")
    return tmp_path


async def names(root: Path) -> dict[str, tuple[str, ...]]:
    """What an engine lists, with each function's problems."""
    store = FunctionStore(root, lambda: PseudoParameters.of_workspace(root, "us-east-1", "123456789012"))
    await store.refresh()
    assert not store.problem, store.problem
    return {function.name: function.problems for function in store.all()}


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document, but not the document itself."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


def mutated(document: Any, chance: random.Random) -> Any:
    """The document with a hostile value in place of something, or as its name."""
    place = chance.choice(list(places(document)))
    value = chance.choice(HOSTILE)
    changed = copy.deepcopy(document)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    if isinstance(parent, dict) and isinstance(value, str) and value and chance.random() < 0.2:
        parent[value] = parent.pop(place[-1])
    else:
        parent[place[-1]] = value
    return changed


def written(document: Any, chance: random.Random) -> str:
    """As YAML or JSON; digits are a number in one half of the cases."""
    text = json.dumps(document) if chance.random() < 0.5 else yaml.dump(document, **WRITTEN)
    return text.replace(f"'{MANY_DIGITS}'", MANY_DIGITS).replace(f'"{MANY_DIGITS}"', MANY_DIGITS)


def test_nothing_written_in_a_template_stops_its_reading(root: Path) -> None:
    """Every mutation is read, or refused in a sentence; the slow ones would make this test run out of time."""
    chance, document = random.Random(SEED), yaml.safe_load(TEMPLATE)
    for attempt in range(ATTEMPTS):
        text = written(mutated(document, chance), chance)
        (root / "template.yaml").write_text(text)
        refused = refusal(Workspace.open(root))
        assert "the message should have named it" not in refused, (attempt, text, refused)


def refusal(workspace: Workspace) -> str:
    """Read all that the window and the engine read of it; the sentence with which that is refused, "" where it is not."""
    try:
        msgspec.json.encode(workspace.functions())
        workspace.remarks()
        workspace.asked_values()
    except WorkspaceError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("location", [MANY_DIGITS, '"\\0"', '"a\\0b"', "x" * 5_000, "/"], ids=lambda text: text[:6])
async def test_code_that_can_not_be_is_a_problem_of_its_function(root: Path, location: str) -> None:
    (root / "template.yaml").write_text(
        "Resources:\n  Odd:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Handler: app.handler\n      Runtime: python3.12\n"
        f"      CodeUri: {location}\n"
        "  Plain:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: src}\n")
    found = await names(root)
    assert found["Plain"] == ()
    assert len(found["Odd"]) == 1
    assert len(found["Odd"][0]) < 1_000


async def test_a_whole_disk_or_a_home_is_no_code(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("USERPROFILE", str(root))
    for location, said in ((root.anchor, "is the whole disk"), (str(root), "is your home folder")):
        (root / "template.yaml").write_text(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
            f"      Runtime: python3.12\n      CodeUri: {json.dumps(location)}\n")
        (problem,) = (await names(root))["F"]
        assert said in problem


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
@pytest.mark.parametrize("name", ["template.yaml", "samconfig.toml", "child.yaml", "events/e.json", "cdk.out/manifest.json"])
async def test_a_pipe_or_a_device_is_not_waited_for(root: Path, name: str) -> None:
    (root / "template.yaml").write_text(TEMPLATE)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).unlink(missing_ok=True)
    os.mkfifo(root / name)
    for _ in ("a pipe", "a device"):
        with suppress(WorkspaceError, InvalidInput):
            workspace = Workspace.open(root)
            workspace.functions()
            workspace.events.list()
            workspace.events.read("e")
        (root / name).unlink()
        (root / name).symlink_to("/dev/zero")


def test_text_that_only_looks_like_the_start_of_something_is_read_quickly(root: Path) -> None:
    """Reading is not quadratic in the length of a text: at 400 KB each of these took minutes."""
    document = yaml.safe_load(TEMPLATE)
    for text in ("${" * 200_000, "{{resolve:" * 40_000, "1:" * 200_000, "9" * 400_000, "{{" * 200_000, "!Sub " * 80_000):
        document["Resources"]["Hello"]["Properties"]["Description"] = {"Fn::Sub": text}
        document["Resources"]["Hello"]["Properties"]["CodeUri"] = text
        (root / "template.yaml").write_text(json.dumps(document))
        Workspace.open(root).functions()


def test_the_loop_that_makes_a_function_is_found_quickly_whatever_its_keys_are(root: Path) -> None:
    """With a regular expression for each key, the second one took forever for the functions of the first."""
    resource = {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.12", "Handler": "a.b", "CodeUri": "."}}
    items = "${Name}" * 30
    body = {f"{items}x": resource, f"{items}y": resource}
    template = {"Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
                "Resources": {"Fn::ForEach::Loop": ["Name", ["aaaaaaaa"], body]}}
    (root / "template.yaml").write_text(json.dumps(template))
    workspace = Workspace.open(root)
    with pytest.raises(WorkspaceError, match="cannot be changed on its own"):
        workspace.delete("a" * 240 + "y")


@pytest.mark.skipif(os.name != "posix", reason="names of folders are text elsewhere")
def test_a_folder_whose_name_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes no such names")
    for refused in (Workspace.open, lambda root: build_engine(root, tmp_path)):
        with pytest.raises(WorkspaceError, match="not valid UTF-8"):
            refused(folder)
