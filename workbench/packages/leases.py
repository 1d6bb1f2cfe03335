"""Which entries of a cache are in use: a small file for each program that uses some, which counts as long as that one lives."""

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
    """A program, told by its process id and when it began (`begun_s`), with the names of its entries."""

    pid: int
    started: float
    entries: tuple[str, ...]


class Leases:
    """The lease of one user of the cache, in a folder where those of all others are too. Calls block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{uuid.uuid4().hex[:12]}.json"
        self._held: frozenset[str] = frozenset()

    def hold(self, entries: Iterable[str]) -> None:
        """From now on these are in use here, and no others. A cache that cannot be written is not cleared by anybody either."""
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
        """Nothing is in use here any more."""
        self._held = frozenset()
        with suppress(OSError):
            self._own.unlink(missing_ok=True)


def leased(folder: Path) -> frozenset[str]:
    """The entries that any living program uses. Files of dead ones are removed. Blocks."""
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
    """The same number may have gone to another process since."""
    try:
        return bool(abs(begun_s(lease.pid) - lease.started) < 1)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
