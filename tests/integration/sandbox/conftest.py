"""What the tests of the process sandbox share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.control_group import ControlGroups, NoControlGroups
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.process.usable_groups import usable_groups


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


@pytest.fixture(params=["groups", "signals"])
async def provider(orphans_file: Path, request: pytest.FixtureRequest) -> AsyncIterator[ProcessSandboxProvider]:
    """A provider with the real launcher, closed at the end: with this machine's control groups, and without any."""
    groups: ControlGroups = usable_groups() if request.param == "groups" else NoControlGroups()
    if request.param == "groups" and not groups.enforced:
        pytest.skip("no control groups here: the other half of this test shows all")
    made = ProcessSandboxProvider(Launcher(), orphans_file=orphans_file, groups=groups)
    yield made
    await made.close()
