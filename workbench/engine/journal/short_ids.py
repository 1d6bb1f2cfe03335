"""IDs that are UUIDs, in 16 bytes, and any IDs in 8."""

from __future__ import annotations

import hashlib

_WITHOUT, _WITH_HYPHENS = 32, 36

def packed_id(name: str) -> bytes | str:
    """Return the 16 bytes of a UUID, with or without hyphens; the text itself for anything else."""
    digits = name.replace("-", "") if len(name) == _WITH_HYPHENS and name[8:24:5] == "----" else name
    if len(digits) != _WITHOUT:
        return name
    try:
        packed = bytes.fromhex(digits)
    except ValueError:
        return name
    return packed if packed.hex() == digits else name


def unpacked_id(packed: bytes | str, *, hyphens: bool = False) -> str:
    """Return what was packed. `hyphens`: whether that UUID had any."""
    if not isinstance(packed, bytes) or len(packed) != 16:
        return str(packed)
    digits = packed.hex()
    return _hyphenated(digits) if hyphens else digits


def owner_key(name: str) -> int:
    """Return the number under which earlier versions noted the blocks of a request or an environment: 64 bits, signed."""
    return int.from_bytes(hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


def _hyphenated(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
