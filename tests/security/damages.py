"""Everything that may be found where a state file should be."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Damage = Callable[[Path, bytes], None]
"""Puts something in a place, given what a sound file has."""

HUGE_BYTES = 5_000_000_000


def _content(content: bytes | Callable[[bytes], bytes]) -> Damage:
    def put(path: Path, sound: bytes) -> None:
        path.write_bytes(content if isinstance(content, bytes) else content(sound))

    return put


def _sparse(path: Path, sound: bytes) -> None:
    with path.open("wb") as file:
        file.write(sound)
        file.truncate(HUGE_BYTES)


def _folder(path: Path, sound: bytes) -> None:
    path.mkdir()
    (path / "something").write_bytes(sound)


def _link_to_a_file(path: Path, sound: bytes) -> None:
    victim = path.parent.parent / f"victim-of-{path.name}"
    victim.write_bytes(sound)
    path.symlink_to(victim)


def _socket(path: Path, _: bytes) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the path itself may be longer than a socket's may be
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(before)


def _foreign(path: Path, sound: bytes) -> None:
    path.write_bytes(sound)
    os.chown(path, 4242, 4242)


def _unreadable(path: Path, sound: bytes) -> None:
    path.write_bytes(sound)
    path.chmod(0)


CONTENTS: dict[str, Damage] = {
    "empty": _content(b""),
    "half": _content(lambda sound: sound[:len(sound) // 2]),
    "text": _content(b"something else"),
    "zeros": _content(b"\0" * 4096),
    "not-utf-8": _content(b'{"a": "\xff\xfe\xfa"}'),
    "utf-16": _content(lambda sound: sound.decode("latin-1").encode("utf-16")),
    "deep": _content(b"[" * 20_000),
    "deep-unknown": _content(b'{"unknown":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    "5000-digits": _content(b"9" * 5000),
    "conflict": _content(lambda sound: b"<<<<<<< HEAD\n" + sound + b"\n=======\n>>>>>>> theirs\n"),
    "huge": _sparse,
}
FORMS: dict[str, Damage] = {"folder": _folder, "link": _link_to_a_file}
if os.name == "posix":
    FORMS |= {
        "pipe": lambda path, _: os.mkfifo(path),
        "socket": _socket,
        "dangling-link": lambda path, _: path.symlink_to(path.parent.parent / f"nothing-{path.name}"),
        "link-to-itself": lambda path, _: path.symlink_to(path.name),
        "link-to-a-device": lambda path, _: path.symlink_to("/dev/zero"),
        "unreadable": _unreadable,
    }
    if os.geteuid() == 0:
        FORMS["foreign"] = _foreign


def everything_below(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Names, modes, and the first bytes of files: two of them are equal when nothing was written, removed or renamed."""
    found: dict[str, tuple[int, int, bytes]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = b""
        if path.is_file() and not path.is_symlink():
            with suppress(PermissionError), path.open("rb") as file:
                content = file.read(4096)
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_ino, content)
    return found
