"""Sources of builds: their state as one hash, and copies to work on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from workbench.model.left_out import NEVER_CODE
from workbench.packages.mirror import package_hash

NOT_BUILT = NEVER_CODE.names | {"venv"}
"""Names that no builder is given."""


class TreeHashes:
    """Hashes of folders or files, worked out again only when a size, a time or a name is another. For any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, frozenset[str]], tuple[str, str]] = {}

    def of(self, path: Path, left_out: frozenset[str] = NOT_BUILT) -> str:
        """The hash, "" for what is not there. Blocks. Raises SandboxError when it can not be read."""
        if not path.exists():
            return ""
        before = _signature(path, left_out)
        signature, known = self._known.get((path, left_out), ("", ""))
        if signature != before:
            known = package_hash(path, left_out)
            self._known[path, left_out] = (before, known)
        return known


def _signature(path: Path, left_out: frozenset[str]) -> str:
    rows = hashlib.sha256(_row(path.stat()))
    for parent, folders, names in os.walk(path, followlinks=True):
        folders[:] = sorted(name for name in folders if name not in left_out)
        for name in sorted(names):
            if name in left_out:
                continue
            try:
                rows.update(os.fsencode(os.path.join(parent, name)) + _row(os.stat(os.path.join(parent, name))))
            except OSError:
                continue
    return rows.hexdigest()


def _row(status: os.stat_result) -> bytes:
    return f"\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
