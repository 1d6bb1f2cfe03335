"""A deployment package as a folder that people edit, and whether two folders are the same package."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from pathlib import Path

from workbench.model.left_out import NEVER_CODE
from workbench.packages.archive import unpack
from workbench.packages.content import files_below
from workbench.packages.sources import effective_mode, read_source


class EditablePackages:
    """Unpacks packages for people. All calls block."""

    def lay_out(self, package: Path, folder: Path) -> None:
        """Unpack a .zip into an empty folder as `archive.unpack` does, and let its owner change the files.

        Raises what `unpack` raises, and OSError.
        """
        unpack(package, folder)
        for found in files_below(folder):
            if not stat.S_ISLNK(found.status.st_mode):
                found.path.chmod(stat.S_IMODE(found.status.st_mode) | 0o600 | (0o100 if found.status.st_mode & 0o001 else 0))

    def digest(self, folder: Path) -> str:
        """Return what is equal for folders that become the same package: names, contents and who may execute. Raises OSError."""
        whole = hashlib.sha256()
        for found in read_source(folder, NEVER_CODE).files:
            content = hashlib.sha256(found.path.read_bytes()).hexdigest()
            mode = effective_mode(found.status) if os.name == "posix" else 0
            whole.update(f"{found.name}\0{mode}\0{content}\n".encode(errors="surrogateescape"))
        return whole.hexdigest()


def never_packaged(package: Path) -> list[str]:
    """Return the names in a .zip that no folder brings into a package, the outermost of each, without byte code. Blocks."""
    with zipfile.ZipFile(package) as opened:
        names = opened.namelist()
    found = {name.split("/")[0] if NEVER_CODE.has(name.split("/")[0]) else name for name in names
             if any(NEVER_CODE.has(part) and part != "__pycache__" for part in name.split("/"))}
    return sorted(found)
