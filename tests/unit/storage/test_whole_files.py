"""Files that are whole or not there, whoever is killed while they are written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from workbench.storage import whole_files
from workbench.storage.whole_files import NAMELESS, write_whole
from workbench.workspace.atomic_file import write_atomically

_KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.storage.whole_files import write_whole
from workbench.workspace.atomic_file import create_exclusively, write_atomically
from workbench.storage.safe_files import write_privately
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
{}(Path(sys.argv[1]), b"new")
"""


@pytest.fixture(params=["without a name", "with a hidden name"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways; on a system that has only the second, it is tried twice."""
    if request.param == "with a hidden name":
        monkeypatch.setattr(whole_files, "NAMELESS", 0)


@pytest.mark.skipif(not NAMELESS, reason="files without a name are Linux's")
@pytest.mark.parametrize("write", ["write_whole", "write_atomically", "create_exclusively", "write_privately"])
def test_a_writer_that_is_killed_leaves_nothing(tmp_path: Path, write: str) -> None:
    path = tmp_path / "app.py"
    before = [] if write == "create_exclusively" else ["app.py"]
    for name in before:
        (tmp_path / name).write_text("old")
    done = subprocess.run([sys.executable, "-c", _KILLED.format(write), str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [each.name for each in tmp_path.iterdir()] == before
    assert [(tmp_path / name).read_text() for name in before] == ["old"] * len(before)


@pytest.mark.usefixtures("way")
def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text("old")
    for content, durable in ((b"new", True), (b"newer", False)):
        write_whole(path, content, durable=durable)
        assert path.read_bytes() == content
        assert [each.name for each in tmp_path.iterdir()] == ["app.py"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        write_whole(path, b"", prepare=lambda place: os.chmod(place, 0o640))
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("way")
def test_a_file_takes_the_content_of_another_one_from_its_beginning(tmp_path: Path) -> None:
    path, content = tmp_path / "log", bytes(range(256)) * 10_000
    path.write_text("old")
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        file.write(content)
        write_whole(path, file)
        assert path.read_bytes() == content
        write_atomically(path, file)
        assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


@pytest.mark.usefixtures("way")
def test_a_new_file_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    write_whole(path, b"first", is_new=True)
    with pytest.raises(FileExistsError):
        write_whole(path, b"second", is_new=True)
    assert path.read_bytes() == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["app.py"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("is_new", [True, False])
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, is_new: bool) -> None:
    def refuse(_: object) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        write_whole(tmp_path / "app.py", b"new", is_new=is_new, prepare=refuse)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):  # noqa: PT011  (which one depends on the system)
        write_whole(tmp_path / "folder", b"new", is_new=is_new)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(not NAMELESS, reason="files without a name are Linux's")
def test_a_file_system_that_gives_no_names_to_files_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def refuse(source: object, *arguments: object, **options: object) -> None:
        if "src_dir_fd" in options:
            raise OSError
        link(source, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", refuse)
    write_whole(tmp_path / "app.py", b"new", is_new=True)
    write_whole(tmp_path / "app.py", b"newer")
    assert (tmp_path / "app.py").read_bytes() == b"newer"
    assert [each.name for each in tmp_path.iterdir()] == ["app.py"]
