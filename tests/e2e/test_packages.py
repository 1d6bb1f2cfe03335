"""Layers, packages and dependencies as a function sees them, in both sandboxes."""

import json
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from tests.unit.packages.zips import write_zip

CODE = """
import os, sys
def handler(event, context):
    found = {}
    for name in event:
        try:
            found[name] = __import__(name).__file__
        except ImportError as error:
            found[name] = f"ImportError {error}"
    return {"found": found, "path": [entry for entry in sys.path[:4]], "root": os.environ["LAMBDA_TASK_ROOT"],
            "setting": os.environ.get("SETTING")}
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


async def test_layers_and_requirements_in_a_process(tmp_path: Path) -> None:
    root = workspace(tmp_path / "app")
    async with engine_in_test(root) as engine:
        first = json.loads((await engine.invoke(["inflection", "fromlayer", "zipped"])).payload)
        assert first["found"]["inflection"].startswith(first["root"])
        assert "ImportError" not in str(first["found"])
        assert first["setting"].endswith("/x.json")
        assert not first["setting"].startswith("/opt")
        (root / "one" / "python" / "fromlayer.py").write_text("changed = 1\n")
        code = "import fromlayer, inflection\ndef handler(e, c): return [fromlayer.changed, inflection.__version__]\n"
        (root / "function" / "app.py").write_text(code)
        await engine.engine.refresh()
        assert json.loads((await engine.invoke([])).payload) == [1, "0.5.1"]


@pytest.mark.docker
async def test_layers_and_requirements_in_docker(tmp_path: Path, docker_images: dict[str, str]) -> None:
    root = workspace(tmp_path / "app")
    async with engine_in_test(root, sandbox="docker", images=docker_images) as engine:
        first = json.loads((await engine.invoke(["inflection"])).payload)
        assert first["found"]["inflection"] == "/var/task/inflection/__init__.py"


async def test_a_zip_as_code_and_too_many_layers(tmp_path: Path) -> None:
    root = workspace(tmp_path / "app")
    write_zip(root / "function.zip", {"app.py": CODE})
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("CodeUri: function/", "CodeUri: function.zip"))
    async with engine_in_test(root) as engine:
        answer = json.loads((await engine.invoke(["zipped"])).payload)
        assert "ImportError" not in str(answer["found"])


def workspace(root: Path) -> Path:
    builder = WorkspaceBuilder(root).function(
        "Function", {"app.py": CODE, "requirements.txt": "inflection==0.5.1\n"},
        properties="Layers: [!Ref One, !Ref Two]\n", environment={"SETTING": "/opt/x.json"})
    path = builder.write()
    (root / "one" / "python").mkdir(parents=True)
    (root / "one" / "python" / "fromlayer.py").write_text("")
    write_zip(root / "two.zip", {"python/lib/python3.11/site-packages/zipped.py": ""})
    with (path / "template.yaml").open("a") as file:
        file.write("  One: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: one}}\n"
                   "  Two: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: two.zip}}\n")
    return path
