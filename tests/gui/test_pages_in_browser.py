"""Pages for the browser: they go with their window, and with the next one if that was killed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.pages_in_browser import PagesInBrowser
from workbench.storage.processes import begun_s


def test_what_killed_windows_left_is_removed_and_nothing_else(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own, begun = os.getpid(), round(begun_s(os.getpid()))
    names = {"killed": "lambda-workbench-page-4194303-77-abcdefgh", "living": f"lambda-workbench-page-{own}-{begun}-abcdefgh",
             "before us": f"lambda-workbench-page-{own}-{begun - 60}-abcdefgh",
             "another": "lambda-workbench-page-mine", "link": "lambda-workbench-page-4194303-77-ijklmnop"}
    for name in ("killed", "living", "before us", "another"):
        (tmp_path / names[name]).mkdir()
        (tmp_path / names[name] / "answer-1.html").write_text("secret")
    (tmp_path / names["link"]).symlink_to(tmp_path / names["another"])
    bar = NoticeBar()
    qtbot.addWidget(bar)
    PagesInBrowser(bar, bar).prune()
    assert {path.name for path in tmp_path.iterdir()} == {names[name] for name in ("living", "another", "link")}
    assert (tmp_path / names["another"] / "answer-1.html").exists()
