"""Earlier versions: what a write replaces is kept, within bounds, and never costs a write."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workbench.model.failures import WorkspaceError
from workbench.workspace import history as history_module
from workbench.workspace.history import History


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def texts(history: History, path: Path) -> list[bytes]:
    return [version.read() for version in history.versions(path)]


def test_what_a_write_replaces_and_what_was_written_is_kept_once(history: History, tmp_path: Path) -> None:
    path = tmp_path / "hello" / "app.py"
    path.parent.mkdir()
    path.write_text("before\n")
    history.write(path, b"first\n")
    path.write_text("of another program\n")
    history.write(path, b"second\n")
    history.write(path, b"second\n")
    assert texts(history, path) == [b"second\n", b"of another program\n", b"first\n", b"before\n"]
    assert path.read_bytes() == b"second\n"


def test_versions_follow_a_renamed_folder(history: History, tmp_path: Path) -> None:
    path = tmp_path / "hello" / "app.py"
    path.parent.mkdir()
    history.write(path, b"1")
    history.write(tmp_path / "hello.txt", b"other")
    (tmp_path / "hello").rename(tmp_path / "bye")
    history.follow(tmp_path / "hello", tmp_path / "bye")
    assert texts(history, tmp_path / "bye" / "app.py") == [b"1"]
    assert texts(history, path) == []
    assert texts(history, tmp_path / "hello.txt") == [b"other"]


def test_a_file_keeps_fifty_versions_and_the_newest_are_all_there(history: History, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for number in range(70):
        history.write(path, b"%d" % number)
    kept = texts(history, path)
    assert len(kept) == 50
    assert kept[:10] == [b"%d" % number for number in range(69, 59, -1)]
    assert kept[-1] == b"0"


def test_what_is_old_or_too_much_goes(history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history.write(tmp_path / "a.py", b"1" * 100)
    history.write(tmp_path / "b.py", b"2" * 100)
    monkeypatch.setattr(history_module, "MAX_TOTAL_BYTES", 150)
    history.prune()
    assert (texts(history, tmp_path / "a.py"), texts(history, tmp_path / "b.py")) == ([], [b"2" * 100])
    monkeypatch.setattr(history_module, "MAX_AGE_S", -1.0)
    history.prune()
    assert list((tmp_path / ".workbench" / "history").iterdir()) == []


def test_a_history_that_can_not_be_written_stops_no_saving(history: History, tmp_path: Path) -> None:
    (tmp_path / ".workbench").mkdir()
    (tmp_path / ".workbench" / "history").write_text("in the way")
    history.write(tmp_path / "a.py", b"1")
    assert (tmp_path / "a.py").read_bytes() == b"1"
    assert history.versions(tmp_path / "a.py") == ()


def test_a_version_that_is_gone_is_told(history: History, tmp_path: Path) -> None:
    history.write(tmp_path / "a.py", b"1")
    (version,) = history.versions(tmp_path / "a.py")
    version.file.unlink()
    with pytest.raises(WorkspaceError, match="could not be read"):
        version.read()


def test_keeping_costs_a_few_milliseconds(history: History, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for number in range(60):
        history.keep(path, b"%d" % number)
    started_s = time.thread_time()  # of this thread: other programs of the machine do not count
    history.keep(path, b"x" * 100_000)
    assert time.thread_time() - started_s < 0.05
