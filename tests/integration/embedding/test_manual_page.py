"""The code of docs/testing.md, run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.manual import ROOT
from tests.support.packaged_boto3 import package_boto3

PAGE = ROOT / "docs" / "testing.md"
_FILE = re.compile(r"^```\w+\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the page, where it says they are."""
    root = tmp_path / "project"
    for name, text in _FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    package_boto3(root / "receipt", "s3", "dynamodb")  # which the runtime would bring, after a download
    return root


def run(project: Path, *command: str) -> str:
    """Run Python in the project, and return what it printed. Its plugins are ours alone, installed or not."""
    variables = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=project, env=variables, capture_output=True, text=True, timeout=180,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_blocks_of_code_are_files() -> None:
    blocks = re.findall(r"^```\w+$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(blocks) == len(_FILE.findall(PAGE.read_text(encoding="utf-8"))) == 14


def test_the_tests_of_the_page_pass(project: Path) -> None:
    written = (project / "tests").rglob("test_*.py")
    tests = sum(path.read_text().count("\ndef test_") + path.read_text().startswith("def test_") for path in written)
    said = run(project, "-m", "pytest", "-p", "workbench.embedding.pytest_plugin", "-W", "error", "-q", "-p", "no:cacheprovider")
    assert f"{tests} passed" in said
    assert tests == 9
    assert not (project / ".workbench").exists()


def test_the_program_without_pytest(project: Path) -> None:
    url, said = run(project, "check.py").split(maxsplit=1)
    assert url.startswith("http://127.0.0.1:")
    assert said == "charged 12 EUR\n"
