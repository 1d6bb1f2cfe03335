"""The packages of a virtual environment are left aside unless they were chosen."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from workbench.model.function import FunctionConfiguration
from workbench.runtimes.launcher import Launcher
from workbench.runtimes.venv_packages import left_aside_notice, site_packages, virtual_environment

HERE = "python{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment beside code."""
    venv.create(tmp_path / "code" / ".venv", symlinks=True)
    return tmp_path / "code" / ".venv"


def function_beside(environment: Path) -> FunctionConfiguration:
    return FunctionConfiguration(name="f", logical_id="F", runtime=HERE, handler="app.handler", code_path=str(environment.parent))


def install(environment: Path, name: str) -> None:
    Path(site_packages(environment)[0], f"{name}-1.0.dist-info").mkdir()


async def test_an_empty_one_is_not_worth_a_word(environment: Path) -> None:
    for tool in ("pip", "setuptools", "wheel"):
        install(environment, tool)
    found = await Launcher(uses_own=lambda _: True).find(function_beside(environment))
    assert virtual_environment(found.interpreter) == environment
    assert (found.site_packages, [notice for notice in found.notices if str(environment) in notice]) == ((), [])


async def test_packages_are_left_aside_and_that_is_said(environment: Path) -> None:
    install(environment, "requests")
    found = await Launcher(uses_own=lambda _: True).find(function_beside(environment))
    assert found.site_packages == ()
    assert left_aside_notice("f", environment) in found.notices


async def test_packages_that_were_chosen_are_found(environment: Path) -> None:
    install(environment, "requests")
    found = await Launcher(venv_packages=lambda: True, uses_own=lambda _: True).find(function_beside(environment))
    assert found.site_packages == site_packages(environment) != ()
    assert not [notice for notice in found.notices if str(environment) in notice]


def test_an_installed_interpreter_is_no_virtual_environment() -> None:
    assert virtual_environment(getattr(sys, "_base_executable", sys.executable)) is None
    assert virtual_environment("") is None
