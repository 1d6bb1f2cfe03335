"""Control groups: version 1 as far as this machine has it for us; of version 2 what needs no controller (move, freeze, kill).

The limits of version 2 are shown by what is written into a folder that looks like a group: that the files and values are those
of the kernel's manual ("Control Group v2"). A plain folder does not do what the kernel does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.process_sandboxes import WAIT_S, eventually, function_in, is_alive
from workbench.model.failures import SandboxError
from workbench.sandbox.process.control_group import (
    ROOT,
    ControlGroup,
    NoControlGroups,
    count_in,
    limits_for,
    members_of,
)
from workbench.sandbox.process.control_group_v1 import GroupsV1, GroupV1, usable_v1
from workbench.sandbox.process.control_group_v2 import GroupsV2, GroupV2, usable_v2
from workbench.sandbox.process.engine_folder import GROUP_PREFIX, EngineFolder, remove_groups, remove_left
from workbench.sandbox.process.limitations import not_enforced
from workbench.sandbox.process.usable_groups import usable_groups

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")

ENGINE = ("import sys, signal, subprocess\n"
          "from workbench.sandbox.process.control_group import limits_for\n"
          "from workbench.sandbox.process.usable_groups import usable_groups\n"
          "groups = usable_groups()\n"
          "waiting = [sys.executable, '-Sc', 'import signal; signal.pause()']\n"
          "process = groups.make(limits_for(256)).spawn(lambda: subprocess.Popen(waiting))\n"
          "print(process.pid, *groups.marks, flush=True)\n"
          "signal.pause()\n")
V2_FILES = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max", "cgroup.freeze", "cgroup.kill",
            "cgroup.procs", "memory.events")
SLEEP = [sys.executable, "-Sc", "import signal; signal.pause()"]
LIMITS = limits_for(256)


@pytest.fixture
def version_1() -> Iterator[GroupsV1]:
    groups = usable_v1()
    if groups is None or groups.enforced != {"memory", "pids", "cpu"}:
        pytest.skip("no control groups of version 1 that are ours")
    yield groups
    groups.close()


def _folders(groups: GroupsV1) -> dict[str, Path]:
    """The folders of the newest group, by controllers."""
    made = [[each for each in Path(mark).iterdir() if each.is_dir()] for mark in groups.marks]
    newest = [max(folders, key=lambda folder: int(folder.name)) for folders in made]
    return {folder.relative_to(ROOT).parts[0]: folder for folder in newest}


@contextlib.contextmanager
def _running(group: ControlGroup, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the group; whatever a test finds, it is gone afterwards."""
    process = group.spawn(lambda: subprocess.Popen(command))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _own_groups() -> list[str]:
    return sorted(Path("/proc/self/cgroup").read_text().splitlines())


def test_limits_follow_from_the_memory() -> None:
    assert (limits_for(1769).cpu_quota_us, limits_for(128).cpu_quota_us) == (20_000, 1_447)
    assert limits_for(10_240).cpu_quota_us == 115_772
    assert limits_for(128, 512).memory_bytes == 640 << 20


def test_v1_limits_are_the_kernels(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    folders = _folders(version_1)
    group.renew()
    assert (folders["memory"] / "memory.limit_in_bytes").read_text() == f"{256 << 20}\n"
    assert (folders["pids"] / "pids.max").read_text() == "1024\n"
    assert (folders["cpu"] / "cpu.cfs_quota_us").read_text() == "-1\n"
    group.share_cpu()
    assert (folders["cpu"] / "cpu.cfs_quota_us").read_text() == "2894\n"
    assert (folders["cpu"] / "cpu.cfs_period_us").read_text() == "20000\n"
    group.remove()
    assert not any(folder.exists() for folder in folders.values())


def test_v1_a_process_is_born_in_its_group_and_the_engine_stays_where_it_was(version_1: GroupsV1) -> None:
    before = _own_groups()
    group = version_1.make(LIMITS)
    with _running(group, SLEEP) as process:
        groups_of_it = Path(f"/proc/{process.pid}/cgroup").read_text()
        assert groups_of_it.count(GROUP_PREFIX) == 3
        assert [members_of(folder) for folder in _folders(version_1).values()] == [[process.pid]] * 3
        assert group.kill()
        process.wait()
    group.remove()  # after this no thread of ours is in there
    assert _own_groups() == before


def test_v1_what_can_not_be_started_says_so(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    with pytest.raises(FileNotFoundError):
        group.spawn(lambda: subprocess.Popen(["/no/such/program"]))
    group.remove()
    with pytest.raises(SandboxError, match="cannot be entered"):
        group.spawn(lambda: subprocess.Popen(SLEEP))


def test_v1_the_sandbox_after_a_reset_begins_anew(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    with _running(group, SLEEP) as process:
        group.share_cpu()
        group.kill()
        process.wait()
    group.renew()
    folders = _folders(version_1)
    assert (folders["cpu"] / "cpu.cfs_quota_us").read_text() == "-1\n"
    assert int((folders["pids"] / "pids.max").read_text()) >= 1024
    assert not group.was_out_of_memory()


def test_v1_a_kill_by_the_kernel_is_known(version_1: GroupsV1) -> None:
    group = version_1.make(limits_for(64))
    greedy = [sys.executable, "-Sc", "kept = bytearray(b'x') * (200 << 20)"]
    with _running(group, greedy) as process:
        assert process.wait(WAIT_S) == -9
    assert group.was_out_of_memory()
    group.renew()
    assert not group.was_out_of_memory()


def test_v1_close_ends_what_is_left(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    with _running(group, SLEEP) as process:
        folders = _folders(version_1)
        version_1.close()
        assert process.wait(WAIT_S) == -9
    assert not any(folder.exists() for folder in folders.values())


def test_v1_without_the_cpu_hierarchy_the_rest_is_used(version_1: GroupsV1, tmp_path: Path) -> None:
    membership = tmp_path / "cgroup"
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    membership.write_text("\n".join(line for line in lines if ":cpu:" not in line))
    groups = usable_v1(membership=membership)
    assert groups is not None
    assert groups.enforced == {"memory", "pids"}
    group = groups.make(LIMITS)
    assert isinstance(group, GroupV1)
    group.share_cpu()
    groups.close()


def test_v1_is_left_alone_where_it_is_read_only_or_absent(tmp_path: Path) -> None:
    membership = tmp_path / "cgroup"
    membership.write_text("4:memory:/docker/abc\n3:pids:/docker/abc\n")
    assert usable_v1(root=tmp_path, membership=membership) is None
    assert usable_v1(membership=tmp_path / "none") is None


@pytest.fixture
def unified(tmp_path: Path) -> tuple[Path, Path]:
    """A folder that looks like a session delegated to a user, and what says that this process is in a scope of it."""
    root = tmp_path / "cgroup"
    scope = root / "user.slice" / "app.slice" / "terminal.scope"
    scope.mkdir(parents=True)
    for folder, handed_down in ((scope, ""), (scope.parent, "memory pids"), (root / "user.slice", "cpu memory pids")):
        (folder / "cgroup.subtree_control").write_text(handed_down + "\n")
        (folder / "cgroup.procs").write_text("")
    membership = tmp_path / "membership"
    membership.write_text("0::/user.slice/app.slice/terminal.scope\n")
    return root, membership


def test_v2_groups_lie_beside_the_engines_own(unified: tuple[Path, Path]) -> None:
    groups = usable_v2(*unified)
    assert groups is not None
    assert groups.enforced == {"memory", "pids"}
    assert Path(groups.marks[0]).parent == unified[0] / "user.slice" / "app.slice"
    groups.close()


def test_v2_needs_a_parent_that_hands_controllers_down(tmp_path: Path, unified: tuple[Path, Path]) -> None:
    root, membership = unified
    for folder in root.rglob("cgroup.subtree_control"):
        folder.write_text("\n")
    assert usable_v2(root, membership) is None
    assert usable_v2(tmp_path / "none", membership) is None
    assert usable_v2(root, tmp_path / "none") is None


@pytest.fixture
def version_2(unified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[GroupV2, Path]]:
    """A group whose folder has its files from the beginning, as the kernel makes it; and the folder."""
    groups = usable_v2(*unified)
    assert groups is not None
    folder, mkdir = Path(groups.marks[0]) / "1", Path.mkdir

    def mkdir_with_files(path: Path, *arguments: object, **options: object) -> None:
        mkdir(path, *arguments, **options)  # type: ignore[arg-type]
        for name in V2_FILES:
            (path / name).write_text("")

    monkeypatch.setattr(Path, "mkdir", mkdir_with_files)
    group = groups.make(LIMITS)
    assert isinstance(group, GroupV2)
    yield group, folder
    shutil.rmtree(folder)  # the kernel's files need not be removed one by one
    groups.close()


def test_v2_writes_the_limits(version_2: tuple[GroupV2, Path]) -> None:
    group, folder = version_2
    group.renew()
    assert {name: (folder / name).read_text() for name in V2_FILES} == {
        "memory.max": str(256 << 20), "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "1024",
        "cpu.max": "max 20000", "cgroup.freeze": "0", "cgroup.kill": "", "cgroup.procs": "", "memory.events": ""}
    (folder / "cpu.max").write_text("")
    group.share_cpu()
    assert (folder / "cpu.max").read_text() == "2894 20000"


def test_v2_freezes_and_thaws(version_2: tuple[GroupV2, Path]) -> None:
    group, folder = version_2
    assert group.freeze()
    assert (folder / "cgroup.freeze").read_text() == "1"
    assert group.thaw()
    assert (folder / "cgroup.freeze").read_text() == "0"
    (folder / "cgroup.freeze").unlink()
    assert not group.freeze()


def test_v2_knows_a_kill_by_the_kernel(version_2: tuple[GroupV2, Path]) -> None:
    group, folder = version_2
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 1\noom_group_kill 1\n")
    assert group.was_out_of_memory()
    group.renew()
    assert not group.was_out_of_memory()


async def test_v2_moves_what_was_started_and_kills_the_group(version_2: tuple[GroupV2, Path]) -> None:
    group, folder = version_2
    with _running(group, SLEEP) as process:
        await eventually(lambda: (folder / "cgroup.procs").read_text() == str(process.pid))
        process.kill()
        process.wait()
    (folder / "cgroup.procs").write_text("")
    assert not group.kill()
    assert ((folder / "cgroup.kill").read_text(), (folder / "pids.max").read_text()) == ("1", "0")


@pytest.fixture
def bare_version_2() -> Iterator[GroupsV2]:
    """Real groups of version 2, perhaps without a controller."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line.removeprefix("0::").lstrip("/") for line in lines if line.startswith("0::")), "")
    mounts = [mount for mount in (ROOT / "unified", ROOT) if (mount / "cgroup.controllers").exists()]
    if not mounts or not os.access(mounts[0] / own, os.W_OK) or os.statvfs(mounts[0] / own).f_flag & os.ST_RDONLY:
        pytest.skip("no hierarchy of version 2 that is ours")
    groups = GroupsV2(EngineFolder(mounts[0] / own, "aaaaaaaa"), ())
    yield groups
    groups.close()


async def test_v2_really_freezes_and_kills_what_is_frozen(bare_version_2: GroupsV2) -> None:
    group, folder = bare_version_2.make(LIMITS), Path(bare_version_2.marks[0]) / "1"
    group.renew()
    code = "import os, signal\nif not os.fork(): os.setsid()\nsignal.pause()"
    with _running(group, [sys.executable, "-Sc", code]) as process:
        await eventually(lambda: len(members_of(folder)) == 2)
        assert group.freeze()
        await eventually(lambda: count_in(folder / "cgroup.events", "frozen") == 1)
        assert group.thaw()
        await eventually(lambda: count_in(folder / "cgroup.events", "frozen") == 0)
        assert group.freeze()
        group.kill()
        assert process.wait(WAIT_S) == -9
    await eventually(lambda: members_of(folder) == [])
    group.remove()
    assert not folder.exists()


def test_groups_of_a_dead_engine_are_removed_with_their_members(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    with _running(group, SLEEP) as process:
        group.freeze()
        folders = _folders(version_1)
        remove_groups(version_1.marks)
        assert process.wait(WAIT_S) == -9
    assert not any(folder.exists() for folder in folders.values())


def test_nothing_without_our_name_is_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    remove_groups([str(tmp_path / "prec")])
    assert (tmp_path / "precious").exists()


@contextlib.contextmanager
def _engine() -> Iterator[tuple[subprocess.Popen[str], int, list[Path]]]:
    """An engine of which nobody has noted anything: itself, a process in its one group, and its folders."""
    with subprocess.Popen([sys.executable, "-c", ENGINE], stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid, *marks = engine.stdout.readline().split()
        try:
            yield engine, int(pid), [Path(mark) for mark in marks]
        finally:
            engine.kill()
            remove_groups(marks)


async def test_whoever_makes_groups_removes_those_of_killed_engines_only(version_1: GroupsV1) -> None:
    with _engine() as (living, spared, folders), _engine() as (killed, member, left):
        killed.kill()
        killed.wait()
        bases = {folder.parent for folder in left}
        remove_left(bases)
        assert all(folder.exists() for folder in left), "one so young may be about to be locked"
        remove_left(bases, left_after_s=0)
        assert not any(folder.exists() for folder in left)
        await eventually(lambda: not is_alive(member))
        assert living.poll() is None
        assert is_alive(spared)
        assert all((folder / "1").exists() for folder in folders)
    assert all(Path(mark).exists() for mark in version_1.marks)


def test_all_groups_of_an_engine_together_weigh_as_one_other(version_1: GroupsV1) -> None:
    for _ in range(2):
        version_1.make(LIMITS)
    folder = _folders(version_1)["cpu"].parent
    assert str(folder) in version_1.marks
    assert (folder / "cpu.shares").read_text() == "1024\n", "what a group has that nobody gave another weight"
    assert (folder / "cpu.cfs_quota_us").read_text() == "-1\n"
    assert sorted(each.name for each in folder.iterdir() if each.is_dir()) == ["1", "2"]


def test_v2_the_engines_folder_hands_controllers_down(unified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = Path.mkdir

    def mkdir_with_file(path: Path) -> None:
        mkdir(path)
        (path / "cgroup.subtree_control").write_text("")

    monkeypatch.setattr(Path, "mkdir", mkdir_with_file)
    groups = usable_v2(*unified)
    assert groups is not None
    handed_down = Path(groups.marks[0]) / "cgroup.subtree_control"
    assert handed_down.read_text() == "+memory +pids"
    handed_down.unlink()  # the kernel's files need not be removed one by one
    groups.close()


def test_only_what_is_not_enforced_is_said(version_1: GroupsV1, tmp_path: Path) -> None:
    function = function_in(tmp_path)
    without, best = not_enforced(function, NoControlGroups()), not_enforced(function, version_1)
    assert set(best) < set(without)
    for word in ("CPU share", "1,024 processes", "memory limit", "setsid"):
        assert any(word in sentence for sentence in without), word
        assert not any(word in sentence for sentence in best), word
    assert not any("1,024 open files" in sentence for sentence in without)


def test_this_machines_groups_can_be_made_and_closed() -> None:
    groups = usable_groups()
    groups.make(LIMITS)
    groups.close()
    left = [Path(mark).parent for mark in groups.marks]
    assert not any(each.name.startswith(f"{GROUP_PREFIX}{os.getpid()}-") for folder in left for each in folder.iterdir())


async def test_an_escaped_process_is_stopped_with_its_group(version_1: GroupsV1) -> None:
    group = version_1.make(LIMITS)
    code = "import os, signal\nif os.fork(): os._exit(0)\nos.setsid()\nsignal.pause()"
    with _running(group, [sys.executable, "-Sc", code]) as process:
        process.wait()
    (escaped,) = members_of(_folders(version_1)["pids"])
    group.freeze()
    await eventually(lambda: Path(f"/proc/{escaped}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
    group.thaw()
    await eventually(lambda: Path(f"/proc/{escaped}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S")
    group.kill()
    await eventually(lambda: not is_alive(escaped))
