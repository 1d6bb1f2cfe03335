"""The workspaces opened last, kept for the person across starts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import platformdirs

from workbench.model.failures import WorkspaceError
from workbench.workspace.atomic_file import write_atomically
from workbench.workspace.state_directory import APPLICATION

MAX_RECENT = 12


class RecentWorkspaces:
    """The list, newest first. A missing or broken file is an empty list; a folder that can not be written keeps nothing."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` replaces the person's state folder."""
        self._file = (directory or Path(platformdirs.user_state_dir(APPLICATION, appauthor=False))) / "recent.json"

    def list(self) -> tuple[Path, ...]:
        """The folders, newest first, also those that are gone (a drive may come back). Blocks."""
        try:
            return tuple(map(Path, msgspec.json.decode(self._file.read_bytes(), type=list[str])[:MAX_RECENT]))
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return ()

    def add(self, root: Path) -> None:
        """Put the workspace on top. Blocks."""
        resolved = root.resolve()
        self._save([resolved, *(other for other in self.list() if other != resolved)])

    def remove(self, root: Path) -> None:
        """Forget the workspace. Blocks."""
        self._save([other for other in self.list() if other not in (root, root.resolve())])

    def _save(self, roots: Sequence[Path]) -> None:
        # Convenience only: not being able to remember must not keep a person from working.
        with suppress(OSError, WorkspaceError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._file, msgspec.json.format(msgspec.json.encode([str(root) for root in roots[:MAX_RECENT]])))
