"""IDs that are UUIDs, in 16 bytes."""

from __future__ import annotations


def packed_id(name: str) -> bytes | str:
    """Return the 16 bytes of a UUID, with or without hyphens; the text itself for anything else."""
    try:
        short = bytes.fromhex(name.replace("-", ""))
    except ValueError:
        return name
    return short if len(short) == 16 and name in (short.hex(), _hyphenated(short)) else name


def unpacked_id(packed: bytes | str, *, hyphens: bool = False) -> str:
    """Return what `packed` was made of. `hyphens`: whether that UUID had any."""
    if not isinstance(packed, bytes) or len(packed) != 16:
        return str(packed)
    return _hyphenated(packed) if hyphens else packed.hex()


def _hyphenated(short: bytes) -> str:
    text = short.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
