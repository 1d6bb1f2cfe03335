"""`BuildMethod: python-uv` and editable requirements, by the real uv from the registry this machine uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.packages import python_packages
from tests.unit.packages.functions import DOCKER, HERE, Steps, function, write_files
from tests.unit.packages.zips import tree
from workbench.model.function import Build, FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.targets import Target

PROJECT = """[project]
name = "fn"
version = "1"
requires-python = ">=3.11"
dependencies = ["six==1.16.0"]
[dependency-groups]
dev = ["inflection==0.5.1"]
"""
LIBRARY = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                      '[project]\nname = "ours"\nversion = "1"\n[tool.setuptools]\npy-modules = ["ours"]\n',
    "ours.py": "word = 'ours'\n"}


def with_uv() -> dict[str, str]:
    return {**os.environ, "PATH": f"{python_packages('uv') / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def built_with_uv(code: Path, runtime: str = "python3.11") -> FunctionConfiguration:
    return msgspec.structs.replace(function(code, runtime=runtime), build=Build(logical_id="Hello", method="python-uv"))


async def prepare(wanted: FunctionConfiguration, cache: Path, target: Target = HERE) -> BuiltPackage:
    return await Packages(cache, variables=with_uv()).prepare(wanted, target, Steps())


def installed(package: BuiltPackage) -> set[str]:
    return {path.name.removesuffix(".dist-info") for path in Path(package.code_path).glob("*.dist-info")}


def lock(code: Path) -> None:
    subprocess.run(["uv", "lock", "--python", sys.executable], cwd=code, env=with_uv(), check=True, capture_output=True)


@pytest.mark.parametrize("target", [HERE, DOCKER])
async def test_a_project_without_a_lock(tmp_path: Path, target: Target) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "pyproject.toml": PROJECT})
    steps = Steps()
    package = await Packages(tmp_path / "cache", variables=with_uv()).prepare(built_with_uv(code), target, steps)
    assert installed(package) == {"six-1.16.0"}
    told = [text for text in steps.texts.splitlines() if " hello" in text]
    assert told == ["Making the list of what pyproject.toml of hello needs with uv",
                    "Installing what requirements.txt lists for hello with uv",
                    "Installed what requirements.txt lists for hello: six 1.16.0"]
    assert set(tree(code)) == {"app.py", "pyproject.toml"}


async def test_a_lock_decides_and_is_mended_in_a_copy(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "pyproject.toml": PROJECT})
    lock(code)
    (code / "pyproject.toml").write_text(PROJECT.replace("==1.16.0", ">=1.15"))
    before = tree(code)
    assert installed(await prepare(built_with_uv(code), tmp_path / "cache")) == {"six-1.16.0"}
    (code / "pyproject.toml").write_text(PROJECT.replace("1.16.0", "1.15.0"))
    assert installed(await prepare(built_with_uv(code), tmp_path / "cache")) == {"six-1.15.0"}
    assert tree(code).keys() == before.keys()
    assert tree(code)["uv.lock"] == before["uv.lock"]


async def test_requirements_come_first_as_with_awss_builder(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "pyproject.toml": PROJECT, "requirements-prod.txt": "six==1.17.0\n"})
    assert installed(await prepare(built_with_uv(code), tmp_path / "cache")) == {"six-1.17.0"}


async def test_without_uv(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "pyproject.toml": PROJECT})
    with pytest.raises(DependencyError) as failed:
        await Packages(tmp_path / "cache", variables={"PATH": str(tmp_path)}).prepare(built_with_uv(code), HERE, Steps())
    assert "needs uv" in failed.value.message
    assert failed.value.hint.startswith("Install uv")


@pytest.mark.parametrize("tool", ["uv", "pip"])
async def test_an_editable_requirement_is_part_of_the_package(tmp_path: Path, tool: str) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "requirements.txt": "-e ./library\n"})
    write_files(code / "library", LIBRARY)
    variables = with_uv() if tool == "uv" else dict(os.environ)
    package = await Packages(tmp_path / "cache", variables=variables).prepare(function(code, runtime="python3.11"), HERE, Steps())
    assert Path(package.code_path, "ours.py").read_text() == "word = 'ours'\n"
    assert not list(Path(package.code_path).glob("*.pth"))
