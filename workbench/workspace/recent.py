"""The recently opened workspaces, remembered across starts."""

from __future__ import annotations

import builtins
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import Unfit
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import state_home

MAX_RECENT = 12


class RecentWorkspaces:
    """The list, newest first. A missing or broken file counts as an empty list; without a writable folder, nothing is kept."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` is used instead of the person's state folder if given."""
        self._directory = directory

    def list(self) -> tuple[Path, ...]:
        """Return the folders, newest first, including those that no longer exist (a drive may come back). Blocks."""
        with suppress(WorkspaceError):
            return tuple(Path(root) for root in (self._file().read() or ()) if "\0" not in root)[:MAX_RECENT]
        return ()

    def add(self, root: Path) -> None:
        """Put a workspace at the top of the list. Blocks."""
        resolved = root.resolve()
        self._save([resolved, *(other for other in self.list() if other != resolved)])

    def remove(self, root: Path) -> None:
        """Remove a workspace from the list. Blocks."""
        self._save([other for other in self.list() if other not in (root, root.resolve())])

    def _save(self, roots: Sequence[Path]) -> None:
        # The list is only a convenience: failing to save it must not keep a person from working.
        with suppress(OSError, WorkspaceError):
            file = self._file()
            file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write([str(root) for root in roots[:MAX_RECENT]], readable=True)

    def _file(self) -> StateFile[builtins.list[str]]:
        return StateFile((self._directory or state_home()) / "recent.json", builtins.list[str], decode=_decoded)


def _decoded(content: bytes) -> list[str]:
    """Without msgspec, because it comes before the first paint (docs/architecture.md)."""
    try:
        listed = json.loads(content.decode())
        if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
            "".join(listed).encode()  # JSON can have halves of characters, which no path has
            return listed
    except (ValueError, RecursionError) as error:
        raise Unfit("damaged") from error
    raise Unfit("damaged")
