"""What the tests of the process sandbox share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.provider import ProcessSandboxProvider


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder of the function's code."""
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


@pytest.fixture
def orphans_file(tmp_path: Path) -> Path:
    """Where the provider notes its runtimes."""
    return tmp_path / "state" / "runtimes.json"


@pytest.fixture
async def provider(tmp_path: Path, orphans_file: Path) -> AsyncIterator[ProcessSandboxProvider]:
    """A provider with the real launcher, closed at the end."""
    made = ProcessSandboxProvider(Launcher(), orphans_file=orphans_file)
    yield made
    await made.close()
