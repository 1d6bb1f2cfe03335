"""Packages as `sam build` makes them, in every sandbox: makefiles, layers with BuildMethod, bundles, packages of this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine, in_a_process
from tests.support.packages import node_packages
from tests.unit.packages.functions import write_files

FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src/, Handler: app.handler, Runtime: {runtime}, Timeout: 10, MemorySize: 256{properties}}}
{more}
"""
LAYERED = """\
import shared
def handler(event, context): return shared.V
"""


@pytest.fixture(autouse=True)
def tools(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, esbuild on PATH, and no registry."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    esbuild = node_packages("esbuild@0.28.2") / "node_modules" / "esbuild" / "bin"
    monkeypatch.setenv("PATH", f"{esbuild}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")


def workspace(root: Path, files: dict[str, str], *, runtime: str = "python3.11", properties: str = "", more: str = "") -> Path:
    return write_files(root, {"template.yaml": FUNCTION.format(runtime=runtime, properties=properties, more=more), **files})


@in_a_process
async def test_a_makefile(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {
        "src/Makefile": "build-Function:\n\tcp lib/app.py $(ARTIFACTS_DIR)\n",
        "src/lib/app.py": "def handler(e, c): return 'one'"}, more="    Metadata: {BuildMethod: makefile}")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == "one"
    (root / "src" / "lib" / "app.py").write_text("def handler(e, c): return 'two'")
    await engine.engine.refresh()
    assert json.loads((await engine.invoke()).payload) == "two"


async def test_a_layer_with_a_build_method(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(
        tmp_path / "app", {"src/app.py": LAYERED, "layer/shared.py": "V = 'layer'", "layer/requirements.txt": ""},
        properties=", Layers: [!Ref Shared]",
        more="  Shared:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {BuildMethod: python3.11}\n"
             "    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.11]}")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == "layer"


async def test_typescript_with_source_maps(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(
        tmp_path / "app", {
            "own/package.json": '{"name": "own", "version": "1.0.0"}', "own/index.js": "exports.word = 'own'",
            "src/package.json": '{"name": "fn", "dependencies": {"own": "file:../own"}}',
            "src/app.ts": "import {word} from 'own';\ninterface E { fail?: boolean }\nexport const handler = async (e: E) => {\n"
                          "  if (e.fail) throw new Error(word);\n  return [word, process.env.NODE_OPTIONS];\n};\n"},
        runtime="nodejs20.x",
        more="    Metadata: {BuildMethod: esbuild, BuildProperties: {Sourcemap: true, EntryPoints: [app.ts]}}")
    engine = await start(root)
    word, options = json.loads((await engine.invoke({})).payload)
    assert (word, "--enable-source-maps" in options) == ("own", True)
    failed = json.loads((await engine.invoke({"fail": True})).payload)
    assert (failed["errorMessage"], f"{root}/src/app.ts:4:" in "".join(failed["trace"])) == ("own", True)


@in_a_process
async def test_sources_beside_the_code_folder_count(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {
        "lib/word.ts": "export const word: string = 'one'",
        "src/app.ts": "import {word} from '../lib/word';\nexport const handler = async () => word"},
        runtime="nodejs20.x", more="    Metadata: {BuildMethod: esbuild}")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == "one"
    (root / "lib" / "word.ts").write_text("export const word: string = 'two'")
    await engine.engine.refresh()
    assert json.loads((await engine.invoke()).payload) == "two"


@in_a_process
async def test_a_package_of_this_machine(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "app", {
        "shared/package.json": '{"name": "shared", "version": "1.0.0", "main": "i.js"}', "shared/i.js": "exports.v = 'one'",
        "src/package.json": '{"name": "fn", "dependencies": {"shared": "file:../shared"}}',
        "src/app.js": "exports.handler = async () => require('shared').v"}, runtime="nodejs20.x")
    engine = await start(root)
    assert json.loads((await engine.invoke()).payload) == "one"
    (root / "shared" / "i.js").write_text("exports.v = 'two'")
    await engine.engine.refresh()
    assert json.loads((await engine.invoke()).payload) == "two"
