"""Lists of packages and makefiles may be anything: one that cannot be read is one function's problem, told in a sentence."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.security.damages import CONTENTS, FORMS
from workbench.engine.code_elsewhere import CodeBeside
from workbench.engine.functions import FunctionStore
from workbench.engine.trust import Trust
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.model.trust import TrustReport
from workbench.packages.circular_lists import check_includes
from workbench.packages.code_rules import code_rules
from workbench.packages.local_dependencies import local_dependencies
from workbench.packages.node_projects import read_project
from workbench.packages.plain_lists import unusual_packages, unusual_requirements
from workbench.packages.sources import read_source
from workbench.workspace.code_files import editable_files, read_code
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.trusted_folders import TrustedFolders

DAMAGES = {name: damage for name, damage in (CONTENTS | FORMS).items() if name not in ("unreadable", "foreign")}
PACKAGE = b'{"dependencies": {"a": "1.0.0"}}'
LIMIT_S = 20.0
"""Each takes a fraction of a second; what waits for a pipe or reads a device takes for ever."""

LISTS: Mapping[str, tuple[str, str, bytes]] = {
    "bad/requirements.txt": ("python3.11", "", b"six\n"), "bad/pyproject.toml": ("python3.11", "python-uv", b"[project]\n"),
    "bad/uv.lock": ("python3.11", "python-uv", b""), "bad/package.json": ("nodejs20.x", "", PACKAGE),
    "package.json": ("nodejs20.x", "", PACKAGE), "bad/package-lock.json": ("nodejs20.x", "", b"{}"),
    "bad/.npmrc": ("nodejs20.x", "", b""), "bad/yarn.lock": ("nodejs20.x", "", b""),
    "bad/node_modules/.bin/esbuild": ("nodejs20.x", "esbuild", b"x"),
    "bad/Makefile": ("provided.al2023", "makefile", b"build-Bad:\n"),
    "bad/makefile": ("provided.al2023", "", b"build-Bad:\n"), "bad/Gemfile": ("ruby3.3", "", b"gem 'x'\n"),
    "bad/pom.xml": ("java21", "", b"<x/>"), "bad/build.gradle": ("java21", "", b""), "bad/x.csproj": ("dotnet8", "", b""),
    "bad/Cargo.toml": ("provided.al2023", "rust-cargolambda", b""),
    "bad/.venv/pyvenv.cfg": ("python3.11", "", b"home = /usr/bin\n"),
    "bad/.dockerignore": ("python3.11", "", b""), "bad/app.py": ("python3.11", "", b""),
    "bad/.ruby-version": ("ruby3.3", "", b"3.3"),
}


@pytest.fixture
def root(tmp_path: Path, nothing_trusted: TrustedFolders) -> Path:
    folder = tmp_path / "clone"
    for name in ("plain", "bad"):
        (folder / name).mkdir(parents=True)
        (folder / name / "app.py").touch()
    template(folder, "python3.11")
    return folder


def template(root: Path, runtime: str, method: str = "") -> None:
    """Two functions: one that is as it should be, and one of the clone's choice."""
    metadata = f"\n        Metadata: {{BuildMethod: {method}}}" if method else ""
    (root / "template.yaml").write_text(textwrap.dedent(f"""
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Plain: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: plain, Handler: app.handler, Runtime: python3.11}}}}
      Bad:
        Type: AWS::Serverless::Function
        Properties: {{CodeUri: bad, Handler: app.handler, Runtime: {runtime}}}{metadata}
    """))


async def opened(root: Path) -> tuple[dict[str, FunctionConfiguration], TrustReport]:
    """The functions and what they bring, as an engine finds them."""
    pseudo = PseudoParameters.of_workspace(root, "us-east-1", "123456789012")
    store = FunctionStore(root, lambda: pseudo, None, CodeBeside(local_dependencies))
    async with asyncio.timeout(LIMIT_S):
        await store.refresh()
        trust = Trust(root, store.all)
        await trust.admit(store.all()[0], "isolated")
        report = await trust.report(runs_as_processes=False)
    assert store.problem == ""
    return {function.name: function for function in store.all()}, report


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_that_is_none_is_one_functions_problem(name: str, root: Path) -> None:
    runtime, method, sound = LISTS[name]
    template(root, runtime, method)
    (root / "bad" / "package.json").write_bytes(PACKAGE) if name == "package.json" or "node" in runtime else None
    (root / "bad" / "pyproject.toml").touch() if name == "bad/uv.lock" else None
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("pyvenv.cfg"):
        (path.parent / "bin").mkdir()
        (path.parent / "bin" / "python").symlink_to(sys.executable)
    for damage in DAMAGES:
        path.unlink(missing_ok=True)
        DAMAGES[damage](path, sound)
        functions, report = await opened(root)
        assert {"Plain", "Bad"} == set(functions), damage
        assert not any("Traceback" in item.text or "Plain" in item.functions for item in report.items), damage
        assert isinstance(editable_files(root / "bad"), tuple), damage
        if path.is_dir() and not path.is_symlink():
            (path / "something").unlink()
            path.rmdir()


CONTENT: Mapping[str, tuple[str, bytes]] = {
    "includes-for-ever": ("requirements.txt", b"-r " + b"x" * 5_000 + b"\n-r a\0b\n./\0\n./" + b"y" * 5_000 + b"\nsix\n"),
    "a-pattern-of-nothing": ("package.json", b'{"workspaces": ["", "./", "**", "a**", "[", "\\u0000", "**/**/**/**/**/x"], '
                             b'"dependencies": {"a": "1"}}'),
    "a-pattern-of-the-disk": ("package.json", b'{"workspaces": ["../../../../../../../**", "/**"], "dependencies": {"a": "1"}}'),
    "nobodys-home": ("package.json", b'{"dependencies": {"a": "file:~nobody-of-this-name/x", "b": "file:\\u0000"}}'),
    "long-paths": ("package.json", b'{"dependencies": {"a": "file:' + b"x" * 5_000 + b'", "' + b"n" * 5_000 + b'": "1"}}'),
    "deep-toml": ("pyproject.toml", b"a = " + b"[" * 20_000),
    "toml-of-other-kinds": ("pyproject.toml", b'tool = 1\nproject = 2\nbuild-system = []\n'),
    "uv-of-other-kinds": ("pyproject.toml", b'[tool]\nuv = 1\n[project]\ndependencies = "x"\n'
                          b'[build-system]\nbackend-path = ["\\u0000", 5]\n'),
}


@pytest.mark.parametrize("content", CONTENT)
async def test_whatever_a_list_says_the_others_are_told(content: str, root: Path) -> None:
    name, text = CONTENT[content]
    template(root, "nodejs20.x" if name == "package.json" else "python3.11", "python-uv" if name == "pyproject.toml" else "")
    (root / "bad" / name).write_bytes(text)
    (root / "package.json").write_bytes(text)
    functions, report = await opened(root)
    assert set(functions) == {"Plain", "Bad"}
    assert not any("cannot be told" in item.text for item in report.items), report


async def test_what_can_not_be_told_can_not_be_agreed_to(root: Path) -> None:
    with (root / "bad" / "requirements.txt").open("wb") as file:
        file.truncate(100_000_000)
    functions, report = await opened(root)
    assert {item.functions for item in report.items if "cannot be told" in item.text} == {("Bad",)}
    trust = Trust(root, lambda: list(functions.values()))
    await trust.agree()
    await trust.agree([""])
    report = await trust.report(runs_as_processes=False)
    assert [item.agreed for item in report.items if "cannot be told" in item.text] == [False]
    with pytest.raises(WorkbenchError, match="not trusted"):
        await trust.admit(functions["Bad"], "isolated")
    assert await trust.admit(functions["Plain"], "isolated")


async def test_two_things_that_are_said_alike_are_agreed_to_both(root: Path) -> None:
    """Lists of the same name in folders of the same name."""
    for name, script in (("a", "one"), ("b", "two")):
        (root / name / "src" / "pkg").mkdir(parents=True)
        (root / name / "src" / "requirements.txt").write_text("./pkg\n")
        (root / name / "src" / "pkg" / "setup.py").write_text(script)
    function = ("  {name}: {{Type: AWS::Serverless::Function, Properties: "
                "{{CodeUri: {name}/src, Handler: app.h, Runtime: python3.11}}}}\n")
    (root / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n" + "".join(function.format(name=name) for name in "ab"))
    functions, _ = await opened_anyhow(root)
    trust = Trust(root, lambda: list(functions.values()))
    await trust.agree()
    assert [await trust.admit(each, "isolated") for each in functions.values()] == [True, True]


def test_lists_that_include_two_each_are_not_followed_for_ever(tmp_path: Path) -> None:
    """2 to the power of 60 ways lead to the last of them."""
    for number in range(60):
        for side in "ab":
            (tmp_path / f"{side}{number}.txt").write_text(f"-r a{number + 1}.txt\n-r b{number + 1}.txt\n")
    (tmp_path / "requirements.txt").write_text("-r a0.txt\n-r b0.txt\n")
    check_includes(tmp_path / "requirements.txt")


async def test_a_chain_of_lists_ends(root: Path) -> None:
    for number in range(5_000):
        (root / "bad" / f"r{number}.txt").write_text(f"-r r{number + 1}.txt\n")
    (root / "bad" / "requirements.txt").write_text("-r r0.txt\nsix\n")
    _, report = await opened(root)
    assert any("includes more than 200 lists" in item.text for item in report.items)


@pytest.mark.parametrize("line", [
    "a" + "!a" * 900 + "\x00", "a" + "==1,!=2," * 200 + "\x00", "a" * 1_999 + "\x00", "a[" + "]" * 1_900, "-r " + " " * 1_900,
    "@" * 1_900, "a ;" + "@ " * 900, "a" + " " * 1_900 + "\x00"])
def test_lines_that_look_like_requirements_are_judged_at_once(line: str) -> None:
    unusual_requirements({"requirements.txt": line.encode()})


@pytest.mark.parametrize("text", ["\n" * 200_000, " " * 200_000, "resolved" * 50_000, '"' * 200_000, "\n \n" * 60_000])
def test_locks_and_gemfiles_of_blanks_are_read_at_once(text: str, root: Path) -> None:
    (root / "bad" / "package.json").write_bytes(PACKAGE)
    (root / "bad" / "yarn.lock").write_text(text)
    unusual_packages(read_project(root / "bad"))
    from workbench.packages.builders.finished import is_finished
    from workbench.packages.builders.recipes import MAKE, RUBY

    function = FunctionConfiguration(name="F", logical_id="F", runtime="ruby3.3", handler="a.b", code_path=str(root / "bad"))
    (root / "bad" / "Gemfile").write_text(text)
    (root / "bad" / "Makefile").write_text(text)
    assert is_finished(function, root / "bad", RUBY)
    assert is_finished(function, root / "bad", MAKE)


def test_a_folder_of_packages_that_is_a_whole_disk_is_not_walked(root: Path) -> None:
    top = root / "bad" / "packages"
    for number in range(300):
        (top / f"p{number}").mkdir(parents=True)
        (top / f"p{number}" / "package.json").write_text(json.dumps({"name": f"p{number}"}))
    (top / "around").symlink_to("..")
    (root / "bad" / "package.json").write_bytes(b'{"workspaces": ["**", "packages/*"], "dependencies": {"p7": "*"}}')
    project = read_project(root / "bad")
    assert root / "bad" / "packages" / "p7" in project.folders.values()
    assert not any("around/" in str(folder) for folder in project.folders.values())


def test_an_editor_does_not_wait_for_a_pipe(root: Path) -> None:
    os.mkfifo(root / "bad" / "pipe.py")
    with pytest.raises(WorkbenchError, match="not a regular file"):
        read_code(root / "bad" / "pipe.py")
    (root / "bad" / "around.py").symlink_to("around.py")
    assert editable_files(root / "bad") == ("app.py",)


# --- code from outside


def outside(report: TrustReport) -> list[str]:
    return [item.text for item in report.items if item.kind == "outside"]


async def test_what_was_agreed_to_of_one_place_covers_no_other(root: Path) -> None:
    """A layer from outside that was agreed to once hid every link that was added later."""
    for name in ("layer", "keys"):
        (root.parent / name).mkdir()
    template(root, "python3.11")
    text = (root / "template.yaml").read_text().replace("Runtime: python3.11}}", "Runtime: python3.11, Layers: [!Ref L]}}", 1)
    (root / "template.yaml").write_text(
        text + "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ../layer}}\n")
    functions, _ = await opened_anyhow(root)
    trust = Trust(root, lambda: list(functions.values()))
    await trust.agree()
    assert await trust.admit(functions["Plain"], "isolated")
    (root / "plain" / "keys").symlink_to(root.parent / "keys")
    with pytest.raises(WorkbenchError, match=r"plain|keys"):
        await trust.admit(functions["Plain"], "isolated")


async def opened_anyhow(root: Path) -> tuple[dict[str, FunctionConfiguration], TrustReport]:
    pseudo = PseudoParameters.of_workspace(root, "us-east-1", "123456789012")
    store = FunctionStore(root, lambda: pseudo, None, CodeBeside(local_dependencies))
    await store.refresh()
    return {each.name: each for each in store.all()}, await Trust(root, store.all).report(runs_as_processes=False)


async def test_nothing_hides_behind_many_others(root: Path) -> None:
    for number in range(30):
        (root.parent / f"place{number}").mkdir()
        (root / "bad" / f"link{number:02}").symlink_to(root.parent / f"place{number}")
    functions, report = await opened(root)
    assert "takes 10 more files or folders from outside" in outside(report)[-1]
    trust = Trust(root, lambda: list(functions.values()))
    await trust.agree()
    assert await trust.admit(functions["Bad"], "isolated")
    (root.parent / "keys").mkdir()
    (root / "bad" / "link99").symlink_to(root.parent / "keys")
    with pytest.raises(WorkbenchError, match="not trusted"):
        await trust.admit(functions["Bad"], "isolated")


@pytest.mark.parametrize("place", ["bad/env", "shared/keys", "bad/pkg/keys", "project/keys", "layer/keys"])
async def test_links_are_named_wherever_a_copy_would_follow_them(place: str, root: Path) -> None:
    """Names that are left out of a package but not of a build's copy; packages beside the code; roots of projects; layers."""
    for name in ("shared", "bad/pkg", "project", "layer"):
        (root / name).mkdir()
    (root.parent / "keys").mkdir()
    (root / place).symlink_to(root.parent / "keys")
    (root / "bad" / "requirements.txt").write_text("./pkg\n../shared\n")
    (root / "layer" / "requirements.txt").write_text("six\n")
    template(root, "python3.11")
    text = (root / "template.yaml").read_text()
    if place in ("bad/env", "project/keys"):
        text += "    Metadata: {BuildMethod: makefile, ProjectRootDirectory: project}\n"
    text = text.replace("CodeUri: bad,", "CodeUri: bad, Layers: [!Ref L],")
    text += "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}, Metadata: {BuildMethod: python3.11}}\n"
    (root / "template.yaml").write_text(text)
    _, report = await opened_anyhow(root)
    assert any(str(root.parent / "keys") in text for text in outside(report)), report


@pytest.mark.parametrize(("name", "text"), [
    ("requirements-prod.txt", "../../../secret\n"), ("pyproject.toml", '[tool.uv.sources]\nx = {path = "../../secret"}\n'),
    ("pyproject.toml", '[project]\ndependencies = ["x @ file://{secret}"]\n'),
    ("pyproject.toml", '[tool.uv.workspace]\nmembers = ["../../secret"]\n')])
async def test_what_uv_would_take_from_outside_is_named(name: str, text: str, root: Path) -> None:
    secret = root.parent / "secret"
    secret.mkdir()
    template(root, "python3.11", "python-uv")
    (root / "bad" / name).write_text(text.replace("{secret}", str(secret)).replace("../../../", "../../"))
    _, report = await opened(root)
    assert any(str(secret) in told for told in outside(report)), report


def test_what_is_looked_at_is_what_is_packaged(root: Path) -> None:
    """The walk that looks for links leaves nothing out that the package has."""
    (root.parent / "keys").mkdir()
    (root.parent / "keys" / "id").touch()
    (root / "bad" / "deep").mkdir()
    (root / "bad" / "deep" / "keys").symlink_to(root.parent / "keys")
    function = FunctionConfiguration(name="F", logical_id="F", runtime="python3.11", handler="a.b", code_path=str(root / "bad"))
    assert "deep/keys/id" in {found.name for found in read_source(root / "bad", code_rules(function)).files}
