"""Reads and writes the small JSON documents in state folders: bounded, checked, and never a reason not to start.

Anything unusable (a link, a folder, another format) is set aside under a name that says why, and reported once (`untold`); the
reader continues as if nothing had been there. msgspec is imported when a document is decoded or encoded: the first paint, which
reads one of them in another way, does without.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from workbench.storage.safe_files import SENTENCES, Reason, Unfit, read_regular, reason_in, set_aside, write_privately

T = TypeVar("T")
LIMIT_BYTES = 4_000_000
UNTOLD = ".untold"
"""The suffix of a file that was set aside and has not been reported to the person yet."""
_MOST_TOLD = 20


class StateFile(Generic[T]):
    """One document of one type. Every call blocks for a few milliseconds at most."""

    def __init__(
        self, path: Path, kind: type[T], *, limit_bytes: int = LIMIT_BYTES, decode: Callable[[bytes], T] | None = None
    ) -> None:
        """`decode` raises Unfit for anything that is not of the type; without one, msgspec decodes."""
        self.path = path
        self._decode = decode or partial(decoded, kind=kind)
        self._limit_bytes = limit_bytes

    def read(self) -> T | None:
        """Return the document, None if there is none. An unusable one is set aside and counts as none."""
        try:
            return self.peek()
        except Unfit as unfit:
            self.set_aside(unfit.reason)
            return None

    def peek(self) -> T | None:
        """Return the document, None if there is none. Raises Unfit for an unusable one and leaves it in place."""
        try:
            return self._decode(read_regular(self.path, self._limit_bytes))
        except FileNotFoundError:
            return None

    def write(self, document: T, *, durable: bool = True, readable: bool = False) -> None:
        """Replace the document atomically, readable only by this user. `readable`: indented for people. Raises OSError."""
        import msgspec

        encoded = msgspec.json.encode(document)
        write_privately(self.path, msgspec.json.format(encoded) if readable else encoded, durable=durable)

    def remove(self) -> None:
        """Remove the document if there is one; failure is ignored."""
        with suppress(OSError):
            self.path.unlink()

    def set_aside(self, reason: Reason) -> None:
        """Rename the unusable document. If that fails it stays, and every reader ignores it again."""
        with suppress(OSError):
            set_aside(self.path, reason, UNTOLD)


def decoded(content: bytes, kind: type[T]) -> T:
    """Decode a document. Raises Unfit for anything that is not of this type, however deep, long or strangely encoded."""
    import msgspec

    from workbench.storage.decoding import decoder_of

    try:
        content.decode("utf-8")  # msgspec does not check the encoding of fields that it skips
        return decoder_of(kind).decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise Unfit("damaged") from error


def untold(folder: Path) -> list[str]:
    """Return a sentence for each file set aside in a state folder since the last call. Blocks."""
    with suppress(OSError):
        found = sorted(folder.glob(f"*{UNTOLD}"))[:_MOST_TOLD]
        return [sentence for path in found if (sentence := _told(path))]
    return []


def sentence_of(name: str, reason: Reason, kept: str) -> str:
    """Say that a file was set aside, why, and where it is now."""
    return f"{name} {SENTENCES[reason]}: it was set aside as {kept}, and a new one is started."


def _told(path: Path) -> str:
    before, kept = reason_in(path.name), path.with_name(path.name.removesuffix(UNTOLD))
    try:
        path.rename(kept)  # if two programs ask at once, only one succeeds and reports it
    except OSError:
        return ""
    return sentence_of(*before, str(kept)) if before else ""
