"""A small JSON document in a state folder, as all of them are read and written: bounded, checked, never in anybody's way.

What cannot be taken (a link, a folder, another form) is set aside under a name that says why, and told once (`untold`); the
reader goes on as if nothing had been there.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from workbench.storage.decoding import decoder_of
from workbench.storage.safe_files import SENTENCES, Reason, Unfit, read_regular, reason_in, set_aside, write_privately

T = TypeVar("T")
LIMIT_BYTES = 4_000_000
UNTOLD = ".untold"
"""How the name of what was set aside ends until somebody was told."""
_MOST_TOLD = 20


class StateFile(Generic[T]):
    """One document of one type. All calls block for some milliseconds at most."""

    def __init__(self, path: Path, kind: type[T], *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self._kind = kind
        self._limit_bytes = limit_bytes

    def read(self) -> T | None:
        """The document; None where there is none, or none that can be taken: that is set aside then."""
        try:
            return self.peek()
        except Unfit as unfit:
            self.set_aside(unfit.reason)
            return None

    def peek(self) -> T | None:
        """The document; None where there is none. Raises Unfit, and touches nothing."""
        try:
            return decoded(read_regular(self.path, self._limit_bytes), self._kind)
        except FileNotFoundError:
            return None

    def write(self, document: T, *, durable: bool = True, readable: bool = False) -> None:
        """Replace it in one step, for this user alone. `readable`: on lines of its own. Raises OSError."""
        encoded = msgspec.json.encode(document)
        write_privately(self.path, msgspec.json.format(encoded) if readable else encoded, durable=durable)

    def remove(self) -> None:
        """Nothing happens without one, or where it cannot be removed."""
        with suppress(OSError):
            self.path.unlink()

    def set_aside(self, reason: Reason) -> None:
        """Give it another name; where that cannot be it stays, and is passed over."""
        with suppress(OSError):
            set_aside(self.path, reason, UNTOLD)


def decoded(content: bytes, kind: type[T]) -> T:
    """A document of this type. Raises Unfit for anything else, however deep, long or strangely encoded."""
    try:
        content.decode("utf-8")  # what is passed over is not looked at otherwise
        return decoder_of(kind).decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise Unfit("damaged") from error


def untold(folder: Path) -> list[str]:
    """A sentence for everything that was set aside in a state folder since somebody asked last. Blocks."""
    with suppress(OSError):
        found = sorted(folder.glob(f"*{UNTOLD}"))[:_MOST_TOLD]
        return [sentence for path in found if (sentence := _told(path))]
    return []


def sentence_of(name: str, reason: Reason, kept: str) -> str:
    """What is said of a file that was set aside."""
    return f"{name} {SENTENCES[reason]}: it was set aside as {kept}, and a new one is begun."


def _told(path: Path) -> str:
    before, kept = reason_in(path.name), path.with_name(path.name.removesuffix(UNTOLD))
    try:
        path.rename(kept)  # of two that ask at once, one tells it
    except OSError:
        return ""
    return sentence_of(*before, str(kept)) if before else ""
