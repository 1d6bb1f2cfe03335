"""The settings of a workspace in the person's state folder: one reader for engine, window and terminal."""

from __future__ import annotations

from pathlib import Path

from workbench.model.engine_api import Settings
from workbench.model.failures import WorkspaceError
from workbench.storage.state_file import StateFile
from workbench.workspace.state_directory import existing_state_directory

SETTINGS_FILE = "settings.json"


def settings_file(state_directory: Path) -> StateFile[Settings]:
    """Return the settings document in a state folder."""
    return StateFile(state_directory / SETTINGS_FILE, Settings)


def kept_settings(root: Path) -> Settings | None:
    """Return what the person chose for the workspace; None if nothing yet. Blocks."""
    folder = existing_state_directory(root)
    return settings_file(folder).read() if folder else None


def keep_settings(state_directory: Path, settings: Settings) -> None:
    """Save the settings in a state folder. Raises WorkspaceError if they cannot be written. Blocks."""
    file = settings_file(state_directory)
    try:
        file.write(settings, readable=True)
    except OSError as error:
        raise WorkspaceError(f"The settings could not be saved: {error.strerror or error}.",
                             f"Check that {file.path.parent} is writable and has space.") from error
