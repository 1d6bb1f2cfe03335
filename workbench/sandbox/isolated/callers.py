"""Tells whether a connection to this machine's loopback interface was made by a process of an environment.

For environments that share this machine's network: every process here can reach their Runtime API. TCP does not tell who is at
the other end, but the kernel's tables do: the other end is a socket with a number (inode), which is among the open files of the
process that holds it. A stranger cannot get a socket into an environment's process; whoever is given one by such a process is
trusted by it. Source: proc(5), `/proc/net/tcp`, `/proc/PID/fd`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterable

Address = tuple[str, int]
_TABLES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
_LOCAL, _REMOTE, _INODE = 1, 2, 9
"""Column numbers in the tables."""


def is_called_by(pids: Iterable[int], caller: Address, called: Address) -> bool:
    """Whether one of these processes holds the end `caller` of a connection to `called`. Some milliseconds at most.

    False if that cannot be told: the connection has ended, or the kernel does not show it.
    """
    inode = _inode(caller, called)
    return inode is not None and any(_holds(pid, f"socket:[{inode}]") for pid in pids)


def _inode(caller: Address, called: Address) -> str | None:
    family = socket.AF_INET6 if ":" in caller[0] else socket.AF_INET
    wanted = _written(family, caller), _written(family, called)
    with contextlib.suppress(OSError), open(_TABLES[family]) as table:
        for line in table:
            columns = line.split()
            # A number of 0 is that of a connection which no process holds any longer.
            if (columns[_LOCAL], columns[_REMOTE]) == wanted and columns[_INODE] != "0":
                return columns[_INODE]
    return None


def _written(family: socket.AddressFamily, address: Address) -> str:
    """The address as the kernel writes it: hexadecimal 32-bit words in the machine's byte order."""
    packed = socket.inet_pton(family, address[0])
    words = struct.unpack(f"{'<' if sys.byteorder == 'little' else '>'}{len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"


def _holds(pid: int, name: str) -> bool:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return False
    return any(_leads_to(f"/proc/{pid}/fd/{each}", name) for each in descriptors)


def _leads_to(path: str, name: str) -> bool:
    try:
        return os.readlink(path) == name
    except OSError:
        return False  # it was closed meanwhile
