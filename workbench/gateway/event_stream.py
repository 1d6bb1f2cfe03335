"""Messages of `application/vnd.amazon.eventstream`: the framing in which AWS's APIs stream to a caller.

    total length u32 | header length u32 | CRC-32 of these 8 bytes | headers | payload | CRC-32 of everything before it

A header is: length of the name u8, name, 7 (the type string), length of the value u16, value. All numbers are big-endian.
Source: Smithy specification, "Amazon Event Stream".
"""

from __future__ import annotations

import struct
from binascii import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
_PRELUDE_BYTES = 12
_CHECKSUM_BYTES = 4


def event_message(event_type: str, content_type: str, payload: bytes) -> bytes:
    """One event of the stream."""
    headers = b"".join(
        _header(name, value)
        for name, value in ((":event-type", event_type), (":content-type", content_type), (":message-type", "event"))
    )
    total = _PRELUDE_BYTES + len(headers) + len(payload) + _CHECKSUM_BYTES
    prelude = struct.pack(">II", total, len(headers))
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def _header(name: str, value: str) -> bytes:
    name_bytes, value_bytes = name.encode(), value.encode()
    return struct.pack(">B", len(name_bytes)) + name_bytes + struct.pack(">BH", _STRING, len(value_bytes)) + value_bytes
