"""npm's dependencies on this machine: `file:` packages and workspaces, built by the real npm without a registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.unit.packages.functions import Steps, function, write_files
from tests.unit.packages.zips import tree
from workbench.packages.node_projects import read_project
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.targets import Target

NODE = Target(sandbox="process", interpreter=shutil.which("node") or "node", trusted=True)
OFFLINE = {**os.environ, "npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}


def package(name: str, text: str, version: str = "1.0.0", **more: object) -> dict[str, str]:
    return {"package.json": json.dumps({"name": name, "version": version, "main": "i.js", **more}), "i.js": text}


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def lock(folder: Path) -> None:
    command = ["npm", "install", "--no-install-links", "--package-lock-only", "--no-audit"]
    subprocess.run(command, cwd=folder, env=OFFLINE, check=True, capture_output=True)


async def prepare(code: Path, cache: Path, steps: Steps | None = None) -> BuiltPackage:
    return await Packages(cache, variables=OFFLINE).prepare(function(code, runtime="nodejs20.x"), NODE, steps or Steps())


def answer(prepared: BuiltPackage) -> str:
    return subprocess.run([NODE.interpreter, "-p", "require('./index.js').answer"], cwd=prepared.code_path, capture_output=True,
                          text=True, check=True).stdout.strip()


async def test_a_package_of_this_machine_is_installed_with_what_it_needs(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        **below("deep", package("deep", "exports.word = 'deep'")),
        **below("shared", package("shared", "exports.word = require('deep').word + ' and shared'",
                                  dependencies={"deep": "file:../deep"}, devDependencies={"nowhere": "1"},
                                  scripts={"prepare": "exit 1", "preinstall": "node -e 0"})),
        **below("shared/node_modules/old", package("old", "")),
        **below("src", package("fn", "", dependencies={"shared": "file:../shared"})),
        "src/index.js": "exports.answer = require('shared').word"})
    before = tree(root)
    prepared = await prepare(root / "src", tmp_path / "cache")
    assert answer(prepared) == "deep and shared"
    assert not any(path.is_symlink() for path in Path(prepared.code_path, "node_modules").iterdir())
    assert tree(root) == before

    (root / "deep" / "i.js").write_text("exports.word = 'changed'")
    assert answer(await prepare(root / "src", tmp_path / "cache")) == "changed and shared"
    again = Steps()
    await prepare(root / "src", tmp_path / "cache", again)
    assert again.all == []


async def test_a_lock_with_a_link_out_of_the_package(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        **below("deep", package("deep", "exports.word = 'deep'")),
        **below("shared", package("shared", "exports.word = require('deep').word", dependencies={"deep": "file:../deep"})),
        **below("src", package("fn", "", dependencies={"shared": "file:../shared"})),
        "src/index.js": "exports.answer = require('shared').word"})
    lock(root / "src")
    assert json.loads((root / "src" / "package-lock.json").read_text())["packages"]["node_modules/shared"]["link"]
    assert answer(await prepare(root / "src", tmp_path / "cache")) == "deep"


async def test_words_of_yarn_and_pnpm_are_understood_and_told(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        **below("shared", package("shared", "exports.word = 'shared'")),
        **below("src", package("fn", "", dependencies={"shared": "link:../shared"})),
        "src/index.js": "exports.answer = require('shared').word"})
    prepared = await prepare(root / "src", tmp_path / "cache")
    assert answer(prepared) == "shared"
    assert any("shared (link:../shared)" in notice and "sam build refuses it" in notice for notice in prepared.notices)


async def test_a_workspace_takes_its_siblings_and_nothing_else(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        "package.json": json.dumps({"name": "root", "workspaces": ["functions/*", "packages/**"], "devDependencies": {"n": "1"}}),
        **below("packages/lib", package("@org/lib", "exports.word = require('@org/base').word",
                                        dependencies={"@org/base": "1.0.0"})),
        **below("packages/deep/base", package("@org/base", "exports.word = 'base'")),
        **below("packages/other", package("@org/other", "", dependencies={"not-there-at-all": "1"})),
        **below("functions/one", package("one", "", dependencies={"@org/lib": "workspace:*"})),
        "functions/one/index.js": "exports.answer = require('@org/lib').word",
        **below("functions/two", package("two", ""))})
    prepared = await prepare(root / "functions" / "one", tmp_path / "cache")
    assert answer(prepared) == "base"
    modules = Path(prepared.code_path, "node_modules")
    assert {path.name for path in modules.iterdir() if not path.name.startswith(".")} == {"@org"}
    assert {path.name for path in (modules / "@org").iterdir()} == {"lib", "base"}
    assert not any(path.is_symlink() for path in (modules / "@org").iterdir())


async def test_workspaces_with_a_lock(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        "package.json": json.dumps({"name": "root", "workspaces": ["one", "lib", "other"]}),
        **below("lib", package("lib", "exports.word = 'lib'")),
        **below("other", package("other", "", dependencies={"lib": "*"})),
        **below("one", package("one", "", dependencies={"lib": "*"})),
        "one/index.js": "exports.answer = require('lib').word"})
    lock(root)
    prepared = await prepare(root / "one", tmp_path / "cache")
    assert answer(prepared) == "lib"
    modules = Path(prepared.code_path, "node_modules")
    assert {path.name for path in modules.iterdir() if not path.name.startswith(".")} == {"lib"}


async def test_installed_packages_count_only_while_they_are_those_listed(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        **below("shared", package("shared", "exports.word = 'installed by npm'")),
        **below("src", package("fn", "", dependencies={"shared": "file:../shared"})),
        **below("src/node_modules/shared", package("shared", "exports.word = 'as it lies there'")),
        "src/index.js": "exports.answer = require('shared').word"})
    prepared = await prepare(root / "src", tmp_path / "cache")
    assert (answer(prepared), prepared.code_path) == ("as it lies there", str(root / "src"))

    write_files(root, {**below("more", package("more", "")),
                       **below("src", package("fn", "", dependencies={"shared": "file:../shared", "more": "file:../more"}))})
    (root / "src" / "index.js").write_text("exports.answer = typeof require('more') + ' ' + require('shared').word")
    assert answer(await prepare(root / "src", tmp_path / "cache")) == "object installed by npm"


def test_paths_that_lead_nowhere_and_loops(tmp_path: Path) -> None:
    root = write_files(tmp_path, {
        **below("one", package("one", "", dependencies={"two": "file:../two", "gone": "file:../gone", "three": "../three"})),
        **below("two", package("two", "", dependencies={"one": "file:../one"})),
        **below("three", {"package.json": "no json"})})
    project = read_project(root / "one")
    assert (project.code, set(project.folders)) == ("one", {"two", "three"})
    assert set(project.files) == {"one/package.json", "two/package.json", "three/package.json"}
