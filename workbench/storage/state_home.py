"""The person's own state folder, outside every workspace: only this user's programs write to it.

    Linux     ~/.local/state/lambda-workbench (XDG_STATE_HOME)
    macOS     ~/Library/Application Support/lambda-workbench
    Windows   %LOCALAPPDATA%\\lambda-workbench

Source: the XDG Base Directory Specification and `platformdirs`. WORKBENCH_STATE_HOME names another folder to have it in, on every
system. Without a home that can be written (a container with a user of its own) it is in the temporary folder.

A link that the person made of any of these folders is followed. One that another user made (in a folder that both may write) is
not: it could lead to a folder of the person's with a clone in it.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.person_folders import APPLICATION, state_folder
from workbench.storage.safe_files import is_own, is_plain_folder

VARIABLE = "WORKBENCH_STATE_HOME"
_MOST_LINKS = 40
"""The number of links that Linux follows in a path. Source: path_resolution(7)."""


def state_home() -> Path:
    """Return the person's state folder, created if needed, accessible only by this user (0700). Blocks.

    Raises WorkspaceError if no candidate can be used.
    """
    refused = ""
    for folder in _places():
        try:
            return own_folder(_followed(folder))
        except OSError as error:
            refused = refused or f"{folder}: {error.strerror or error}"
    raise WorkspaceError(f"There is no usable folder for your settings and state ({refused}).",
                         f"Make it writable by you alone, or name another one with {VARIABLE}.")


def state_homes() -> Iterator[Path]:
    """Yield the candidates for the state folder; the first usable one is taken. A link made by the person is followed."""
    for folder in _places():
        with suppress(OSError):
            yield _followed(folder)


def in_place_of_anothers() -> str:
    """Return a sentence if the state is not in its usual place because that belongs to another user, else "". Blocks.

    Running a program once with sudo leaves such a folder behind.
    """
    if os.environ.get(VARIABLE):
        return ""  # there is no other candidate then, so the caller that needs the folder reports the problem
    usual = next(_places())
    try:
        if not os.path.exists(_followed(usual)) or is_own(usual.stat()):
            return ""
        return (f"{usual} belongs to another user, so your settings, your values and what you trust are in {state_home()}. "
                f"To have them there again, make it yours: sudo chown -R $(id -u) {usual}")
    except OSError as error:
        return f"{error.strerror or error}: your settings, your values and what you trust are in {state_home()}."
    except WorkspaceError:
        return ""


def check_links(path: Path) -> None:
    """Raise PermissionError if a link on the way to the path was made by another user except root. The path need not exist."""
    waiting = [path]
    for _ in range(_MOST_LINKS):
        if not waiting:
            return
        place = waiting.pop()
        for each in (place, *place.parents):
            if each.is_symlink():
                if os.name == "posix" and each.lstat().st_uid not in (0, os.geteuid()):
                    raise PermissionError(errno.EPERM, f"{each} is a link of another user")
                waiting.append(each.parent / os.readlink(each))


def _places() -> Iterator[Path]:
    named = os.environ.get(VARIABLE)
    if named and not os.path.isabs(named):
        raise WorkspaceError(f"{VARIABLE} names {named}, which is another folder for each program.", "Name its whole path.")
    if named:
        yield Path(named) / APPLICATION
        return
    yield Path(state_folder())
    if os.name == "posix" and (temporary := _temporary()) is not None:
        yield temporary / f"{APPLICATION}-{os.geteuid()}"


def _temporary() -> Path | None:
    """Return the folder for temporary files, None if no file can be written to any: the disk is full, say."""
    try:
        return Path(tempfile.gettempdir()).resolve()
    except FileNotFoundError:
        return None


def _followed(folder: Path) -> Path:
    """Resolve links in a path, except in the temporary folder, which everybody can write to. Raises OSError."""
    check_links(folder)
    return folder if folder.parent == _temporary() else folder.resolve()


def own_folder(folder: Path) -> Path:
    """Return the folder, created if needed, with mode 0700. Raises OSError, also if it is a link, not ours or not writable."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    check_own(folder)
    if os.name == "posix" and stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        folder.chmod(0o700)
    with tempfile.TemporaryFile(dir=folder):  # proves that it is writable, which the mode alone does not
        return folder


def check_own(folder: Path) -> None:
    """Raise OSError unless it is a folder (not a link) that belongs to this user."""
    if not is_plain_folder(folder):
        raise NotADirectoryError("is a link or not a folder")
    if not is_own(folder.lstat()):
        raise PermissionError("belongs to another user")
