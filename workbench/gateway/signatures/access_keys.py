"""The access keys that were issued for engines that listen beyond this machine's loopback interface.

Kept in the person's state folder, readable only by this user; they hold for all of this person's engines. The secrets themselves
are kept, and not their hashes, because Signature Version 4 proves the knowledge of a secret that both ends have.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.storage.exclusive import exclusive
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import state_home

FILE = "access-keys.json"
_PREFIX = "AKIAWB"
"""Access key IDs begin with AKIA and have 20 characters. Source: IAM user guide, "IAM identifiers"."""
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SECRET_BYTES = 30  # 40 characters, as AWS's have


class AccessKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One key. `created` is in ISO 8601; `note` is what the person calls it."""

    secret: str
    created: str
    note: str = ""


class _Kept(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    keys: Mapping[str, AccessKey] = msgspec.field(default_factory=dict)


class AccessKeys:
    """The issued keys by access key ID. A missing or damaged file has none.

    Other programs may change the file at any time: a key that was removed is refused with the next request. Any thread may use
    this object; every call blocks briefly.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` is used instead of the person's state folder if given. Raises WorkspaceError if there is none."""
        self._file = StateFile((directory or state_home()) / FILE, _Kept)
        self._read: tuple[object, _Kept] = (None, _Kept())

    def secret(self, key_id: str) -> str | None:
        """Return the secret of a key, None if it was not issued or is removed."""
        key = self._kept().keys.get(key_id)
        return None if key is None else key.secret

    def all(self) -> Mapping[str, AccessKey]:
        """Return the keys, the oldest first."""
        return self._kept().keys

    def issue(self, note: str = "") -> tuple[str, AccessKey]:
        """Make a key and keep it. Raises WorkspaceError if it cannot be kept."""
        key_id = _PREFIX + "".join(secrets.choice(_CHARACTERS) for _ in range(20 - len(_PREFIX)))
        key = AccessKey(secret=secrets.token_urlsafe(_SECRET_BYTES), note=note,
                        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._change(lambda kept: _Kept(keys={**kept.keys, key_id: key}))
        return key_id, key

    def remove(self, key_id: str) -> bool:
        """Remove a key; False if there is none of this ID. Raises WorkspaceError if that cannot be saved."""
        if key_id not in self._kept().keys:
            return False
        self._change(lambda kept: _Kept(keys={name: key for name, key in kept.keys.items() if name != key_id}))
        return True

    def _change(self, change: Callable[[_Kept], _Kept]) -> None:
        try:
            with exclusive(self._file.path.with_suffix(".lock")):
                self._file.write(change(self._file.read() or _Kept()), readable=True)
        except OSError as error:
            raise WorkspaceError(f"The keys cannot be saved in {self._file.path.parent}: {error.strerror or error}.",
                                 "Make the folder writable.") from error

    def _kept(self) -> _Kept:
        # Taken before reading: a change between the two is then noticed at the next call.
        state = self._state()
        if state != self._read[0]:
            self._read = (state, self._file.read() or _Kept())
        return self._read[1]

    def _state(self) -> object:
        try:
            status = self._file.path.lstat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size
