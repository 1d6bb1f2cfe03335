"""The workspaces opened last, kept for the person across starts."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import state_home

MAX_RECENT = 12


class RecentWorkspaces:
    """The list, newest first. A missing or broken file is an empty list; a folder that cannot be written keeps nothing."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` replaces the person's state folder."""
        self._directory = directory

    def list(self) -> tuple[Path, ...]:
        """The folders, newest first, also those that are gone (a drive may come back). Blocks."""
        with suppress(WorkspaceError):
            return tuple(Path(root) for root in (self._file().read() or ()) if "\0" not in root)[:MAX_RECENT]
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
            file = self._file()
            file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write([str(root) for root in roots[:MAX_RECENT]], readable=True)

    def _file(self) -> StateFile[builtins.list[str]]:
        return StateFile((self._directory or state_home()) / "recent.json", builtins.list[str])
