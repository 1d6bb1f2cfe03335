"""What lies above a Node.js function's folder is not there on Lambda, and must not be found here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from workbench.state.invocation import Invocation

pytestmark = pytest.mark.node


async def invoked(root: Path, code: Mapping[str, str], around: Mapping[str, str]) -> Invocation:
    workspace = WorkspaceBuilder(root / "repository" / "w").function("Function", code, runtime="nodejs20.x").write()
    for name, text in around.items():
        place = root / "repository" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    async with engine_in_test(workspace, sandbox="process") as engine:
        return await engine.invoke({})


@pytest.mark.parametrize(("file", "code"), [
    ("app.js", "const x = require('around'); exports.handler = async () => x"),
    ("app.mjs", "import x from 'around'; export const handler = async () => x"),
])
async def test_packages_of_the_repository_around_are_not_found(tmp_path: Path, file: str, code: str) -> None:
    invocation = await invoked(tmp_path, {file: code}, {"node_modules/around/index.js": "module.exports = 1"})
    document = json.loads(invocation.payload)
    assert re.match("(Error: )?Cannot find (module|package) 'around'", document["errorMessage"])
    assert str(tmp_path / "repository" / "w" / "function" / file) in json.dumps(document), "the person's own file is named"


async def test_the_functions_own_packages_are(tmp_path: Path) -> None:
    code = {"app.js": "exports.handler = async () => require('own')", "node_modules/own/index.js": "module.exports = 'own'"}
    around = {"node_modules/own/index.js": "module.exports = 'around'"}
    assert json.loads((await invoked(tmp_path, code, around)).payload) == "own"


async def test_a_package_json_around_does_not_say_what_kind_of_module_the_code_is(tmp_path: Path) -> None:
    code = {"app.js": "exports.handler = async () => 'common'"}
    assert json.loads((await invoked(tmp_path, code, {"package.json": '{"type": "module"}'})).payload) == "common"


async def test_code_without_such_surroundings_runs_in_place(tmp_path: Path) -> None:
    code = {"app.js": "exports.handler = async () => __filename"}
    answer = json.loads((await invoked(tmp_path, code, {"package.json": '{"name": "plain"}'})).payload)
    assert answer == str(tmp_path / "repository" / "w" / "function" / "app.js")
