"""`import workbench` and the pytest plugin are part of every start: they load nothing."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
import tomllib

import pytest

import workbench
from tests.support.manual import ROOT


def loaded_by(statement: str) -> set[str]:
    script = f"import sys, pytest; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_the_package_and_the_plugin_load_nothing_else() -> None:
    assert loaded_by("import workbench") == {"workbench"}
    plugin = {"workbench", "workbench.embedding", "workbench.embedding.pytest_plugin"}
    assert loaded_by("import workbench.embedding.pytest_plugin") == plugin


def test_an_engine_that_was_not_started_needs_no_http() -> None:
    loaded = loaded_by("import workbench; workbench.Engine('.')")
    assert loaded.isdisjoint({"aiohttp", "boto3", "workbench.engine", "workbench.gateway", "workbench.cli", "PySide6"})


@pytest.mark.parametrize("name", workbench.__all__)
def test_what_is_named_is_there(name: str) -> None:
    assert getattr(workbench, name).__name__ == name


def test_what_is_not_named_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'workbench' has no attribute 'Enigne'"):
        workbench.Enigne  # type: ignore[attr-defined] # noqa: B018


def test_pytest_finds_the_plugin() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert points == {"lambda_workbench": "workbench.embedding.pytest_plugin"}
    plugin = importlib.import_module(points["lambda_workbench"])
    assert plugin.pytest_addoption
    installed = importlib.metadata.entry_points(group="pytest11", name="lambda_workbench")
    assert [point.value for point in installed] in ([], [points["lambda_workbench"]]), "installed anew, it is the same"
