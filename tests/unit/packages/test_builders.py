"""Packages as `sam build` makes them: makefiles, bundles and layers, by the real tools. esbuild comes from npm once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.packages import node_packages
from tests.unit.packages.functions import HERE, Steps, function, write_files
from tests.unit.packages.zips import tree
from workbench.model.failures import WorkspaceError
from workbench.model.function import Build, FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.targets import Target

NODE = Target(sandbox="process", interpreter=shutil.which("node") or "node", trusted=True)
OFFLINE = {**os.environ, "npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0",
           "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}


def asked(code: Path, method: str, runtime: str = "python3.11", handler: str = "app.handler", *,
          environment: Mapping[str, str] | None = None, **properties: Any) -> FunctionConfiguration:
    return msgspec.structs.replace(
        function(code, runtime=runtime), handler=handler, environment=environment or {},
        build=Build(logical_id="Hello", method=method, properties=properties))


def layered(code: Path, layer: Path, method: str, runtime: str = "python3.11", **properties: Any) -> FunctionConfiguration:
    return msgspec.structs.replace(
        function(code, layer, runtime=runtime),
        layer_builds=(Build(logical_id="Shared", method=method, properties=properties),))


async def prepare(wanted: FunctionConfiguration, cache: Path, steps: Steps | None = None, *,
                  variables: Mapping[str, str] = OFFLINE) -> BuiltPackage:
    target = NODE if wanted.runtime.startswith("nodejs") else HERE
    return await Packages(cache, variables=variables).prepare(wanted, target, steps or Steps())


def with_esbuild() -> dict[str, str]:
    """PATH with an esbuild, which is installed for the tests if need be."""
    folder = node_packages("esbuild@0.28.2") / "node_modules" / "esbuild" / "bin"
    return {**OFFLINE, "PATH": f"{folder}{os.pathsep}{OFFLINE['PATH']}"}


def without(*tools: str) -> dict[str, str]:
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep)
               if not any(shutil.which(tool, path=folder) for tool in tools)]
    return {**OFFLINE, "PATH": os.pathsep.join(folders)}


# --- makefile


async def test_a_makefile_makes_the_package_once_for_each_state_of_the_source(tmp_path: Path) -> None:
    code = write_files(tmp_path / "app" / "src", {
        "Makefile": "build-Hello:\n\tcp lib/app.py $(ARTIFACTS_DIR)\n\techo here > made\n\tcp made $(ARTIFACTS_DIR)\n",
        "lib/app.py": "one", ".git/config": "", ".workbench/x": ""})
    before = tree(code)
    package = await prepare(asked(code, "makefile"), tmp_path / "cache")
    assert tree(Path(package.code_path)) == {"app.py": "one", "made": "here\n"}
    assert package.code_size_bytes == 8
    assert tree(code) == before

    again = Steps()
    assert await prepare(asked(code, "makefile"), tmp_path / "cache", again) == package
    assert again.all == []
    (code / "lib" / "app.py").write_text("two")
    assert tree(Path((await prepare(asked(code, "makefile"), tmp_path / "cache")).code_path))["app.py"] == "two"


async def test_a_makefile_in_another_working_directory(tmp_path: Path) -> None:
    code = write_files(tmp_path / "app" / "src", {"Makefile": "build-Hello:\n\tpwd > $(ARTIFACTS_DIR)/place\n", "deep/x": ""})
    package = await prepare(asked(code, "makefile", WorkingDirectory=str(code / "deep")), tmp_path / "cache")
    place = Path(package.code_path, "place").read_text().strip()
    assert (Path(place).name, str(code) in place) == ("deep", False)
    package = await prepare(asked(code, "makefile", WorkingDirectory=str(tmp_path)), tmp_path / "cache")
    assert Path(package.code_path, "place").read_text().strip() == str(tmp_path)


@pytest.mark.parametrize(("makefile", "words", "advice"), [
    ("build-Other:\n\ttrue\n", "No rule to make target 'build-Hello'", "needs a target build-Hello"),
    ("build-Hello:\n\techo it is broken >&2; exit 3\n", "it is broken", "Correct what the builder names"),
    ("build-Hello:\n\tno-such-tool x\n", "no-such-tool", "The build runs no-such-tool, which is not on PATH"),
    ("build-Hello:\n\t@echo 'curl: (6) Could not resolve host: x' >&2; exit 6\n", "curl: (6)", "Check the network"),
    (None, "Makefile not found at {code}/Makefile", "Put a Makefile with a target build-Hello into src"),
])
async def test_a_makefile_that_does_not_work(tmp_path: Path, makefile: str | None, words: str, advice: str) -> None:
    code = write_files(tmp_path / "src", {"app.py": "", **({"Makefile": makefile} if makefile else {})})
    with pytest.raises(DependencyError) as failed:
        await prepare(asked(code, "makefile"), tmp_path / "cache")
    assert failed.value.message.startswith("The build of hello with makefile failed.\n")
    assert words.format(code=code) in failed.value.message
    assert advice in failed.value.hint
    assert list((tmp_path / "cache" / "making").iterdir()) == []


async def test_an_empty_package_is_told(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"Makefile": "build-Hello:\n\ttrue\n"})
    package = await prepare(asked(code, "makefile"), tmp_path / "cache")
    assert package.notices == ("make build-Hello left nothing in ARTIFACTS_DIR: the package of hello is empty.",)


async def test_a_makefile_written_small(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"makefile": "build-Hello:\n\ttouch $(ARTIFACTS_DIR)/x\n\techo 1 > $(ARTIFACTS_DIR)/y"})
    package = await prepare(asked(code, "makefile"), tmp_path / "cache")
    assert (set(tree(Path(package.code_path))), len(package.notices)) == ({"x", "y"}, 1)


async def test_a_custom_runtime_is_built_where_its_makefile_says_how(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"Makefile": "build-Hello:\n\ttouch $(ARTIFACTS_DIR)/bootstrap\n"})
    package = await prepare(function(code, runtime="provided.al2023"), tmp_path / "cache")
    assert tree(Path(package.code_path)) == {"bootstrap": ""}
    (code / "bootstrap").touch()
    assert (await prepare(function(code, runtime="provided.al2023"), tmp_path / "cache")).code_path == str(code)


# --- what cannot be built


async def test_an_unknown_method_is_refused_in_sams_words(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="'webpack' does not have a supported builder"):
        await prepare(asked(write_files(tmp_path, {"app.py": ""}), "webpack"), tmp_path / "cache")


@pytest.mark.parametrize(("method", "files", "tool"), [
    ("makefile", {"Makefile": ""}, "make"), ("java21", {"pom.xml": ""}, "mvn"), ("java21", {"build.gradle": ""}, "gradle"),
    ("dotnet8", {"x.csproj": ""}, "dotnet"), ("go1.x", {"go.mod": ""}, "go"), ("rust-cargolambda", {"Cargo.toml": ""}, "cargo"),
    ("ruby3.4", {"Gemfile": "gem 'x'"}, "ruby"),
])
async def test_a_missing_tool_is_named_with_how_to_get_it(tmp_path: Path, method: str, files: dict[str, str], tool: str) -> None:
    variables = {**OFFLINE, "PATH": str(tmp_path)}
    (tmp_path / "java").touch(mode=0o755)
    with pytest.raises(DependencyError) as failed:
        await prepare(asked(write_files(tmp_path / "src", files), method), tmp_path / "cache", variables=variables)
    assert failed.value.message == f"hello is built with {method}, which needs {tool}, and {tool} was not found on PATH."
    assert failed.value.hint.startswith("Install ")


async def test_a_package_that_is_made_already_is_taken_as_it_is(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"app.py": "", "requirements.txt": "six==999\n", "Makefile": "build-Hello:\n\texit 1\n"})
    for method in ("makefile", ""):
        assert (await prepare(asked(code, method, SkipBuild=True), tmp_path / "cache")).code_path == str(code)


async def test_ruby_runs_without_its_gems_where_bundler_is_missing_and_it_is_told(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"app.rb": "", "Gemfile": "source 'x'\ngem 'httparty'\n"})
    package = await prepare(function(code, runtime="ruby3.4"), tmp_path / "cache", variables={**OFFLINE, "PATH": str(tmp_path)})
    assert (package.code_path, package.notices[0].partition(":")[0]) == (
        str(code), "The Gemfile of hello lists gems, which are not installed because Bundler was not found")


# --- layers


async def test_a_layers_content_goes_where_its_language_looks(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": ""})
    layer = write_files(tmp_path / "layer", {"shared.py": "V = 'layer'", "requirements.txt": "", "deep/x.py": ""})
    package = await prepare(layered(code, layer, "python3.11"), tmp_path / "cache")
    assert set(tree(Path(package.opt_path))) == {"python/shared.py", "python/requirements.txt", "python/deep/x.py"}
    (layer / "shared.py").write_text("changed")
    package = await prepare(layered(code, layer, "python3.11"), tmp_path / "cache")
    assert Path(package.opt_path, "python", "shared.py").read_text() == "changed"


async def test_a_layer_of_node_packages(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"index.js": ""})
    layer = write_files(tmp_path / "layer", {
        "package.json": json.dumps({"name": "l", "dependencies": {"own": "file:../own"}}), "helper.js": "",
        "node_modules/stale/index.js": ""})
    write_files(tmp_path / "own", {"package.json": '{"name": "own", "version": "1.0.0"}', "index.js": ""})
    package = await prepare(layered(code, layer, "nodejs20.x", "nodejs20.x"), tmp_path / "cache")
    there = set(tree(Path(package.opt_path)))
    assert {"nodejs/helper.js", "nodejs/package.json", "nodejs/node_modules/own/index.js"} <= there
    assert "nodejs/node_modules/stale/index.js" not in there


async def test_a_layer_by_makefile(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": ""})
    layer = write_files(tmp_path / "layer", {"Makefile": "build-Shared:\n\tmkdir $(ARTIFACTS_DIR)/python\n"
                                                         "\techo 1 > $(ARTIFACTS_DIR)/python/x.py\n"})
    package = await prepare(layered(code, layer, "makefile"), tmp_path / "cache")
    assert tree(Path(package.opt_path)) == {"python/x.py": "1\n"}


@pytest.mark.parametrize(("method", "words"), [
    ("esbuild", "'esbuild' runtime is not supported for layers"), ("webpack", "'webpack' does not have a supported builder")])
async def test_what_layers_can_not_be_built_with(tmp_path: Path, method: str, words: str) -> None:
    layer = write_files(tmp_path / "layer", {"x.py": ""})
    with pytest.raises(WorkspaceError, match=words):
        await prepare(layered(write_files(tmp_path / "code", {"app.py": ""}), layer, method), tmp_path / "cache")


async def test_a_layer_for_another_version_is_told(tmp_path: Path) -> None:
    layer = write_files(tmp_path / "layer", {"x.py": ""})
    package = await prepare(layered(write_files(tmp_path / "code", {"app.py": ""}), layer, "python3.9"), tmp_path / "cache")
    assert "is built for python3.9 and hello runs on python3.11" in package.notices[0]


# --- esbuild


@pytest.mark.parametrize(("properties", "words"), [
    ({"EntryPoints": "app.ts"}, "EntryPoints must be a list\n"),
    ({"EntryPoints": ["app.ts"], "Define": {"A": "1"}}, "Failed to determine the type of the configuration: {'A': '1'}\n")])
async def test_properties_that_the_builder_refuses_are_told_in_a_sentence(
        tmp_path: Path, properties: dict[str, Any], words: str) -> None:
    code = write_files(tmp_path / "code", {"app.ts": ""})
    with pytest.raises(DependencyError) as failed:
        await prepare(asked(code, "esbuild", "nodejs20.x", **properties), tmp_path / "cache", variables=with_esbuild())
    assert f"failed.\n{words}" in f"{failed.value.message}\n"


def run(package: BuiltPackage, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE.interpreter, "-e", program], cwd=package.code_path, capture_output=True, text=True,
                          env={**os.environ, **dict(package.variables)})


async def test_typescript_is_bundled_with_what_it_needs(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        "own/package.json": '{"name": "own", "version": "1.0.0"}', "own/index.js": "exports.word = 'own'",
        "src/package.json": '{"name": "fn", "dependencies": {"own": "file:../own"}}',
        "src/app.ts": "import {word} from 'own';\nexport const handler = async (e: any): Promise<string> => word;\n"})
    before = tree(root)
    package = await prepare(asked(root / "src", "esbuild", "nodejs20.x", EntryPoints=["app.ts"]), tmp_path / "cache",
                            variables=with_esbuild())
    assert set(tree(Path(package.code_path))) == {"app.js"}
    assert run(package, "require('./app').handler().then(console.log)").stdout == "own\n"
    assert (tree(root), package.notices, package.handler) == (before, (), "")

    again = Steps()
    await prepare(asked(root / "src", "esbuild", "nodejs20.x", EntryPoints=["app.ts"]), tmp_path / "cache", again,
                  variables=with_esbuild())
    assert again.all == []
    (root / "own" / "index.js").write_text("exports.word = 'changed'")
    package = await prepare(asked(root / "src", "esbuild", "nodejs20.x", EntryPoints=["app.ts"]), tmp_path / "cache",
                            variables=with_esbuild())
    assert run(package, "require('./app').handler().then(console.log)").stdout == "changed\n"


async def test_a_handler_in_a_folder_moves_up_with_the_bundle(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"handlers/app.ts": "export const handler = () => 'ts'", "package.json": "{}"})
    wanted = asked(code, "esbuild", "nodejs20.x", "handlers/app.handler")
    package = await prepare(wanted, tmp_path / "cache", variables=with_esbuild())
    assert (set(tree(Path(package.code_path))), package.of(wanted).handler) == ({"app.js"}, "app.handler")


async def test_source_maps_name_the_persons_files(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {
        "package.json": "{}", "app.ts": "interface A {\n}\nexport const handler = (a: A) => {\n  throw new Error('here')\n}\n"})
    wanted = asked(code, "esbuild", "nodejs20.x", Sourcemap=True, Minify=True, environment={"NODE_OPTIONS": "--trace-warnings"})
    package = await prepare(wanted, tmp_path / "cache", variables=with_esbuild())
    assert package.of(wanted).environment == {"NODE_OPTIONS": "--trace-warnings --enable-source-maps"}
    assert f"{code}/app.ts:4:9" in run(package, "require('./app').handler()").stderr
    plain = await prepare(asked(code, "esbuild", "nodejs20.x"), tmp_path / "cache", variables=with_esbuild())
    assert plain.variables == ()


async def test_without_a_package_json_it_is_bundled_in_place_and_sources_elsewhere_count(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        "lib/word.ts": "export const word: string = 'one'", "node_modules/up/index.js": "exports.up = 'up'",
        "src/app.ts": "import {word} from '../lib/word';\nimport {up} from 'up';\nexport const handler = () => word + up"})
    wanted, printed = asked(root / "src", "esbuild", "nodejs20.x"), []
    for text in ("one", "two"):
        (root / "lib" / "word.ts").write_text(f"export const word: string = '{text}'")
        package = await prepare(wanted, tmp_path / "cache", variables=with_esbuild())
        printed.append(run(package, "console.log(require('./app').handler())").stdout)
    assert printed == ["oneup\n", "twoup\n"]
    again = Steps()
    await prepare(wanted, tmp_path / "cache", again, variables=with_esbuild())
    assert again.all == []


async def test_a_source_elsewhere_that_begins_to_import_another_brings_that_one_along(tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {
        "lib/word.ts": "export const word = 'one'", "lib/more.ts": "export const more = 'two'",
        "src/app.ts": "import {word} from '../lib/word';\nexport const handler = () => word"})
    wanted, printed = asked(root / "src", "esbuild", "nodejs20.x"), []

    async def build() -> None:
        package = await prepare(wanted, tmp_path / "cache", variables=with_esbuild())
        printed.append(run(package, "console.log(require('./app').handler())").stdout)

    await build()
    (root / "lib" / "word.ts").write_text("import {more} from './more';\nexport const word = 'now ' + more")
    await build()
    await build()
    (root / "lib" / "more.ts").write_text("export const more = 'three'")
    await build()
    assert printed == ["one\n", "now two\n", "now two\n", "now three\n"]


@pytest.mark.parametrize(("text", "properties", "words", "advice"), [
    ("import 'not-there'", {}, 'Could not resolve "not-there"', "List the package under dependencies"),
    ("", {"EntryPoints": ["other.ts"]}, "entry point {code}/other.ts does not exist", "Correct EntryPoints"),
    ("let x: = 1", {}, "[ERROR] Unexpected \"=\"\n    app.ts:1:7:", "Correct what esbuild names"),
])
async def test_what_esbuild_does_not_take(tmp_path: Path, text: str, properties: dict[str, Any], words: str, advice: str) -> None:
    code = write_files(tmp_path / "src", {"app.ts": text, "package.json": "{}"})
    with pytest.raises(DependencyError) as failed:
        await prepare(asked(code, "esbuild", "nodejs20.x", **properties), tmp_path / "cache", variables=with_esbuild())
    assert words.format(code=code) in failed.value.message
    assert advice in failed.value.hint


# --- builds are shared


async def test_five_that_ask_for_one_build_get_one(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"Makefile": f"build-Hello:\n\techo x >> {tmp_path}/runs\n\ttouch $(ARTIFACTS_DIR)/x\n"})
    one, other, steps = Packages(tmp_path / "cache", variables=OFFLINE), Packages(tmp_path / "cache", variables=OFFLINE), Steps()
    wanted = asked(code, "makefile")
    found = await asyncio.gather(*(packages.prepare(wanted, HERE, steps) for packages in (one, one, one, other, other)))
    assert len({package.code_path for package in found}) == 1
    assert (tmp_path / "runs").read_text() == "x\n"
    assert "Waiting for the package of hello" in steps.texts


async def test_a_failure_is_shared_by_all_who_wait_and_tried_again_when_somebody_asks(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {"Makefile": f"build-Hello:\n\techo x >> {tmp_path}/runs\n\texit 1\n"})
    packages = Packages(tmp_path / "cache", variables=OFFLINE)
    wanted = asked(code, "makefile")
    found = await asyncio.gather(*(packages.prepare(wanted, HERE, Steps()) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [DependencyError] * 3
    for runs in ("x\n", "x\nx\n"):
        with pytest.raises(DependencyError):
            await packages.prepare(asked(code, "makefile"), HERE, Steps())
        assert (tmp_path / "runs").read_text() == runs
        packages.failures.forget()


async def test_who_is_cancelled_does_not_take_the_build_from_the_others(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    code = write_files(tmp_path / "src", {
        "Makefile": f"build-Hello:\n\tcat {tmp_path}/go > $(ARTIFACTS_DIR)/x\n"})
    packages, begun = Packages(tmp_path / "cache", variables=OFFLINE), asyncio.Event()
    tasks = [asyncio.create_task(packages.prepare(asked(code, "makefile"), HERE, lambda step: begun.set())) for _ in range(2)]
    async with asyncio.timeout(30):
        await begun.wait()
        tasks[0].cancel()
        await asyncio.wait(tasks[:1])
        await asyncio.to_thread((tmp_path / "go").write_text, "done")
    assert (await tasks[1]).code_path


# --- what nobody builds is told


@pytest.mark.parametrize(("files", "words"), [
    ({"src/app.ts": ""}, "src/app.ts of hello is TypeScript, which the runtime does not load"),
    ({"package.json": '{"scripts": {"build": "tsc"}}'}, "src/app.js of hello is not there, and its package.json has a build"),
    ({"src/app.ts": "", "src/app.js": ""}, ""), ({"src/app.mjs": ""}, ""), ({"package.json": "{}"}, ""),
])
async def test_a_handler_that_is_not_compiled(tmp_path: Path, files: dict[str, str], words: str) -> None:
    wanted = asked(write_files(tmp_path / "code", files), "", "nodejs20.x", "src/app.handler")
    notices = (await prepare(wanted, tmp_path / "cache")).notices
    assert notices[0].startswith(words) if words else notices == ()


@pytest.mark.parametrize(("text", "is_told"), [
    ('[project]\nname = "x"\ndependencies = ["six"]\n', True), ('[tool.poetry.dependencies]\npython = "*"\nsix = "*"\n', True),
    ('[tool.poetry.dependencies]\npython = "*"\n', False), ("[tool.ruff]\n", False), ("no toml", False),
])
async def test_a_pyproject_that_sam_build_does_not_install(tmp_path: Path, text: str, is_told: bool) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "pyproject.toml": text})
    notices = (await prepare(function(code), tmp_path / "cache")).notices
    assert [notice.partition(" lists")[0] for notice in notices] == (["The pyproject.toml of hello"] if is_told else [])


async def test_two_layers_of_one_folder_are_built_each_by_its_own_name(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": ""})
    layer = write_files(tmp_path / "layer", {"Makefile": "build-%:\n\techo $@ > $(ARTIFACTS_DIR)/$@\n"})
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:not-here:1"
    wanted = msgspec.structs.replace(
        function(code, layer, arn, layer),
        layer_builds=(Build(logical_id="One", method="makefile"), None, Build(logical_id="Two", method="makefile")))
    package = await prepare(wanted, tmp_path / "cache")
    assert set(tree(Path(package.opt_path))) == {"build-One", "build-Two"}


async def test_links_in_a_source_bring_what_they_lead_to_and_loops_do_not_matter(tmp_path: Path) -> None:
    code = write_files(tmp_path / "src", {
        "Makefile": "build-Hello:\n\tcp shared/x.py $(ARTIFACTS_DIR)\n\ttools/.bin/command > $(ARTIFACTS_DIR)/said\n",
        "tools/real/beside": "beside", "tools/real/command": "#!/bin/sh\ncat \"$(dirname \"$(realpath \"$0\")\")/beside\"\n"})
    (code / "tools" / "real" / "command").chmod(0o755)
    (code / "tools" / ".bin").mkdir()
    (code / "tools" / ".bin" / "command").symlink_to("../real/command")
    write_files(tmp_path / "elsewhere", {"x.py": "x"})
    (code / "shared").symlink_to(tmp_path / "elsewhere")
    (code / "loop").symlink_to(".")
    package = await prepare(asked(code, "makefile"), tmp_path / "cache")
    assert tree(Path(package.code_path)) == {"x.py": "x", "said": "beside"}
