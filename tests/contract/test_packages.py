"""Code reaches the function as deployment would package it: the same kinds of folders in every sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.workspaces import WorkspaceBuilder, one_function
from tests.unit.packages.functions import write_files
from workbench.model.function import SandboxKind

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {{Handler: app.handler, Runtime: python3.11, Timeout: 10, {properties}}}
"""
LISTING = """\
import os
def handler(event, context):
    found = []
    for folder, folders, names in os.walk("."):
        found += [os.path.relpath(os.path.join(folder, name), ".").replace(os.sep, "/") for name in names]
    return sorted(name for name in found if "__pycache__" not in name)
"""

FAILING = """\
import logging
def handler(event, context):
    try:
        1 / 0
    except Exception:
        logging.exception("so")
        raise
"""
FAILING_NODE = "export const handler = async () => { console.log(new Error('x').stack); null.x; };"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache


def workspace(root: Path, files: dict[str, str], properties: str = "CodeUri: .") -> Path:
    return write_files(root, {"template.yaml": TEMPLATE.format(properties=properties), **files})


async def test_the_folder_of_the_template_as_code(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {
        "app.py": LISTING, "lib/tool.py": "", "events/one.json": "{}", ".git/HEAD": "", ".aws-sam/build/Function/app.py": "",
        ".venv/pyvenv.cfg": "", "other-env/pyvenv.cfg": "", "other-env/lib/python3.11/site-packages/hidden.py": ""})
    with (root / "template.yaml").open("a") as template:
        template.write("  OneFile:\n    Type: AWS::Serverless::Function\n"
                       "    Properties: {Handler: app.handler, Runtime: python3.11, Timeout: 10, CodeUri: app.py}\n")
    engine = await start(root)
    assert (root / ".workbench").exists()
    invocation = await engine.invoke()
    assert json.loads(invocation.payload) == ["app.py", "events/one.json", "lib/tool.py", "template.yaml"]
    write_files(root, {"lib/more.py": ""})
    (root / "lib" / "tool.py").unlink()
    await engine.engine.refresh()
    again = await engine.invoke()
    assert json.loads(again.payload) == ["app.py", "events/one.json", "lib/more.py", "template.yaml"]
    assert not (root / "__pycache__").exists()
    assert json.loads((await engine.invoke(function="OneFile")).payload) == ["app.py"]


@in_a_process
async def test_what_is_not_packaged_leaves_environments_warm(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {"app.py": "def handler(e, c): return 1", "events/one.json": "{}"})
    engine = await start(root)
    assert (await engine.invoke()).is_cold
    write_files(root, {"events/one.json": "[]", ".git/index": "", ".aws-sam/build/x": "", "__pycache__/app.pyc": ""})
    await engine.engine.refresh()
    assert not (await engine.invoke()).is_cold


async def test_links_bring_what_they_lead_to(start: StartEngine, tmp_path: Path) -> None:
    code = "import shared, tools.deep\ndef handler(e, c): return [shared.V, tools.deep.V, shared.__file__[-10:]]\n"
    root = workspace(tmp_path / "app", {"src/app.py": code}, "CodeUri: src")
    write_files(tmp_path, {"lib/shared.py": "V = 1\n", "elsewhere/deep.py": "V = 2\n"})
    (root / "src" / "shared.py").symlink_to("../../lib/shared.py")
    (root / "src" / "tools").symlink_to(tmp_path / "elsewhere")
    (root / "src" / "round").symlink_to("..")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == [1, 2, "/shared.py"[-10:]]
    (tmp_path / "lib" / "shared.py").write_text("V = 'changed'\n")
    await engine.engine.refresh()
    assert json.loads((await engine.invoke()).payload) == ["changed", 2, "/shared.py"[-10:]]


async def test_what_only_its_owner_may_read_or_execute(start: StartEngine, tmp_path: Path) -> None:
    """Data, a module, a bootstrap. Folders may be anyone's: they are made anew in the package."""
    builder = WorkspaceBuilder(tmp_path)
    builder.function("Data", {"app.py": "def handler(e, c): return open('data.txt').read()", "data.txt": "secret"})
    builder.function("Module", {"app.py": "def handler(e, c): return 1"})
    builder.function("Custom", {"bootstrap": "#!/bin/sh\n"}, runtime="provided.al2023", handler="x")
    builder.function("Folders", {"app.py": "import lib.x\ndef handler(e, c): return lib.x.V", "lib/x.py": "V = 1\n"})
    root = builder.write()
    for name, mode in {"data/data.txt": 0o600, "module/app.py": 0o600, "custom/bootstrap": 0o744,
                       "folders/lib": 0o700, "folders": 0o700}.items():
        (root / name).chmod(mode)
    engine = await start(root)
    answer = json.loads((await engine.invoke(function="Data")).payload)
    assert (answer["errorType"], answer["errorMessage"]) == ("PermissionError", "[Errno 13] Permission denied: 'data.txt'")
    notices = [event.fields().get("text", "") for event in await engine.client.events() if event.type == "sandbox.progress"]
    assert [text for text in notices if "only the owner may read data.txt of Data" in text]
    answer = json.loads((await engine.invoke(function="Module")).payload)
    assert answer["errorType"] in ("Runtime.ImportModuleError", "PermissionError")
    assert "Permission denied" in answer["errorMessage"]
    answer = json.loads((await engine.invoke(function="Custom")).payload)
    assert answer["errorType"] == "Runtime.InvalidEntrypoint"
    assert "fork/exec /var/task/bootstrap: permission denied" in answer["errorMessage"]
    assert json.loads((await engine.invoke(function="Folders")).payload) == 1
    (root / "data" / "data.txt").chmod(0o644)
    await engine.engine.refresh()
    assert json.loads((await engine.invoke(function="Data")).payload) == "secret"


async def test_what_an_error_says_names_the_file_to_correct(
    start: StartEngine, sandbox: SandboxKind, tmp_path: Path, own_cache: Path
) -> None:
    root = workspace(tmp_path / "app", {"app.py": FAILING, "app.mjs": FAILING_NODE})
    with (root / "template.yaml").open("a") as template:
        template.write("  Node:\n    Type: AWS::Serverless::Function\n"
                       "    Properties: {Handler: app.handler, Runtime: nodejs20.x, Timeout: 10, CodeUri: .}\n")
    engine = await start(root)
    python, node = (await engine.invoke()).payload, (await engine.invoke(function="Node")).payload
    log = "".join(str(event.record) for event in await engine.client.events() if event.type == "function")
    task = str(root) if sandbox == "process" else "/var/task"
    assert json.loads(python)["stackTrace"] == [f'  File "{task}/app.py", line 4, in handler\n    1 / 0\n']
    assert f'File "{task}/app.py", line 4' in log
    assert f"file://{task}/app.mjs:1" in node
    assert f"file://{task}/app.mjs:1" in log
    assert str(own_cache) not in log + python + node


@with_either_client
async def test_code_in_the_template(start: StartEngine, tmp_path: Path) -> None:
    root = tmp_path / "app"
    write_files(root, {"template.yaml": """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.11
      Role: arn:aws:iam::123456789012:role/x
      Code:
        ZipFile: |
          import os, cfnresponse
          def handler(event, context):
              if event.get("fail"):
                  raise ValueError("no")
              return [sorted(os.listdir(".")), cfnresponse.SUCCESS]
  Node:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs20.x
      Role: arn:aws:iam::123456789012:role/x
      Code:
        ZipFile: |
          const response = require("cfn-response");
          exports.handler = async () => [__filename.endsWith("/index.js"), response.FAILED];
""".replace("import os, cfnresponse", "import os\n          import cfnresponse")})
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == [["cfnresponse.py", "index.py"], "SUCCESS"]
    assert json.loads((await engine.invoke(function="Node")).payload) == [True, "FAILED"]
    failed = json.loads((await engine.invoke({"fail": True})).payload)
    assert '"/var/task/index.py", line 5' in failed["stackTrace"][0]


@with_either_client
async def test_a_layer_that_is_the_folder_of_the_template(start: StartEngine, tmp_path: Path) -> None:
    files = {"src/app.js": "exports.handler = async () => require('helper').V;",
             "nodejs/node_modules/helper/index.js": "exports.V = 1;"}
    root = workspace(tmp_path / "app", files, "CodeUri: src, Layers: [!Ref Layer]")
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("python3.11", "nodejs20.x"))
    with (root / "template.yaml").open("a") as file:
        file.write("  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: .}}\n")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == 1


@in_a_process
async def test_sizes_follow_links(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path / "app", "def handler(e, c): return 1")
    (tmp_path / "home").mkdir()
    os.truncate(write_files(tmp_path / "home", {"big": ""}) / "big", 262_144_001)
    (root / "function" / "home").symlink_to(tmp_path / "home")
    engine = await start(root)
    with pytest.raises(Exception, match="Unzipped size must be smaller than 262144000 bytes"):
        await engine.invoke()
