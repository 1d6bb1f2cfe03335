"""The person's own cache: what lies in it runs (packages, bootstraps, byte code), so nobody else may have written it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from workbench.storage.safe_files import is_own
from workbench.storage.state_home import APPLICATION, check_links, state_home

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_home() -> Path:
    """The folder of caches (`XDG_CACHE_HOME`), which need not be there; one in the state folder where that is another user's.

    Root's is taken, as it is by all programs; and who shares a group with the person writes it no more. Blocks briefly. Raises
    WorkspaceError where neither is to be had.
    """
    folder = Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))
    try:
        check_links(folder)
        return folder if os.name != "posix" or _is_the_persons(folder) else state_home() / "cache"
    except OSError:
        return state_home() / "cache"


def _is_the_persons(folder: Path) -> bool:
    with suppress(OSError):  # where it cannot be made, whoever writes to it says so
        folder.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    if not os.path.lexists(folder):
        return True
    status = folder.stat()
    if is_own(status):
        if status.st_mode & _OTHERS_MAY_WRITE:
            folder.chmod(0o755 if os.geteuid() == 0 else 0o700)  # what root starts as another user has to reach what is in it
        return True
    return status.st_uid == 0 and not status.st_mode & _OTHERS_MAY_WRITE
