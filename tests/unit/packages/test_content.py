"""Hashes of content: names, permissions and bytes count, times do not."""

import os
from pathlib import Path

import pytest

from workbench.model.failures import SandboxError
from workbench.packages.content import ContentHashes, content_hash, unzipped_size_bytes


def folder(root: Path) -> Path:
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "a.py").write_text("1")
    (root / "b.py").write_text("22")
    (root / "link").symlink_to("lib")
    return root


def test_equal_folders_have_equal_hashes_whatever_their_times(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "one"), folder(tmp_path / "two")
    os.utime(two / "b.py", (1, 1))
    assert content_hash(one) == content_hash(two)


@pytest.mark.parametrize("change", [
    lambda root: (root / "b.py").write_text("23"), lambda root: (root / "b.py").rename(root / "c.py"),
    lambda root: (root / "b.py").chmod(0o755), lambda root: (root / "new").write_text(""),
    lambda root: ((root / "link").unlink(), (root / "link").symlink_to("b.py")),
])
def test_every_change_of_content_is_another_hash(tmp_path: Path, change) -> None:
    hashes = ContentHashes()
    root = folder(tmp_path / "one")
    before = hashes.of(root)
    change(root)
    assert hashes.of(root) == content_hash(root) != before


def test_what_did_not_change_is_not_read_again(tmp_path: Path, read_only) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can read what others cannot")
    hashes = ContentHashes()
    root = folder(tmp_path / "one")
    (root / "b.py").chmod(0o600)
    known = hashes.of(root)
    with read_only(root):  # as somebody else, who sees the file and cannot read it
        assert hashes.of(root) == known
        with pytest.raises(SandboxError, match="cannot be read"):
            content_hash(root)


def test_size_is_the_sum_of_the_files(tmp_path: Path) -> None:
    root = folder(tmp_path / "one")
    (root / "lib" / "big").write_bytes(bytes(100))
    assert unzipped_size_bytes(root) == 3 + 100 + len("lib")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="No such file"):
        content_hash(tmp_path / "nowhere")
