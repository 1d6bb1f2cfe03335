"""The last workspaces are remembered, and forgetting them is never a failure."""

from pathlib import Path

import pytest

from workbench.workspace.recent import MAX_RECENT, RecentWorkspaces


def test_newest_first_without_repeats_and_bounded(tmp_path: Path) -> None:
    recent = RecentWorkspaces(tmp_path / "state")
    assert recent.list() == ()
    roots = [tmp_path.resolve() / str(number) for number in range(MAX_RECENT + 3)]
    for root in [*roots, roots[5]]:
        recent.add(root)
    assert recent.list() == (roots[5], *(root for root in reversed(roots[3:]) if root != roots[5]))
    recent.remove(roots[5])
    assert roots[5] not in RecentWorkspaces(tmp_path / "state").list()


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"[1]", b"\xff\xfe", b'["\\ud800"]', b"[" * 100_000])
def test_a_broken_file_is_an_empty_list_and_is_healed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recent.json").write_bytes(content)
    recent = RecentWorkspaces(tmp_path)
    assert recent.list() == ()
    recent.add(tmp_path)
    assert recent.list() == (tmp_path.resolve(),)


def test_a_folder_that_can_not_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recent = RecentWorkspaces(tmp_path / "file" / "state")
    recent.add(tmp_path)
    assert recent.list() == ()
