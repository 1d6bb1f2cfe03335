"""Record which entries of the cache are in use: one small file per program, valid as long as that program lives."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from workbench.storage.decoding import decoder_of
from workbench.storage.processes import begun_s


class _Lease(msgspec.Struct, frozen=True):
    """The entries that a program uses. The start time (`begun_s`) distinguishes it from a later process with the same id."""

    pid: int
    started: float
    entries: tuple[str, ...]


class Leases:
    """The lease of one user of the cache, in the folder with all leases. Calls block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Not one per process: packages and each workspace's build home hold leases of their own.
        self._own = folder / f"{os.getpid()}-{uuid.uuid4().hex[:12]}.json"
        self._held: frozenset[str] = frozenset()

    def hold(self, entries: Iterable[str]) -> None:
        """Declare that exactly these entries are in use. Failing to write is ignored: what cannot be written is not cleared."""
        wanted = frozenset(entries)
        if wanted == self._held:
            return
        self._held = wanted
        lease = _Lease(os.getpid(), begun_s(os.getpid()), tuple(sorted(wanted)))
        aside = self._own.with_suffix(".new")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(msgspec.json.encode(lease))
            os.replace(aside, self._own)

    def release(self) -> None:
        """Declare that no entries are in use."""
        self._held = frozenset()
        with suppress(OSError):
            self._own.unlink(missing_ok=True)


def leased(folder: Path) -> frozenset[str]:
    """The entries that living programs use. The files of dead ones are removed. Blocks."""
    found: set[str] = set()
    for file in folder.glob("*.json"):
        try:
            lease = decoder_of(_Lease).decode(file.read_bytes())
        except (OSError, msgspec.MsgspecError):
            continue
        if _lives(lease):
            found.update(lease.entries)
        else:
            file.unlink(missing_ok=True)
    return frozenset(found)


def _lives(lease: _Lease) -> bool:
    """Whether the lease's program is alive: its process id may have been reused, so start times are compared."""
    try:
        return bool(abs(begun_s(lease.pid) - lease.started) < 1)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # not ours to ask about: when in doubt, its entries stay
        return True
