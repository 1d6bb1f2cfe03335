"""Empty file systems for /tmp: of exactly the wanted size, and without a trace of how they were made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.sandbox.file_system_image import can_make, empty_file_system

pytestmark = pytest.mark.skipif(sys.platform != "linux" or not can_make(), reason="e2fsprogs makes them, on Linux")

_KILLED = """
import os, signal
from workbench.sandbox import file_system_image
file_system_image._read = lambda _: os.kill(os.getpid(), signal.SIGKILL)
file_system_image.empty_file_system(512)
"""


def test_it_is_sound_and_small(tmp_path: Path) -> None:
    image = empty_file_system(512)
    with (tmp_path / "image").open("wb") as file:
        image.write(file)
    assert sum(len(part) for _, part in image.parts) < 200_000
    checked = subprocess.run(["/sbin/e2fsck", "-fn", str(tmp_path / "image")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_nothing_of_it_stays_if_the_engine_is_killed_while_it_is_made(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    killed = subprocess.run([sys.executable, "-c", _KILLED], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []
