"""Takes the pictures of some scenes at one scale, in a process of its own.

    python -m tests.gallery.shooting FOLDER SCALE [SCENE …] [--only=PART]
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import qasync
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from tests.gallery.scenes import SCENES, Scene
from tests.gallery.sitter import Sitter, until
from workbench.gui.application.preferences import ThemeChoice
from workbench.gui.shell.app import make_application

THEMES: tuple[ThemeChoice, ...] = ("light", "dark", "high-contrast")
SIZES = (QSize(1280, 720), QSize(1280, 800), QSize(1920, 1080))


async def shoot(application: QApplication, scene: Scene, folder: Path, scale: str, only: str = "") -> None:
    """Play one scene and take its pictures; `only` those of looks that have this in their name."""
    with tempfile.TemporaryDirectory(prefix="gallery-") as place:
        sitter = Sitter(application, Path(place, "person"))
        try:
            await _begin(sitter, scene, Path(place, "application"))
            for theme, size in _looks():
                look = f"{theme}-{size.width()}x{size.height()}@{scale}"
                if only in look:
                    await sitter.turn(theme, size)
                    await _views(sitter, scene, folder, look)
        finally:
            await sitter.close()


async def _begin(sitter: Sitter, scene: Scene, root: Path) -> None:
    if scene.make is None:
        sitter.window.show_welcome()
        sitter.window.show()
    else:
        await sitter.open(scene.make(root), is_trusted=scene.is_trusted)
    await scene.play(sitter)


def _looks() -> Iterator[tuple[ThemeChoice, QSize]]:
    return ((theme, size) for theme in THEMES for size in SIZES)


async def _views(sitter: Sitter, scene: Scene, folder: Path, look: str) -> None:
    for view in scene.views or ("window",):
        if scene.views:
            sitter.put_away_drawer()
            sitter.window.run(f"focus.{view}")
        await sitter.settle()
        _save(sitter, folder / f"{scene.name}-{view}-{look}.png")
    sitter.put_away_drawer()
    for command in scene.dialogs:
        sitter.window.run(command)
        await until(lambda: bool(sitter.others()))
        await sitter.settle()
        _save(sitter, folder / f"{scene.name}-{command.replace('.', '')}-{look}.png")
        await sitter.clear()
    for pose in scene.poses:
        await pose.take(sitter)
        await sitter.settle()
        _save(sitter, folder / f"{scene.name}-{pose.name}-{look}.png")
        await pose.leave(sitter)
        await sitter.clear()


def _save(sitter: Sitter, path: Path) -> None:
    assert sitter.picture().save(str(path)), path


def main(arguments: list[str]) -> int:
    only = next((each.removeprefix("--only=") for each in arguments if each.startswith("--only=")), "")
    folder, scale, *names = (each for each in arguments if not each.startswith("--only="))
    unknown = set(names) - {scene.name for scene in SCENES}
    if unknown:
        print(f"There is no scene {', '.join(sorted(unknown))}: {', '.join(scene.name for scene in SCENES)}.")
        return 2
    with tempfile.TemporaryDirectory(prefix="gallery-state-") as state:
        for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = state
        application = make_application(sys.argv[:1])
        with qasync.QEventLoop(application) as loop:
            for scene in SCENES:
                if not names or scene.name in names:
                    loop.run_until_complete(shoot(application, scene, Path(folder), scale, only))
        asyncio.set_event_loop(None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
