"""What an entry of the trash may restore, and to where. A clone can contain a trash that names any path.

Inside the workspace, everything may be restored. Outside it, only what this user deleted there, which is proven by the
manifest's digest in the person's state folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import Unfit, read_regular, write_privately
from workbench.workspace.state_directory import state_directory

_KEPT = re.compile(r"[0-9]{1,6}/[^/\\\0]+")
_DIGEST_BYTES = 64


def is_kept_name(kept: str) -> bool:
    """Whether a path names something inside the entry's own folder: a number and a name."""
    return _KEPT.fullmatch(kept) is not None and kept.rpartition("/")[2] not in (".", "..")


def is_inside(root: Path, path: str) -> bool:
    """Whether a path relative to the workspace stays inside it; links on the way are followed, the last name is not."""
    top, place = os.path.realpath(root), root / path
    parent = os.path.realpath(place.parent)
    return place.name not in ("", ".", "..") and (parent == top or parent.startswith(top.rstrip(os.sep) + os.sep))


def note_outside(root: Path, entry_id: str, manifest: bytes) -> None:
    """Note that this user deleted something outside the workspace. Raises WorkspaceError, OSError."""
    place = _seal(root, entry_id)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    write_privately(place, _digest(manifest))


def check_bounds(root: Path, entry_id: str, manifest: bytes, paths: Iterable[str]) -> None:
    """Raise WorkspaceError if an entry names something outside the workspace that this user did not delete."""
    outside = next((path for path in paths if not is_inside(root, path)), None)
    if outside is not None and not _is_noted(root, entry_id, manifest):
        raise WorkspaceError(f"This entry of the trash names {outside!r}, outside the workspace, and was not deleted here.",
                             "It came with the folder and is not restored.")


def _is_noted(root: Path, entry_id: str, manifest: bytes) -> bool:
    try:
        return read_regular(_seal(root, entry_id), _DIGEST_BYTES) == _digest(manifest)
    except (OSError, Unfit):
        return False


def _seal(root: Path, entry_id: str) -> Path:
    return state_directory(root) / "trash-outside" / hashlib.sha256(entry_id.encode(errors="surrogatepass")).hexdigest()[:32]


def _digest(manifest: bytes) -> bytes:
    return hashlib.sha256(manifest).hexdigest().encode()
