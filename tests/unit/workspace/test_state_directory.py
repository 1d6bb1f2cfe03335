"""The workbench's own state has a place, whatever the workspace's folder allows."""

import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from workbench.model.failures import WorkspaceError
from workbench.workspace.state_directory import state_directory


def test_it_is_private_and_hidden_from_git(tmp_path: Path) -> None:
    folder = state_directory(tmp_path)
    assert folder == tmp_path.resolve() / ".workbench"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text(encoding="ascii") == "*\n"
    assert state_directory(tmp_path) == folder
    assert [path.name for path in folder.iterdir()] == [".gitignore"]


def test_a_read_only_workspace_gets_a_folder_of_the_persons(
        tmp_path: Path, read_only: Callable[[Path], AbstractContextManager[None]]) -> None:
    root, fallback = tmp_path / "w", tmp_path / "state"
    root.mkdir()
    fallback.mkdir()
    fallback.chmod(0o777)
    with read_only(root):
        folder = state_directory(root, fallback=fallback)
    assert folder.parent == fallback
    assert len(folder.name) == 16
    assert list(root.iterdir()) == []


def test_two_workspaces_never_share_and_a_blocked_name_is_no_obstacle(tmp_path: Path) -> None:
    folders = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".workbench").touch()
        folders.add(state_directory(tmp_path / name, fallback=tmp_path / "state"))
    assert len(folders) == 2


def test_nowhere_to_write_is_told(tmp_path: Path) -> None:
    (tmp_path / ".workbench").touch()
    with pytest.raises(WorkspaceError, match="no folder for the state"):
        state_directory(tmp_path, fallback=tmp_path / ".workbench")


def test_a_workspace_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    assert state_directory(tmp_path / "gone", fallback=tmp_path / "state").parent == tmp_path / "state"
    assert not (tmp_path / "gone").exists()
