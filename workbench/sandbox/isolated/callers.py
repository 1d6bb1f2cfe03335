"""Tells whether a connection to this machine's loopback interface was made by a process of an environment.

For environments that share this machine's network: every process here can reach their Runtime API. TCP does not tell who is at
the other end, but the kernel's tables do: the other end is a socket with a number (inode), which is among the open files of the
process that holds it. A stranger cannot get a socket into an environment's process; whoever is given one by such a process is
trusted by it. Source: proc(5), `/proc/PID/fd`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from workbench.storage.tcp_table import Address, far_end


def is_called_by(pids: Iterable[int], caller: Address, called: Address) -> bool:
    """Whether one of these processes holds the end `caller` of a connection to `called`. Some milliseconds at most.

    False if that cannot be told: the connection has ended, or the kernel does not show it.
    """
    end = far_end(caller, called)
    return end is not None and any(_holds(pid, f"socket:[{end.inode}]") for pid in pids)


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
