"""What the kernel counts as killed is what counts, where that can be seen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from workbench.sandbox.docker.memory_group import MemoryGroup
from workbench.sandbox.docker.memory_kills import MemoryKills

WAIT_S = 10.0


def group(folder: Path | None) -> MemoryGroup:
    return MemoryGroup(folder, "memory.current", "file")


@pytest.mark.parametrize(("name", "text"), [
    ("memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill {}\noom_group_kill 0\n"),
    ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"),
])
async def test_a_suspicion_is_true_once_the_kernel_has_killed(tmp_path: Path, name: str, text: str) -> None:
    told = asyncio.Event()
    (tmp_path / name).write_text(text.format(0))
    kills = MemoryKills(group(tmp_path), told.set)
    kills.suspect()
    assert not told.is_set()
    (tmp_path / name).write_text(text.format(1))
    await asyncio.wait_for(told.wait(), WAIT_S)


async def test_of_a_group_that_is_gone_nothing_is_told(tmp_path: Path) -> None:
    told = asyncio.Event()
    kills = MemoryKills(group(tmp_path / "gone"), told.set)
    kills.suspect()
    kills.close()
    assert not told.is_set()


async def test_where_nothing_can_be_seen_the_suspicion_counts() -> None:
    told = asyncio.Event()
    MemoryKills(group(None), told.set).suspect()
    assert told.is_set()
