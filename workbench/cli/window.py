"""`workbench open`: show the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.cli.display import why_no_display
from workbench.model.failures import WorkbenchError, WorkspaceError


def show_window(directory: Path | None) -> int:
    """Show the window until it is closed; None opens the last workspace. Returns the exit status.

    Raises WorkbenchError when no window can be shown; Qt itself would abort the process.
    """
    if directory is not None and directory.is_file():
        directory = _folder_of(directory.resolve())
    if directory is not None and not directory.is_dir():
        hint = "Name a SAM project folder, or one of the commands that workbench --help lists."
        raise WorkspaceError(f"There is no folder {directory}.", hint)
    reason = why_no_display()
    if reason:
        raise WorkbenchError(reason, "Here, use 'workbench invoke' or 'workbench serve'.")
    return _run_window()(directory.resolve() if directory else None)


def _folder_of(template: Path) -> Path:
    """The workspace folder of a template. The choice is remembered: window and engine open that template from now on."""
    from workbench.workspace.locating.locate import folder_and_template
    from workbench.workspace.locating.options import Options, remember, remembered

    root, named = folder_and_template(template)
    remember(root, Options(template=named).over(remembered(root)))
    return root


def _run_window() -> Callable[[Path | None], int]:
    try:
        from workbench.gui.application.plain_imports import use_plain_imports

        use_plain_imports()  # before the window's own modules
        from workbench.gui.shell.app import run_window
    except ImportError as error:
        if ".so" not in str(error):  # a fault of ours, not a system library that Qt misses
            raise
        hint = "Install its package. On Debian and Ubuntu: apt-get install libglib2.0-0 libegl1 libgl1 libxcb-cursor0"
        raise WorkbenchError(f"Qt cannot be loaded: {error}.", hint) from None
    return run_window
