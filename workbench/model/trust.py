"""What a folder that somebody brought would have this machine do, and what a person has said about that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

BroughtKind = Literal["build", "packages", "image", "interpreter", "outside"]
"""A build of its own; packages whose installation runs code; an image; a program that runs functions; code from elsewhere."""

Standing = Literal["trusted", "declined", "unknown"]
"""What was said of a folder: that it is trusted, that one only wants to look at it, nothing yet."""


class Brought(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that a folder brings and that would run, or be read, outside of a sandbox.

    `text` says it to a person ("make build-Api, as api/Makefile says"). `digest` is another when it would do something else: an
    edit of a handler does not change it. `asks`: nothing of its function runs as it should without it; what does not ask is left
    out of an installation until the folder is trusted. `agreed`: the person has seen just this and trusts it.
    """

    kind: BroughtKind
    text: str
    digest: str
    functions: tuple[str, ...] = ()
    asks: bool = True
    agreed: bool = False


class TrustReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a person should know to trust a folder or not. `runs_as_processes`: functions run with the person's rights now.

    `below` is the folder above it whose whole content is trusted, "" for none.
    """

    folder: str
    standing: Standing
    items: tuple[Brought, ...] = ()
    below: str = ""
    runs_as_processes: bool = False

    @property
    def open_items(self) -> tuple[Brought, ...]:
        """What has not been agreed to."""
        return tuple(item for item in self.items if not item.agreed)

    @property
    def is_limited(self) -> bool:
        """Whether something does not run as it should because it is not trusted."""
        return any(item.asks for item in self.open_items) or (self.runs_as_processes and self.standing != "trusted")


def digest_of(parts: Iterable[str | bytes]) -> str:
    """One short hash of all that decides what would run."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:32]
