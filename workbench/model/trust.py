"""What an opened folder would run on this machine outside a sandbox, and the person's decision about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

BroughtKind = Literal["build", "packages", "image", "interpreter", "outside"]
"""A build step; packages whose installation runs code; an image; a program that runs functions; code outside the folder."""

Standing = Literal["trusted", "declined", "unknown"]
"""A person's decision about a folder: it is trusted, it is only to be looked at, or none yet."""


class Brought(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item in a folder that would run, or be read, outside a sandbox.

    `text` describes it to a person ("make build-Api, as api/Makefile says"). `digest` changes when what it would do changes;
    editing a handler does not change it. `asks`: its functions do not run properly without it, so the person is asked; an item
    that does not ask is left out of an installation until the folder is trusted. `agreed`: the person has seen exactly this
    item and trusts it.
    """

    kind: BroughtKind
    text: str
    digest: str
    functions: tuple[str, ...] = ()
    asks: bool = True
    agreed: bool = False


class TrustReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a person should know before trusting a folder. `runs_as_processes`: functions now run with the person's own rights.

    `below` is the parent folder whose whole content is trusted, "" if there is none.
    """

    folder: str
    standing: Standing
    items: tuple[Brought, ...] = ()
    below: str = ""
    runs_as_processes: bool = False

    @property
    def open_items(self) -> tuple[Brought, ...]:
        """The items that the person has not agreed to."""
        return tuple(item for item in self.items if not item.agreed)

    @property
    def is_limited(self) -> bool:
        """Whether something does not run properly because it is not trusted."""
        return any(item.asks for item in self.open_items) or (self.runs_as_processes and self.standing != "trusted")


def digest_of(parts: Iterable[str | bytes]) -> str:
    """Return one short hash of everything that decides what would run."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)  # with lengths, so that ("ab", "c") differs from ("a", "bc")
    return whole.hexdigest()[:32]
