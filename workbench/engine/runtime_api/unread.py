"""Whether a program that has ended had read what it was sent: its system tells ours, whatever ended it.

A system that closes a connection with data that nobody has read resets it (RFC 9293, 3.6.1), and answers data that comes after
its end with a reset too. The end itself acknowledges what came before it: data that it does not acknowledge was not read.
Of a system that is gone without a word, such as a container's whose network was removed with it, nothing is known.
"""

from __future__ import annotations

import socket
import struct
import sys

_INT = struct.Struct("i")
_ESTABLISHED = 1  # Source: Linux, include/net/tcp_states.h


def is_refused(connection: socket.socket) -> bool:
    """For a TCP connection whose other end may be gone; asked before ours is closed. False where nothing is known."""
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        return True
    return sys.platform == "linux" and _has_ended(connection) and _unacknowledged_bytes(connection) > 0


def _has_ended(connection: socket.socket) -> bool:
    """Whether its end has arrived: before, what was read may not be acknowledged yet. Source: Linux manual, tcp(7), TCP_INFO."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED


def _unacknowledged_bytes(connection: socket.socket) -> int:
    """Source: Linux manual, tcp(7), SIOCOUTQ."""
    import fcntl
    import termios

    (count,) = _INT.unpack(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(_INT.size)))
    return int(count)
