"""What these tests share: a screen of their own (Xvfb) for windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import container_engine, docker_images
from tests.support.screens import Screen, virtual_screen

__all__ = ["container_engine", "docker_images", "managed_screen", "screen"]


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The DISPLAY of a virtual screen; skips where there is no Xvfb."""
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        pytest.skip("Xvfb or xdotool is not installed")
    read, write = os.pipe()
    # By default it starts anew when its last client is gone, and refuses the next one meanwhile.
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    yield display
    server.terminate()
    server.wait(10)


@pytest.fixture
def managed_screen(tmp_path: Path) -> Iterator[Screen]:
    """A virtual screen with a window manager, whose pixels can be looked at; skips where there is none."""
    missing = [program for program in ("Xvfb", "xdotool", "openbox") if not shutil.which(program)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    frame = tmp_path / "frame"
    frame.mkdir()
    with virtual_screen(frame) as made:
        yield made
