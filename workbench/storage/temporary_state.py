"""The state home of an engine that keeps nothing: a temporary folder, removed by the program that made it or by the engine."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_PREFIX = "lambda-workbench-engine-"


def make_temporary_home() -> Path:
    """Make a folder that only this user can read, for WORKBENCH_STATE_HOME. Raises OSError. Blocks."""
    return Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()


def remove_temporary_home(home: Path) -> None:
    """Remove such a folder with all that is in it, and no other folder. What cannot be removed stays. Blocks."""
    if home.name.startswith(_PREFIX):
        shutil.rmtree(home, ignore_errors=True)
