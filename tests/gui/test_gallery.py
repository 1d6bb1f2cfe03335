"""The gallery: its scenes name commands that exist, and a picture is taken in every theme and size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.gallery.scenes import SCENES
from workbench.gui.workspace.commands import COMMANDS


def test_all_views_and_dialogs_have_a_command() -> None:
    known = {command.identifier for command in COMMANDS}
    wanted = {command for scene in SCENES for command in (*(f"focus.{view}" for view in scene.views), *scene.dialogs)}
    assert wanted - known == set()
    for scene in SCENES:
        names = [*scene.views, *scene.dialogs, *(pose.name for pose in scene.poses)]
        assert len(names) == len(set(names)), "two pictures of a scene would have one name"
    assert {scene.name.isalpha() for scene in SCENES} == {True}, "the page groups pictures by what stands before the first hyphen"


def test_a_scene_is_shot_in_every_theme_and_size(tmp_path: Path, qtbot: QtBot) -> None:
    environment = {**os.environ, "QT_SCALE_FACTOR": "2"}
    subprocess.run([sys.executable, "-m", "tests.gallery.shooting", str(tmp_path), "2", "welcome"], env=environment, check=True,
                   stderr=subprocess.DEVNULL)
    pictures = {path.name: QImage(str(path)) for path in tmp_path.glob("*.png")}
    assert len(pictures) == 9
    light = pictures["welcome-window-light-1280x720@2.png"]
    assert (light.width(), light.height()) == (2_560, 1_440)
    assert light != pictures["welcome-window-dark-1280x720@2.png"]
