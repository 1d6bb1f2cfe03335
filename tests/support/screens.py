"""A virtual screen with a window manager, whose pixels can be looked at."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZE = 1280, 800
_HEADER = 25
"""So many numbers of 32 bits, the most significant byte first, begin a file of X's window dumps (XWDFile.h)."""
_HEADER_BYTES, _HEIGHT, _LINE_BYTES, _COLORS = 0, 5, 12, 19
_COLOR_BYTES = 12


class Screen(NamedTuple):
    """`display` is its DISPLAY; `frame` is the file in which Xvfb keeps what is shown."""

    display: str
    frame: Path

    def where(self, color: str, place: tuple[int, int, int, int]) -> NDArray[np.bool_]:
        """Which pixels of a place (x, y, width, height) have exactly this color (#rrggbb), row by row."""
        x, y, width, height = place
        rgb = int(color.removeprefix("#"), 16)
        return np.asarray(self._pixels()[y:y + height, x:x + width] & 0xFFFFFF == rgb)

    def _pixels(self) -> NDArray[np.uint32]:
        """What is shown now: a copy."""
        content = self.frame.read_bytes()
        header = np.frombuffer(content, ">u4", _HEADER)
        begins = int(header[_HEADER_BYTES] + header[_COLORS] * _COLOR_BYTES)
        height, columns = int(header[_HEIGHT]), int(header[_LINE_BYTES]) // 4
        return np.frombuffer(content, "<u4", height * columns, begins).reshape(height, columns)


@contextlib.contextmanager
def virtual_screen(folder: Path) -> Iterator[Screen]:
    """Xvfb with Openbox, until the end of the block."""
    read, write = os.pipe()
    width, height = SIZE
    # By default it starts anew when its last client is gone, and refuses the next one meanwhile.
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-fbdir", str(folder),
               "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    manager = subprocess.Popen(["openbox", "--sm-disable"], env={**os.environ, "DISPLAY": display}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield Screen(display, folder / "Xvfb_screen0")
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)
