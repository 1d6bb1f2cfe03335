"""The person's own cache. Its content is executed (packages, bootstraps, bytecode), so nobody else may be able to write to it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from workbench.storage.person_folders import APPLICATION
from workbench.storage.safe_files import is_own
from workbench.storage.state_home import check_links, state_home

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_home() -> Path:
    """Return the cache folder (`XDG_CACHE_HOME`), which need not exist, or one in the state folder if it is another user's.

    One that belongs to root is accepted, as by all programs. Write access for the group and others is removed. Blocks briefly.
    Raises WorkspaceError if neither can be used.
    """
    folder = Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))
    try:
        check_links(folder)
        return folder if os.name != "posix" or _is_the_persons(folder) else state_home() / "cache"
    except OSError:
        return state_home() / "cache"


def _is_the_persons(folder: Path) -> bool:
    with suppress(OSError):  # if it cannot be created, the first write to it reports that
        folder.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    if not os.path.lexists(folder):
        return True
    status = folder.stat()
    if is_own(status):
        if status.st_mode & _OTHERS_MAY_WRITE:
            folder.chmod(0o755 if os.geteuid() == 0 else 0o700)  # programs that root starts as others must read it
        return True
    return status.st_uid == 0 and not status.st_mode & _OTHERS_MAY_WRITE
