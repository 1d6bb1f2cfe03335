"""Dependencies built by the real uv, pip and npm from the registries this machine uses."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.packages import python_packages
from tests.unit.packages.functions import DOCKER, HERE, Steps, function, write_files
from tests.unit.packages.zips import tree
from workbench.model.function import Build
from workbench.packages.build_failures import DependencyError
from workbench.packages.content import unzipped_size_bytes
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.targets import Target

NODE = Target(sandbox="process", interpreter=shutil.which("node") or "node", trusted=True)
NO_REGISTRY = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1",
    "UV_NO_CONFIG": "1", "UV_FIND_LINKS": "", "npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0",
    "npm_config_prefer_online": "true", "PIP_NO_CACHE_DIR": "1",
}


def without_uv() -> dict[str, str]:
    """The variables of this process with a PATH on which no uv is."""
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if shutil.which("uv", path=folder) is None]
    return {**os.environ, "PATH": os.pathsep.join(folders)}


def with_uv() -> dict[str, str]:
    """The same with uv, which is installed for the tests if need be."""
    folder = python_packages("uv") / "bin"
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


TOOLS = {"uv": with_uv, "pip": without_uv}


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> str:
    return request.param


def python_code(folder: Path, requirements: str = "six==1.17.0\n", **more: str) -> Path:
    return write_files(folder, {"app.py": "import six\n", "requirements.txt": requirements, **more})


def node_code(folder: Path, package: str = '{"dependencies": {"is-number": "7.0.0"}}', **more: str) -> Path:
    return write_files(folder, {"index.js": "require('is-number')\n", "package.json": package, **more})


async def prepare(code: Path, target: Target, variables: Mapping[str, str], steps: Steps | None = None,
                  **options: str) -> BuiltPackage:
    packages = Packages(code.parent / "cache", variables=variables)
    return await packages.prepare(function(code, **options), target, steps or Steps())


def run(target: Target, *arguments: str, folder: str) -> str:
    return subprocess.run([target.interpreter, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def make_environment(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)


def lock_down(code: Path) -> None:
    command = ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=code, check=True, capture_output=True)


# --- Python


async def test_requirements_are_built_into_the_package_once(tmp_path: Path, tool: str, read_only: Callable) -> None:
    code, steps = python_code(tmp_path / "code"), Steps()
    package = await prepare(code, HERE, TOOLS[tool](), steps)
    assert f"Installing what requirements.txt lists for hello with {tool}" in steps.texts
    assert "six" in steps.texts.partition(f"with {tool}\n")[2]
    assert run(HERE, "-B", "-c", "import app; print(app.six.__file__)", folder=package.code_path) == str(
        Path(package.code_path, "six.py"))
    assert package.code_size_bytes == unzipped_size_bytes(Path(package.code_path)) > 30_000
    assert tree(code).keys() == {"app.py", "requirements.txt"}  # the person's folder is as it was

    again = Steps()
    assert await prepare(code, HERE, {**TOOLS[tool](), **NO_REGISTRY}, again) == package
    assert again.all == []


async def test_a_changed_list_is_built_anew(tmp_path: Path, tool: str) -> None:
    code = python_code(tmp_path / "code")
    first = await prepare(code, HERE, TOOLS[tool]())
    python_code(code, "-r more.txt\n", **{"more.txt": "six==1.16.0"})
    second = await prepare(code, HERE, TOOLS[tool]())
    python_code(code, "-r more.txt\n", **{"more.txt": "six==1.15.0"})
    third = await prepare(code, HERE, TOOLS[tool]())
    versions = [run(HERE, "-B", "-c", "import six; print(six.__version__)", folder=package.code_path)
                for package in (first, second, third)]
    assert versions == ["1.17.0", "1.16.0", "1.15.0"]


async def test_lists_above_the_code_are_included_with_what_they_include(tmp_path: Path, tool: str) -> None:
    write_files(tmp_path / "base", {"all.txt": "-r more/pins.txt\nsix\n", "more/pins.txt": "six==1.16.0\n"})
    package = await prepare(python_code(tmp_path / "code", "-r ../base/all.txt  # shared\n"), HERE, TOOLS[tool]())
    assert run(HERE, "-B", "-c", "import six; print(six.__version__)", folder=package.code_path) == "1.16.0"


async def test_a_list_that_is_included_and_missing_is_told_by_its_place(tmp_path: Path, tool: str) -> None:
    code = python_code(tmp_path / "code", "-r nope.txt\n")
    with pytest.raises(DependencyError) as failed:
        await prepare(code, HERE, TOOLS[tool]())
    assert str(code / "nope.txt") in failed.value.message


@pytest.mark.parametrize(("files", "said"), [
    ({"requirements.txt": "six\n-r requirements.txt  # me\n"},
     "requirements.txt includes itself: requirements.txt, line 2, says “-r requirements.txt  # me”."),
    ({"requirements.txt": "six\n--requirement=more/a.txt\n", "more/a.txt": "-c b.txt\n",
      "more/b.txt": "\n-r../requirements.txt\n"},
     "requirements.txt includes itself: more/b.txt, line 2, says “-r../requirements.txt”."),
])
async def test_a_list_that_includes_itself_is_told(tmp_path: Path, tool: str, files: dict[str, str], said: str) -> None:
    code = write_files(tmp_path / "code", files)
    with pytest.raises(DependencyError) as failed:
        await prepare(code, HERE, TOOLS[tool]())
    assert failed.value.message == said


async def test_a_list_may_be_included_twice(tmp_path: Path, tool: str) -> None:
    code = python_code(tmp_path / "code", "-r a.txt\n-r b.txt\n", **{"a.txt": "-r b.txt\n", "b.txt": "six==1.16.0\n"})
    assert (await prepare(code, HERE, TOOLS[tool]())).code_path != str(code)


async def test_native_packages_are_those_of_the_container(tmp_path: Path, tool: str) -> None:
    code = python_code(tmp_path / "code", "markupsafe==3.0.2")
    for architecture, machine in (("arm64", "aarch64"), ("x86_64", "x86_64")):
        package = await prepare(code, DOCKER, TOOLS[tool](), architecture=architecture)
        (native,) = Path(package.code_path, "markupsafe").glob("*.so")
        assert native.name == f"_speedups.cpython-313-{machine}-linux-gnu.so"


async def test_a_package_that_does_not_exist_is_told_with_the_tools_words(tmp_path: Path, tool: str) -> None:
    code = python_code(tmp_path / "code", "six==999.0")
    with pytest.raises(DependencyError) as failed:
        await prepare(code, HERE, TOOLS[tool]())
    assert failed.value.message.startswith(f"{tool} could not install what requirements.txt lists for hello (exit status 1).")
    assert "six==999.0" in "\n".join(failed.value.last_lines)
    assert failed.value.hint == "Check the names and versions in requirements.txt."
    assert list((tmp_path / "cache" / "making").iterdir()) == []


async def test_no_network_is_told(tmp_path: Path, tool: str) -> None:
    with pytest.raises(DependencyError) as failed:
        await prepare(python_code(tmp_path / "code"), HERE, {**TOOLS[tool](), **NO_REGISTRY})
    assert failed.value.hint.startswith("Check the network")


async def test_neither_uv_nor_pip(tmp_path: Path) -> None:
    make_environment(tmp_path / "bare")
    bare = Target(sandbox="process", interpreter=str(tmp_path / "bare" / "bin" / "python"), trusted=True)
    package = await prepare(python_code(tmp_path / "code"), bare, without_uv())  # another Python's pip does it
    assert "six.py" in tree(Path(package.code_path))


async def test_requirements_from_this_machine_count_with_their_content(tmp_path: Path) -> None:
    library = write_files(tmp_path / "code" / "library", {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                          '[project]\nname = "ours"\nversion = "1"\n[tool.setuptools]\npy-modules = ["ours"]\n',
        "ours.py": "word = 'first'\n"})
    code = python_code(tmp_path / "code", "./library\n")
    words = []
    for word in ("first", "second"):
        (library / "ours.py").write_text(f"word = {word!r}\n")
        package = await prepare(code, HERE, with_uv())
        words.append(run(HERE, "-B", "-c", "import ours; print(ours.word)", folder=package.code_path))
    assert words == ["first", "second"]


async def test_a_virtual_environment_that_has_it_all_is_enough(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    make_environment(environment)
    (site,) = environment.glob("lib/python3*/site-packages")
    shutil.copytree(python_packages("six==1.17.0"), site, dirs_exist_ok=True)
    target = Target(sandbox="process", interpreter=str(environment / "bin" / "python"), venv_packages=True, trusted=True)
    variables = {**without_uv(), **NO_REGISTRY}
    package = await prepare(python_code(tmp_path / "code", "six==1.17.0 # fixed\n"), target, variables)
    assert (package.code_path, len(package.notices)) == (str(tmp_path / "code"), 1)
    with pytest.raises(DependencyError):
        await prepare(python_code(tmp_path / "code", "six==1.16.0\n"), target, variables)


@pytest.mark.parametrize("files", [
    {}, {"requirements.txt": "# nothing\n\n"}, {"requirements.txt": "--index-url https://x\n"},
    {"requirements.txt": "six", "six-1.17.0.dist-info/METADATA": ""},
])
async def test_nothing_to_build_for_python(tmp_path: Path, files: dict[str, str]) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", **files})
    package = await prepare(code, HERE, {})
    assert package.code_path == str(code)


async def test_a_sam_build_result_is_taken_as_it_is(tmp_path: Path) -> None:
    code = python_code(tmp_path / ".aws-sam" / "build" / "Hello")
    assert (await prepare(code, HERE, {})).code_path == str(code)


# --- the package as the code changes


async def test_code_that_changes_is_brought_up_to_date_without_building(tmp_path: Path) -> None:
    code = python_code(tmp_path / "code", **{"lib/old.py": "1", "six.py": "mine = 1"})
    write_files(tmp_path / "shared", {"common.py": "1"})
    (code / "shared").symlink_to("../shared")
    (code / "alias.py").symlink_to("app.py")
    first = await prepare(code, HERE, without_uv())
    stage = Path(first.code_path)
    assert ((stage / "six.py").read_text(), (stage / "shared" / "common.py").read_text()) == ("mine = 1", "1")
    assert not (stage / "alias.py").is_symlink()
    assert first.code_size_bytes == unzipped_size_bytes(stage)  # six.py counts once

    (code / "six.py").unlink()
    shutil.rmtree(code / "lib")
    write_files(code, {"app.py": "changed", "lib": "now a file", "new/x.py": "2"})
    write_files(tmp_path / "shared", {"common.py": "22"})
    steps = Steps()
    second = await prepare(code, HERE, {**without_uv(), **NO_REGISTRY}, steps)
    assert (second.code_path, steps.all) == (first.code_path, [])
    found = {name: text for name, text in tree(stage).items() if "dist-info" not in name and name != "six.py"}
    assert found == {"app.py": "changed", "alias.py": "changed", "lib": "now a file", "new/x.py": "2",
                     "shared/common.py": "22", "requirements.txt": "six==1.17.0\n"}
    assert "Benjamin Peterson" in (stage / "six.py").read_text()  # the dependency that the code no longer hides

    (code / "lib").unlink()
    write_files(code, {"lib/back.py": "3"})
    await prepare(code, HERE, without_uv())
    assert (stage / "lib" / "back.py").read_text() == "3"


async def test_two_programs_at_once_build_one_package(tmp_path: Path) -> None:
    code = python_code(tmp_path / "code")
    found = await asyncio.gather(*(prepare(code, HERE, with_uv()) for _ in range(3)))
    assert len(set(found)) == 1
    assert list((tmp_path / "cache" / "making").iterdir()) == []


async def test_two_functions_of_one_program_wait_for_one_build(tmp_path: Path) -> None:
    one, two, steps = python_code(tmp_path / "one"), python_code(tmp_path / "two"), Steps()
    packages = Packages(tmp_path / "cache", variables=with_uv())
    await asyncio.gather(*(packages.prepare(function(code), HERE, steps) for code in (one, two)))
    assert steps.texts.count("Installing what") == 1


async def test_a_read_only_folder_is_built_as_well(tmp_path: Path, read_only: Callable) -> None:
    code = python_code(tmp_path / "code")
    variables = {**without_uv(), "PIP_NO_CACHE_DIR": "1", "HOME": str(tmp_path)}
    cache = tmp_path / "open"
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    with read_only(code):
        # Tools are started by the real user: only what this program does itself is done as somebody else.
        package = await Packages(cache, variables=variables).prepare(function(code), DOCKER, Steps())
    assert {"app.py", "six.py"} <= tree(Path(package.code_path)).keys()


# --- Node.js


async def test_package_json_is_built_into_the_package_once(tmp_path: Path) -> None:
    scripts = '{"dependencies": {"is-number": "7.0.0"}, "scripts": {"prepare": "exit 1"}, "devDependencies": {"is-odd": "3.0.1"}}'
    code, steps = node_code(tmp_path / "code", scripts), Steps()
    package = await prepare(code, NODE, dict(os.environ), steps, runtime="nodejs20.x")
    assert "Installing what package.json lists for hello with npm" in steps.texts
    assert run(NODE, "-p", "require('is-number')(5)", folder=package.code_path) == "true"
    assert not Path(package.code_path, "node_modules", "is-odd").exists()
    assert tree(code).keys() == {"index.js", "package.json"}

    again = Steps()
    assert await prepare(code, NODE, {**os.environ, **NO_REGISTRY}, again, runtime="nodejs20.x") == package
    assert again.all == []


async def test_a_lock_is_held_to(tmp_path: Path) -> None:
    code = node_code(tmp_path / "code")
    lock_down(code)
    (code / "package.json").write_text('{"dependencies": {"is-number": ">=6.0.0"}}')
    lock = (code / "package-lock.json").read_text().replace('"is-number": "7.0.0"', '"is-number": ">=6.0.0"')
    (code / "package-lock.json").write_text(lock)
    package = await prepare(code, NODE, dict(os.environ), runtime="nodejs20.x")
    assert run(NODE, "-p", "require('is-number/package.json').version", folder=package.code_path) == "7.0.0"


async def test_a_lock_that_lags_behind_is_mended_unless_npm_ci_is_asked_for(tmp_path: Path) -> None:
    code = node_code(tmp_path / "code")
    lock_down(code)
    lock = (code / "package-lock.json").read_bytes()
    (code / "package.json").write_text('{"dependencies": {"is-number": "6.0.0"}}')
    package = await prepare(code, NODE, dict(os.environ), runtime="nodejs20.x")
    assert run(NODE, "-p", "require('is-number/package.json').version", folder=package.code_path) == "6.0.0"
    assert (code / "package-lock.json").read_bytes() == lock

    packages = Packages(tmp_path / "cache", variables=dict(os.environ))
    strict = msgspec.structs.replace(function(code, runtime="nodejs20.x"),
                                     build=Build(logical_id="Hello", properties={"UseNpmCi": True}))
    with pytest.raises(DependencyError) as failed:
        await packages.prepare(strict, NODE, Steps())
    assert "Invalid: lock file's is-number@7.0.0 does not satisfy is-number@6.0.0" in failed.value.message
    assert "--install-strategy" not in failed.value.message
    assert failed.value.hint.startswith("Run npm install beside package.json")


async def test_a_package_of_this_machine_that_is_missing_is_told_by_its_place(tmp_path: Path) -> None:
    code = node_code(tmp_path / "code", '{"dependencies": {"nope": "file:../nope"}}')
    with pytest.raises(DependencyError) as failed:
        await prepare(code, NODE, dict(os.environ), runtime="nodejs20.x")
    assert str(tmp_path / "nope" / "package.json") in failed.value.message
    assert "making" not in failed.value.message


async def test_native_packages_of_npm_are_those_of_the_container(tmp_path: Path) -> None:
    code = node_code(tmp_path / "code", '{"dependencies": {"esbuild": "0.25.0"}}')
    for architecture, name in (("x86_64", "linux-x64"), ("arm64", "linux-arm64")):
        package = await prepare(code, DOCKER, dict(os.environ), runtime="nodejs22.x", architecture=architecture)
        assert os.listdir(Path(package.code_path, "node_modules", "@esbuild")) == [name]


async def test_a_version_that_npm_does_not_know(tmp_path: Path) -> None:
    code = node_code(tmp_path / "code", '{"dependencies": {"is-number": "999.0.0"}}')
    with pytest.raises(DependencyError) as failed:
        await prepare(code, NODE, dict(os.environ), runtime="nodejs20.x")
    assert "is-number@999.0.0" in failed.value.message
    assert failed.value.hint == "Check the names and versions in package.json."


@pytest.mark.parametrize(("files", "words"), [
    ({"package.json": '{"dependencies": {"is-number": "7"}}'}, "npm was not found"),
])
async def test_what_npm_is_not_asked(tmp_path: Path, files: dict[str, str], words: str) -> None:
    code = write_files(tmp_path / "code", files)
    with pytest.raises(DependencyError) as failed:
        await prepare(code, DOCKER, {"PATH": str(tmp_path)}, runtime="nodejs20.x")
    assert words in failed.value.message


@pytest.mark.parametrize("files", [
    {"package.json": "{}"}, {"package.json": "no json"}, {"package.json": '{"devDependencies": {"is-odd": "3"}}'},
    {"package.json": '{"dependencies": {"is-odd": "3"}}', "node_modules/is-odd/index.js": ""},
    {"package.json": '{"dependencies": {"is-odd": "3.0.1"}}', "node_modules/is-odd/package.json": '{"version": "3.0.1"}'},
])
async def test_nothing_to_build_for_node(tmp_path: Path, files: dict[str, str]) -> None:
    code = write_files(tmp_path / "code", files)
    assert (await prepare(code, NODE, {}, runtime="nodejs20.x")).code_path == str(code)


# --- cancelling


@asynccontextmanager
async def silent_registry() -> AsyncIterator[tuple[dict[str, str], asyncio.Event]]:
    """A registry that takes requests and never answers: variables to use it, and an event for the first request."""
    asked = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        while await reader.read(1000):
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield {name: value.replace("127.0.0.1:9", f"127.0.0.1:{port}") for name, value in NO_REGISTRY.items()}, asked
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("tool", ["uv", "pip", "npm"])
async def test_cancelling_in_the_middle_leaves_no_process_and_no_folder(tmp_path: Path, tool: str) -> None:
    code = node_code(tmp_path / "code") if tool == "npm" else python_code(tmp_path / "code")
    before = set(psutil.Process().children(recursive=True))
    variables = TOOLS.get(tool, without_uv)()
    async with silent_registry() as (registry, asked):
        runtime, target = ("nodejs20.x", NODE) if tool == "npm" else ("python3.11", HERE)
        (tmp_path / "tmp").mkdir()
        machine = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "tmp"))
        task = asyncio.create_task(prepare(code, target, {**variables, **registry, **machine}, runtime=runtime))
        async with asyncio.timeout(60):
            await asked.wait()
        assert set(psutil.Process().children(recursive=True)) > before
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert set(psutil.Process().children(recursive=True)) <= before
    assert [path for path in (tmp_path / "cache").rglob("*") if path.name not in ("making", ".workbench-cache")] == []
    assert list((tmp_path / "tmp").iterdir()) == []
