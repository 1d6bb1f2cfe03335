"""Sources of builds: their state as one hash."""

from __future__ import annotations

from pathlib import Path

from workbench.model.left_out import NEVER_CODE
from workbench.packages.mirror import package_hash, package_signature

NOT_BUILT = NEVER_CODE.names
"""Names that no builder is given."""


class TreeHashes:
    """Hashes of folders or files, worked out again only when a size, a time or a name is another. For any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, frozenset[str]], tuple[str, str]] = {}

    def of(self, path: Path, left_out: frozenset[str] = NOT_BUILT) -> str:
        """The hash, "" for what is not there. Blocks. Raises SandboxError when it cannot be read, OSError as well."""
        if not path.exists():
            return ""
        before = package_signature(path, left_out)
        signature, known = self._known.get((path, left_out), ("", ""))
        if signature != before:
            known = package_hash(path, left_out)
            self._known[path, left_out] = (before, known)
        return known
