"""NODE_PATH for `import`, as Lambda's Node.js has it: in node's thread for hooks, and where node runs hooks in place."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.nodes import CACHE
from tests.support.runtime_api_server import Outcome, event, run_client
from workbench.runtimes.command_lines import node_command

BOOTSTRAP = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.cjs"
NEWER = CACHE / "node24" / "node_modules" / ".bin" / "node"
NODES = [pytest.param(str(node), id=name) for name, node in (("here", shutil.which("node")), ("newer", NEWER))
         if node is not None and Path(node).exists()]

pytestmark = [pytest.mark.node, pytest.mark.skipif(not NODES, reason="Node.js is not installed")]

LAYER = {
    "plain/package.json": '{"name": "plain", "main": "lib/main.js"}',
    "plain/lib/main.js": "exports.from = 'layer main'",
    "plain/lib/other.js": "exports.from = 'layer other'",
    "@scope/exported/package.json": json.dumps({"name": "@scope/exported", "exports": {
        ".": {"import": "./module.mjs", "require": "./common.js"}, "./sub": "./deep/sub.mjs"}}),
    "@scope/exported/module.mjs": "import plain from 'plain'; export const from = `exports import, ${plain.from}`",
    "@scope/exported/common.js": "exports.from = 'exports require'",
    "@scope/exported/deep/sub.mjs": "export const from = 'exports sub'",
    "both/index.js": "exports.from = 'layer'",
}
TASK = {
    "node_modules/both/index.js": "exports.from = 'own'",
    "shared/util.js": "exports.from = 'task root'",
    "shared/named/package.json": '{"name": "shared", "exports": "./index.mjs"}',
    "imports.mjs": "import plain from 'plain'; import { from } from '@scope/exported'\n"
                   "import * as sub from '@scope/exported/sub'\n"
                   "import both from 'both'; import { sep } from 'node:path'\nimport other from 'plain/lib/other.js'\n"
                   "const dynamic = await import('@scope/exported')\n"
                   "export const handler = async () => [plain.from, from, sub.from, both.from, other.from, dynamic.from, sep]",
    "common.js": "const { find } = require('./lib/finder')\n"
                 "exports.handler = async () => [await find(), require('@scope/exported').from]",
    "lib/finder.js": "exports.find = async () => (await import('@scope/exported')).from",
    "root.mjs": "import shared from 'shared/util.js'; export const handler = async () => shared.from",
    "deep/root.mjs": "import { from } from './next.mjs'; export const handler = async () => from",
    "deep/next.mjs": "import shared from 'shared/util.js'; export const from = shared.from",
    "plain.mjs": "import { Worker } from 'worker_threads'; import 'node:fs'; import { from } from './deep/beside.mjs'\n"
                 "export const handler = async () => [from, new Worker('', { eval: true }).threadId]",
    "deep/beside.mjs": "export { sep as from } from 'path'",
    "built.mjs": "import { Worker } from 'worker_threads'\nconst from = (await import(`${'pl'}ain`)).default.from\n"
                 "export const handler = async () => [from, new Worker('', { eval: true }).threadId]",
    "missing.mjs": "export const handler = async (name) => import(name).catch((error) => [error.code, error.message])",
    "absent.mjs": "import 'absent'; export const handler = async () => 1",
}


@pytest.fixture
def task(tmp_path: Path) -> Path:
    for root, files in (("opt/nodejs/node_modules", LAYER), ("task", TASK)):
        for name, text in files.items():
            place = tmp_path / root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    return tmp_path / "task"


def run(
    node: str, task: Path, handler: str, given: object = None, *, layers: bool = True, runtime: str = "nodejs22.x"
) -> Outcome:
    folders = [str(task.parent / "opt/nodejs/node_modules")] if layers else []
    settings = {"AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}", "_HANDLER": handler,
                "NODE_PATH": os.pathsep.join([*folders, str(task)])}
    return run_client(node_command(node, BOOTSTRAP, ()), task, settings, (event(given),))


def answer(outcome: Outcome) -> object:
    assert outcome.stderr == b""
    return outcome.posts[0].document()


@pytest.mark.parametrize("runtime", ["nodejs20.x", "nodejs24.x"])
@pytest.mark.parametrize("node", NODES)
def test_modules_find_layers_with_conditions_and_subpaths(node: str, task: Path, runtime: str) -> None:
    imported = "exports import, layer main"
    assert answer(run(node, task, "imports.handler", runtime=runtime)) == [
        "layer main", imported, "exports sub", "own", "layer other", imported, os.sep]


@pytest.mark.parametrize("node", NODES)
def test_a_common_module_imports_and_requires_from_a_layer(node: str, task: Path) -> None:
    assert answer(run(node, task, "common.handler")) == ["exports import, layer main", "exports require"]


@pytest.mark.parametrize("layers", [True, False])
@pytest.mark.parametrize("handler", ["root.handler", "deep/root.handler"])
@pytest.mark.parametrize("node", NODES)
def test_the_task_root_is_searched_too(node: str, task: Path, handler: str, layers: bool) -> None:
    assert answer(run(node, task, handler, layers=layers)) == "task root"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_thread_for_hooks_is_started_only_for_who_could_need_it(task: Path) -> None:
    """The next thread's number tells whether there was one before."""
    node = str(shutil.which("node"))
    threads_before = {handler: answer(run(node, task, f"{handler}.handler"))[1] - 1  # type: ignore[index]
                      for handler in ("plain", "built")}
    assert threads_before["plain"] == 0
    assert threads_before["built"] in (0, 1)  # none where node runs hooks in place


@pytest.mark.parametrize("node", NODES)
def test_names_that_are_put_together_are_found(node: str, task: Path) -> None:
    assert answer(run(node, task, "built.handler"))[0] == "layer main"  # type: ignore[index]


@pytest.mark.parametrize("node", NODES)
def test_what_is_nowhere_fails_in_nodes_own_words(node: str, task: Path) -> None:
    code, message = answer(run(node, task, "missing.handler", "nowhere"))  # type: ignore[misc]
    assert (code, message) == ("ERR_MODULE_NOT_FOUND", f"Cannot find package 'nowhere' imported from {task}/missing.mjs")
    document = run(node, task, "absent.handler").posts[0].document()
    assert re.match("Cannot find package 'absent' imported from .*/absent.mjs$", document["errorMessage"])


def test_before_node_18_import_knew_no_path(task: Path) -> None:
    node = str(shutil.which("node"))
    code, message = answer(run(node, task, "missing.handler", "plain", runtime="nodejs16.x"))  # type: ignore[misc]
    assert (code, message.splitlines()[0].split(" imported")[0]) == ("ERR_MODULE_NOT_FOUND", "Cannot find package 'plain'")
