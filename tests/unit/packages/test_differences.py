"""The files of two packages, compared: .zips and folders in any pair."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench.model.comparisons import FileDifference
from workbench.packages import differences as module
from workbench.packages.differences import LARGEST_TEXT_BYTES, MOST_LINES, differences, opened


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def compared(left: Path, right: Path) -> tuple[list[FileDifference], int]:
    with opened(left) as one, opened(right) as other:
        return differences(one, other)


@pytest.mark.parametrize("make", [zipped, folder])
def test_files_that_differ_are_told_with_their_lines_or_their_digests(tmp_path: Path, make: object) -> None:
    left = zipped(tmp_path / "left.zip", {"app.py": b"a\nb\n", "same.py": b"x\n", "gone.txt": b"bye\n", "data.bin": b"\0\1"})
    right = make(tmp_path / "right", {  # type: ignore[operator]
        "app.py": b"a\nc\n", "same.py": b"x\n", "lib/new.txt": b"hello\n", "data.bin": b"\0\2\3"})
    found, same = compared(left, right)
    assert same == 1
    assert [(each.path, each.diff) for each in found] == [
        ("app.py", "@@ -1,2 +1,2 @@\n a\n-b\n+c"), ("data.bin", ""), ("gone.txt", "@@ -1 +0,0 @@\n-bye"),
        ("lib/new.txt", "@@ -0,0 +1 @@\n+hello")]
    data = found[1]
    assert data.why_no_diff == "The file is not text, or it is large."
    assert data.left is not None
    assert data.right is not None
    assert (data.left.size_bytes, data.right.size_bytes) == (2, 3)
    assert found[2].right is None
    assert found[3].left is None


def test_a_package_is_the_same_as_itself(tmp_path: Path) -> None:
    files = {"a/b.py": b"1\n", "c.bin": b"\0"}
    assert compared(zipped(tmp_path / "a.zip", files), folder(tmp_path / "a", files)) == ([], 2)


def test_line_ends_and_large_files(tmp_path: Path) -> None:
    large, long = b"x" * LARGEST_TEXT_BYTES, b"x\n" * MOST_LINES
    left = folder(tmp_path / "left", {"ends.txt": b"a\nb\n", "large.txt": large, "long.txt": long})
    right = folder(tmp_path / "right", {"ends.txt": b"a\r\nb\r\n", "large.txt": large + b"y",
                                         "long.txt": long + b"y\n"})
    (ends, *others), _ = compared(left, right)
    assert (ends.diff, ends.why_no_diff) == ("", "The files differ in their line ends only.")
    assert [(each.diff, each.why_no_diff) for each in others] == [("", "The file is not text, or it is large.")] * 2


def test_what_is_shown_of_all_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DIFF_CHARACTERS", 10)
    left, right = zipped(tmp_path / "a.zip", {}), zipped(tmp_path / "b.zip", {"1.txt": b"one\n", "2.txt": b"two\n"})
    (one, two), _ = compared(left, right)
    assert one.diff == "@@ -0,0 +1 @@\n+one"
    assert (two.diff, two.why_no_diff) == ("", "Too much differs to show all of it.")
    assert two.right is not None


def test_a_link_is_compared_by_where_it_leads(tmp_path: Path) -> None:
    left, right = folder(tmp_path / "left", {"x": b""}), folder(tmp_path / "right", {"x": b""})
    os.symlink("one", left / "link")
    os.symlink("two", right / "link")
    (link,), same = compared(left, right)
    assert (link.diff, same) == ("@@ -1 +1 @@\n-one\n+two", 1)
