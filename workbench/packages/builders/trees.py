"""Hashes of the source folders of builds."""

from __future__ import annotations

from pathlib import Path

from workbench.model.left_out import NEVER_CODE
from workbench.packages.mirror import package_hash, package_signature

NOT_BUILT = NEVER_CODE.names
"""Names of files and folders that are never copied for a build."""


class TreeHashes:
    """Hashes of folders and files, recomputed only when a size, time or name has changed. For any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, frozenset[str]], tuple[str, str]] = {}

    def of(self, path: Path, left_out: frozenset[str] = NOT_BUILT) -> str:
        """The hash; "" when the path does not exist. Blocks. Raises SandboxError or OSError when it cannot be read."""
        if not path.exists():
            return ""
        # Taken before the content is read: a change during the reading is then noticed the next time.
        before = package_signature(path, left_out)
        signature, known = self._known.get((path, left_out), ("", ""))
        if signature != before:
            known = package_hash(path, left_out)
            self._known[path, left_out] = (before, known)
        return known
