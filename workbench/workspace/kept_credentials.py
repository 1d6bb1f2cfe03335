"""Which credentials a person chose for the functions of a workspace: in the person's state folder, so no clone can bring it.

Nothing secret is kept: credentials themselves are only ever in memory.
"""

from __future__ import annotations

from pathlib import Path

from workbench.model.credentials import MADE_UP, CredentialsChoice
from workbench.model.failures import WorkspaceError
from workbench.storage.state_file import StateFile

CREDENTIALS_FILE = "credentials.json"


class KeptCredentials:
    """The choice for one workspace. All calls block for a moment."""

    def __init__(self, state_directory: Path) -> None:
        self._file = StateFile(state_directory / CREDENTIALS_FILE, CredentialsChoice)

    def read(self) -> CredentialsChoice:
        """Return the choice. A missing or damaged file chooses nothing real."""
        return self._file.read() or MADE_UP

    def write(self, choice: CredentialsChoice) -> None:
        """Replace the choice. Raises WorkspaceError if it cannot be written."""
        try:
            self._file.write(choice, readable=True)
        except OSError as error:
            raise WorkspaceError(f"The choice of credentials could not be saved: {error.strerror or error}.",
                                 f"Check that {self._file.path.parent} is writable and has space.") from error
