"""What is obeyed lies outside the workspace, its data inside, whatever the workspace's folder allows."""

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from workbench.model.failures import WorkspaceError
from workbench.storage.state_home import VARIABLE, state_home
from workbench.workspace.state_directory import data_directory, data_folder, existing_state_directory, state_directory


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    folder.mkdir()
    return folder


def test_state_is_private_outside_the_workspace_and_named_after_it(root: Path) -> None:
    assert existing_state_directory(root) is None
    folder = state_directory(root)
    assert not folder.is_relative_to(root)
    assert folder.name.startswith("my_shop-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (state_directory(root), existing_state_directory(root)) == (folder, folder)
    assert list(folder.iterdir()) == list(root.iterdir()) == []


def test_data_is_private_and_hidden_from_git(root: Path) -> None:
    folder = data_directory(root)
    assert folder == root.resolve() / ".workbench"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text(encoding="ascii") == "*\n"
    assert data_directory(root) == folder
    assert [path.name for path in folder.iterdir()] == [".gitignore"]


def test_a_link_to_a_workspace_has_its_state_and_another_of_its_name_has_not(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    (tmp_path / "other" / root.name).mkdir(parents=True)
    assert state_directory(tmp_path / "link") == state_directory(root) != state_directory(tmp_path / "other" / root.name)


def test_a_variable_names_another_place(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    assert state_directory(root).is_relative_to(tmp_path / "elsewhere")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_without_a_home_it_is_in_the_temporary_folder(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").touch()
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    folder = state_directory(root)
    assert folder.is_relative_to(tmp_path / "temp")
    assert existing_state_directory(root) == folder


@pytest.mark.parametrize("planted", ["link", "file"])
def test_what_others_planted_in_the_temporary_folder_is_not_taken(
        planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").touch()
    for name in ("temp", "mine"):
        (tmp_path / name).mkdir()
    place = tmp_path / "temp" / f"lambda-workbench-{os.geteuid()}"
    place.symlink_to(tmp_path / "mine") if planted == "link" else place.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    with pytest.raises(WorkspaceError, match="no usable folder for your settings and state"):
        state_home()
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives folders away")
def test_another_users_folder_is_not_taken(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "person"))
    state_home()
    os.chown(tmp_path / "person" / "lambda-workbench", 4242, 4242)
    with pytest.raises(WorkspaceError, match="belongs to another user"):
        state_directory(root)
    assert existing_state_directory(root) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives folders away")
def test_data_of_a_third_user_is_not_taken(root: Path) -> None:
    (root / ".workbench").mkdir()
    os.chown(root / ".workbench", 4242, 4242)
    assert data_directory(root) == state_directory(root) / "data"
    os.chown(root, 4242, 4242)
    assert data_directory(root) == root.resolve() / ".workbench"  # the workspace's owner may put there what he likes


def test_a_read_only_workspace_gets_a_folder_of_the_persons(
        root: Path, read_only: Callable[[Path], AbstractContextManager[None]], tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "state"))
    with read_only(root):
        folder = data_directory(root)
    assert folder.is_relative_to(tmp_path / "state")
    assert list(root.iterdir()) == []


def test_a_name_that_is_taken_is_no_obstacle(root: Path, tmp_path: Path) -> None:
    (root / ".workbench").touch()
    assert data_directory(root) == state_directory(root) / "data"
    (root / ".workbench").unlink()
    (tmp_path / "victim").mkdir()
    (root / ".workbench").symlink_to(tmp_path / "victim")
    assert data_directory(root) == state_directory(root) / "data"
    assert list((tmp_path / "victim").iterdir()) == []


def test_a_folder_of_the_data_that_is_a_link_is_told(root: Path, tmp_path: Path) -> None:
    assert data_folder(root, "trash") == data_directory(root) / "trash"
    (data_directory(root) / "trash").symlink_to(tmp_path)
    with pytest.raises(WorkspaceError, match="is a link"):
        data_folder(root, "trash")


def test_a_workspace_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    assert data_directory(tmp_path / "gone") == state_directory(tmp_path / "gone") / "data"
    assert not (tmp_path / "gone").exists()
