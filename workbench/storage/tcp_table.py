"""Looks up the other end of a TCP connection within this machine: the kernel's tables tell whose it is, which TCP does not.

Source: proc(5), `/proc/net/tcp`. Linux only; elsewhere nothing is found.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys

import msgspec

Address = tuple[str, int]
_TABLES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
_LOCAL, _REMOTE, _USER, _INODE = 1, 2, 7, 9
"""Column numbers in the tables."""


class FarEnd(msgspec.Struct, frozen=True):
    """A socket of this machine: the user that made it, and its number among the open files of the process that holds it."""

    user_id: int
    inode: str


def far_end(caller: Address, called: Address) -> FarEnd | None:
    """Return the end `caller` of a connection to `called`, None if the kernel shows none. Some milliseconds at most."""
    family = socket.AF_INET6 if ":" in caller[0] else socket.AF_INET
    wanted = _written(family, caller), _written(family, called)
    with contextlib.suppress(OSError), open(_TABLES[family]) as table:
        for line in table:
            columns = line.split()
            # A number of 0 is that of a connection which no process holds any longer.
            if (columns[_LOCAL], columns[_REMOTE]) == wanted and columns[_INODE] != "0":
                return FarEnd(int(columns[_USER]), columns[_INODE])
    return None


def _written(family: socket.AddressFamily, address: Address) -> str:
    """The address as the kernel writes it: hexadecimal 32-bit words in the machine's byte order."""
    packed = socket.inet_pton(family, address[0])
    words = struct.unpack(f"{'<' if sys.byteorder == 'little' else '>'}{len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
