from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.editor.recovery import Recovery, UnsavedText, discard, recovered

KEEPER = """
import sys, time
from pathlib import Path
from workbench.editor.recovery import Recovery, UnsavedText
for folder in sys.argv[1:]:
    window = Recovery(Path(folder))
    window.keep(UnsavedText("/w/app.py", "first", "v1"))
    window.keep(UnsavedText("/w/app.py", "typed 😀", "v1", "\\r\\n", "utf-16"))
    window.keep(UnsavedText("/w/saved.py", "x"))
    window.drop("/w/saved.py")
print("kept", flush=True)
time.sleep(60)
"""


def start_keeper(*folders: Path) -> subprocess.Popen[str]:
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, *map(str, folders)], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "kept\n"
    return keeper


def kill(keeper: subprocess.Popen[str]) -> None:
    keeper.kill()
    keeper.communicate()


def test_a_killed_window_leaves_what_was_typed_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    keeper = start_keeper(tmp_path, tmp_path)
    try:
        assert recovered(tmp_path) == []
    finally:
        kill(keeper)
    found = recovered(tmp_path)
    assert [(one.unsaved.path, one.unsaved.text, one.unsaved.eol) for one in found] == [("/w/app.py", "typed 😀", "\r\n")] * 2
    for one in found:
        discard(one)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_process_with_the_same_id_is_found(tmp_path: Path) -> None:
    Recovery(tmp_path).keep(UnsavedText("/w/a.py", "mine"))
    assert recovered(tmp_path) == []
    owner = next(tmp_path.glob("*/owner.json"))
    owner.write_text(f'{{"process_id": {os.getpid()}, "started_at_s": 1.0}}')
    assert [one.unsaved.text for one in recovered(tmp_path)] == ["mine"]


@pytest.mark.parametrize("owner", ["", "{", None])
def test_texts_of_a_damaged_folder_are_found_and_damaged_texts_passed_over(tmp_path: Path, owner: str | None) -> None:
    Recovery(tmp_path).keep(UnsavedText("/w/a.py", "mine"))
    file = next(tmp_path.glob("*/owner.json"))
    file.unlink() if owner is None else file.write_text(owner)
    (file.parent / "broken.json").write_text('{"path": "/w/b')
    (file.parent / "half.part").write_text("{")
    assert [one.unsaved.text for one in recovered(tmp_path)] == ["mine"]


def test_an_ordered_close_leaves_nothing(tmp_path: Path) -> None:
    window = Recovery(tmp_path)
    window.keep(UnsavedText("/w/a.py", "x"))
    window.close()
    assert list(tmp_path.iterdir()) == []
    window.close()
    window.drop("/w/a.py")


def test_the_folder_of_a_window_that_was_killed_while_it_began_to_keep_is_removed(tmp_path: Path) -> None:
    killed, starting = tmp_path / "4194303-aaaaaaaa", tmp_path / f"{os.getpid()}-bbbbbbbb"
    for folder in (killed, starting):
        folder.mkdir()
    assert recovered(tmp_path) == []
    assert list(tmp_path.iterdir()) == [starting]


def test_nothing_is_made_before_something_is_unsaved(tmp_path: Path) -> None:
    Recovery(tmp_path / "not" / "yet").drop("/w/a.py")
    assert recovered(tmp_path / "not" / "yet") == []
    assert list(tmp_path.iterdir()) == []


def test_the_newest_text_comes_first(tmp_path: Path) -> None:
    window = Recovery(tmp_path)
    for name in ("b", "a", "c"):
        window.keep(UnsavedText(name, name))
    next(tmp_path.glob("*/owner.json")).write_text("{")
    assert [one.unsaved.path for one in recovered(tmp_path)] == ["c", "a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are those of POSIX")
def test_others_can_not_read_the_code(tmp_path: Path) -> None:
    Recovery(tmp_path).keep(UnsavedText("/w/a.py", "secret"))
    modes = {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")}
    assert modes == {0}


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process the POSIX way")
def test_a_stopped_window_counts_as_alive(tmp_path: Path) -> None:
    keeper = start_keeper(tmp_path)
    keeper.send_signal(signal.SIGSTOP)
    try:
        assert recovered(tmp_path) == []
    finally:
        kill(keeper)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_killed_window_that_nobody_has_waited_for_is_gone(tmp_path: Path) -> None:
    keeper = start_keeper(tmp_path)
    try:
        keeper.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, keeper.pid, os.WEXITED | os.WNOWAIT)  # ended, and left a zombie
        assert [one.unsaved.text for one in recovered(tmp_path)] == ["typed 😀"]
    finally:
        keeper.communicate()
