"""Whether a program that has ended had read what it was sent: its system tells ours, whatever ended it.

A system that closes a connection with data that nobody has read resets it (RFC 9293, 3.6.1), and answers data that comes after
its end with a reset too. The end itself acknowledges what came before it: data that it does not acknowledge was not read.
"""

from __future__ import annotations

import socket
import struct
import sys

_INT = struct.Struct("i")


def is_refused(connection: socket.socket) -> bool:
    """For a TCP connection whose other end is gone; asked before ours is closed."""
    return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) or _unacknowledged_bytes(connection) > 0


def _unacknowledged_bytes(connection: socket.socket) -> int:
    """0 where the system does not tell. Source: Linux manual, tcp(7), SIOCOUTQ."""
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    (count,) = _INT.unpack(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(_INT.size)))
    return int(count)
