"""/tmp of isolated sandboxes: on a disk for root, in memory for an ordinary user, of its size and no memory for both."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.bubbles import PYTHON, acting_as, needs_bubblewrap
from tests.support.process_sandboxes import Collected, eventually, function_in
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.disks import BIG_TEMPORARY_FILES, Disks
from workbench.sandbox.isolated.holders import Held, Holders
from workbench.sandbox.isolated.networks import Networks
from workbench.sandbox.isolated.provider import IsolatedSandboxProvider
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.protocol import SandboxSpec

pytestmark = needs_bubblewrap

BOOTSTRAP = """#!/bin/sh
dd if=/dev/zero of=/tmp/big bs=1M count=200 2>/dev/null && echo "wrote $(stat -c %s /tmp/big) in $(stat -f -c %T /tmp)"
dd if=/dev/zero of=/tmp/more bs=1M count=313 2>&1 | grep -o 'No space left.*'
echo "has $(($(stat -c %s /tmp/big) + $(stat -c %s /tmp/more)))"
exec sleep 100
"""


@pytest.fixture(params=["root", "ordinary"])
def user(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(sys, "executable", PYTHON)  # which every user may run
    with acting_as(request.param):
        yield request.param


@pytest.fixture
def folder(user: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One that this user may write to, on a disk."""
    made = Path(tempfile.mkdtemp(prefix="workbench-test-", dir="/var/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def provider(folder: Path) -> AsyncIterator[IsolatedSandboxProvider]:
    made = IsolatedSandboxProvider(Launcher(), cache=folder / "cache", orphans_file=folder / "orphans.json")
    yield made
    await made.close()


async def test_files_of_more_than_the_memory_size_fit_and_no_byte_over_the_size_of_tmp(
    provider: IsolatedSandboxProvider, folder: Path, user: str
) -> None:
    code = folder / "code"
    code.mkdir()
    (code / "bootstrap").write_text(BOOTSTRAP)
    (code / "bootstrap").chmod(0o755)
    function = function_in(code, memory_mb=128)
    runtime_plan = await provider.prepare(function, lambda _: None)
    output = Collected()
    spec = SandboxSpec(environment_id=uuid.uuid4().hex, engine_id="g1", function=function, runtime_plan=runtime_plan,
                       environment={}, runtime_api="127.0.0.1:1")
    sandbox = await provider.create(spec, output)
    await sandbox.start()
    said = (await output.until(b"has")).decode()
    assert f"wrote {200 << 20} in {'ext2/ext3' if user == 'root' else 'tmpfs'}" in said
    assert "No space left" in said
    assert f"has {512 << 20}" in said
    assert runtime_plan.is_tmp_memory is (user != "root")
    assert sandbox.memory_peak_mb() < 64
    await sandbox.terminate()


@asynccontextmanager
async def holders(folder: Path, disks: Disks) -> AsyncIterator[Holders]:
    """Their registry and networks are closed in the end."""
    children, networks = ChildRegistry(folder / "orphans.json"), Networks()
    made = Holders(networks, children, disks)
    yield made
    await made.close()
    await networks.close()
    children.close()


def _device(held: Held) -> str:
    """What is mounted as its /tmp, as its own namespace has it."""
    mounts = Path(f"/proc/{held.holder.pid}/mounts").read_text().splitlines()
    return next(line.split()[0] for line in mounts if line.split()[1] == str(held.holder.tmp))


def _is_attached(device: str) -> bool:
    return Path("/sys/block", Path(device).name, "loop", "backing_file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has disks")
async def test_a_disk_is_its_holder_s_alone_and_goes_with_it(tmp_path: Path) -> None:
    async with holders(tmp_path, Disks((tmp_path, BIG_TEMPORARY_FILES))) as made:
        held = await made.take(512)
        device = _device(held)
        assert _is_attached(device)
        assert str(held.holder.tmp) not in Path("/proc/self/mounts").read_text()
        await made.discard(held)
        await eventually(lambda: not _is_attached(device))


class Unmountable(Disks):
    """As where /dev has no such devices: in containers."""

    def make(self, volume: str, storage_mb: int) -> str:
        return f"{super().make(volume, storage_mb)}-that-is-not-there"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has disks")
async def test_what_can_not_be_mounted_is_done_without_from_then_on(tmp_path: Path) -> None:
    async with holders(tmp_path, Unmountable((tmp_path, BIG_TEMPORARY_FILES))) as made:
        assert not made.are_in_memory
        held = await made.take(512)
        assert (made.are_in_memory, held.holder.is_tmp_memory, _device(held)) == (True, True, "tmpfs")
        await made.discard(held)
