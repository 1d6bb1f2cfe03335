"""`workbench open`: the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workbench.model.failures import WorkbenchError, WorkspaceError


def show_window(directory: Path | None) -> int:
    """Show it until it is closed. Raises WorkbenchError where it can not be shown (Qt itself would abort the process)."""
    if directory is not None and not directory.is_dir():
        hint = "Name a SAM project folder, or a command: open, serve, invoke, doctor."
        raise WorkspaceError(f"There is no folder {directory}.", hint)
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform == "linux" and not named:
        raise WorkbenchError("There is no display to open a window on.", "Here, use 'workbench invoke' or 'workbench serve'.")
    from workbench.gui.app import run_window

    return run_window(directory.resolve() if directory else None)
