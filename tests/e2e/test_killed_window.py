"""Windows and engines that are killed in the middle of a working day. `dev.py bench killed_window` has 100 kills."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.killed_window import KilledWindow
from tests.support.killed_window_facts import CODE, Facts
from tests.support.workspaces import one_function
from workbench.client.supervisor import EngineSupervisor
from workbench.workspace.state_directory import state_directory


def test_nothing_that_was_kept_is_lost_and_nothing_is_left_running(tmp_path: Path) -> None:
    killed = KilledWindow(tmp_path, seed=11)
    killed.run(kills=2, is_patient=False)
    assert killed.problems == []


def test_what_is_lost_is_seen() -> None:
    facts = Facts()
    facts.note_kept({"edit": f"{CODE}# 1\n", "event": 1, "star a": True, "invoked a": True, "invoked b": True})
    facts.note_tried({"event": 2, "invoked b": False})
    found = {"edit": f"{CODE}# 1\n# 2\n", "event": 2, "star a": True, "invoked a": True}
    assert facts.compare(found) == []
    assert facts.gone("invoked ") == {"b"}
    lost = facts.compare({"edit": f"{CODE}# 1\n", "event": 1, "invoked b": True})
    assert sorted(problem.partition(" is ")[0] for problem in lost) == ["edit", "event", "invoked a", "invoked b", "star a"]
    assert [problem[:4] for problem in facts.compare({"edit": f"{CODE}# 1", "event": 1, "invoked b": True})] == ["edit"]


async def test_windows_that_open_a_workspace_at_the_same_moment_share_one_engine(tmp_path: Path) -> None:
    """Also one that opens while the engine of a window that was killed begins."""
    root = one_function(tmp_path / "app", "def handler(event, context): return event\n")
    supervisors = [EngineSupervisor(root, state_directory(root)) for _ in range(3)]
    clients = await asyncio.gather(*(supervisor.acquire() for supervisor in supervisors))
    try:
        assert len({client.connection.pid for client in clients}) == 1
        assert sorted(supervisor.owns_engine for supervisor in supervisors) == [False, False, True]
    finally:
        for client in clients:
            await client.close()
        for supervisor in supervisors:
            await supervisor.release()
