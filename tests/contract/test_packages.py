"""Code reaches the function as deployment would package it: the same kinds of folders in every sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
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


async def test_a_file_that_only_its_owner_may_read(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, "def handler(e, c): return open('data.txt').read()")
    write_files(root / "function", {"data.txt": "secret"})
    (root / "function" / "data.txt").chmod(0o600)
    engine = await start(root)
    answer = json.loads((await engine.invoke()).payload)
    assert (answer["errorType"], answer["errorMessage"]) == ("PermissionError", "[Errno 13] Permission denied: 'data.txt'")
    notices = [event.fields().get("text", "") for event in await engine.client.events() if event.type == "sandbox.progress"]
    assert [text for text in notices if "only the owner may read data.txt of Function" in text]
    (root / "function" / "data.txt").chmod(0o644)
    await engine.engine.refresh()
    assert json.loads((await engine.invoke()).payload) == "secret"


async def test_a_module_that_only_its_owner_may_read(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, "def handler(e, c): return 1")
    (root / "function" / "app.py").chmod(0o600)
    engine = await start(root)
    answer = json.loads((await engine.invoke()).payload)
    assert answer["errorType"] in ("Runtime.ImportModuleError", "PermissionError")
    assert "Permission denied" in answer["errorMessage"]


async def test_a_bootstrap_that_only_its_owner_may_execute(start: StartEngine, tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path).function(
        "Function", {"bootstrap": "#!/bin/sh\n"}, runtime="provided.al2023", handler="x").write()
    (root / "function" / "bootstrap").chmod(0o744)
    engine = await start(root)
    answer = json.loads((await engine.invoke()).payload)
    assert answer["errorType"] == "Runtime.InvalidEntrypoint"
    assert "fork/exec /var/task/bootstrap: permission denied" in answer["errorMessage"]


async def test_folders_may_be_anyones(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, "import lib.x\ndef handler(e, c): return lib.x.V")
    write_files(root / "function", {"lib/x.py": "V = 1\n"})
    (root / "function" / "lib").chmod(0o700)
    (root / "function").chmod(0o700)
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == 1


async def test_a_stack_trace_names_the_file_to_correct(start: StartEngine, sandbox: SandboxKind, tmp_path: Path,
                                                       own_cache: Path) -> None:
    root = workspace(tmp_path / "app", {"app.py": FAILING})
    engine = await start(root)
    invocation = await engine.invoke()
    task = str(root) if sandbox == "process" else "/var/task"
    assert json.loads(invocation.payload)["stackTrace"] == [f'  File "{task}/app.py", line 4, in handler\n    1 / 0\n']
    log = "".join(str(event.record) for event in await engine.client.events() if event.type == "function")
    assert f'File "{task}/app.py", line 4' in log
    assert str(own_cache) not in log + invocation.payload


async def test_node_names_the_file_to_correct(start: StartEngine, sandbox: SandboxKind, tmp_path: Path, own_cache: Path) -> None:
    root = workspace(tmp_path / "app", {"app.mjs": FAILING_NODE})
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("python3.11", "nodejs20.x"))
    engine = await start(root)
    invocation = await engine.invoke()
    log = "".join(str(event.record) for event in await engine.client.events() if event.type == "function")
    task = str(root) if sandbox == "process" else "/var/task"
    assert f"file://{task}/app.mjs:1" in invocation.payload
    assert f"file://{task}/app.mjs:1" in log
    assert str(own_cache) not in log + invocation.payload


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


async def test_one_file_as_code(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {"src/app.py": LISTING, "src/other.py": ""}, "CodeUri: src/app.py")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == ["app.py"]


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


async def test_sizes_follow_links(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path / "app", "def handler(e, c): return 1")
    (tmp_path / "home").mkdir()
    os.truncate(write_files(tmp_path / "home", {"big": ""}) / "big", 262_144_001)
    (root / "function" / "home").symlink_to(tmp_path / "home")
    engine = await start(root)
    with pytest.raises(Exception, match="Unzipped size must be smaller than 262144000 bytes"):
        await engine.invoke()
