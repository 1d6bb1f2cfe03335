"""Finds out whether a program that has ended had read what it was sent, whatever ended it: its system's TCP tells.

A system that closes a connection with unread data resets it (RFC 9293, 3.6.1), and answers data that arrives after the end with a
reset too. The FIN itself acknowledges what came before it: data that it does not acknowledge was not read. If the system vanishes
without a packet, as when a container's network is removed with it, nothing is known.
"""

from __future__ import annotations

import socket
import struct
import sys

_INT = struct.Struct("i")
_ESTABLISHED = 1  # Source: Linux, include/net/tcp_states.h


def is_refused(connection: socket.socket) -> bool:
    """Whether the other end of a TCP connection has refused data. False if nothing is known. Ask before our end is closed."""
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        return True
    return sys.platform == "linux" and _has_ended(connection) and _unacknowledged_bytes(connection) > 0


def _has_ended(connection: socket.socket) -> bool:
    """Whether the other end's FIN has arrived. Source: Linux manual, tcp(7), TCP_INFO, whose first byte is the state.

    Before that, data that was read may simply not be acknowledged yet.
    """
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED


def _unacknowledged_bytes(connection: socket.socket) -> int:
    """Return the number of bytes that were sent and not acknowledged. Source: Linux manual, tcp(7), SIOCOUTQ."""
    # Imported here because Windows has neither module. TIOCOUTQ has the value of SIOCOUTQ, which Python does not name.
    import fcntl
    import termios

    (count,) = _INT.unpack(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(_INT.size)))
    return int(count)
