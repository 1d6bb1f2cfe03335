"""Keeps the hardware address of Podman's bridge from changing.

A Linux bridge that was given no hardware address takes the lowest one of its members, so it changes whenever the container with
the lowest one comes or goes. Running containers keep sending to the former address until they ask for it again: their calls of
the Runtime API stand still for seconds, and an invocation runs into its timeout. Docker gives its bridge an address, and newer
versions of Podman do too. Source: Netavark, pull request 833, "bridge: force static mac on bridge interface".
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

import psutil

from workbench.sandbox.docker.engine_info import EngineInfo

_INTERFACES = Path("/sys/class/net")
_GIVEN = "3"
"""The kernel's mark of an address that somebody set. Source: Linux, ABI/testing/sysfs-class-net, addr_assign_type."""

_SET_HARDWARE_ADDRESS = 0x8924
_ETHERNET = 1
_REQUEST = struct.Struct("=16sH6s16x")
"""SIOCSIFHWADDR, ARPHRD_ETHER and struct ifreq. Source: Linux manual, netdevice(7)."""


def steady_bridge(engine: EngineInfo) -> bool:
    """Fix the address of Podman's bridge; call it after each start on the bridge, which exists only while a container is on it.

    Returns False if the bridge's hardware address will go on changing. Blocking, below 1 ms; any thread.
    """
    return engine.product != "Podman" or not engine.bridge_address or keep_hardware_address(engine.bridge_address)


def keep_hardware_address(address: str) -> bool:
    """Set the current hardware address of the bridge with this machine's IPv4 `address` for good, unless one was set.

    Returns False if we may not (it takes CAP_NET_ADMIN); True also if no interface has the address.
    """
    name = _interface(address)
    if not name:
        return True
    try:
        return _is_given(name) or _give(name)
    except FileNotFoundError:  # the bridge has gone with its last container
        return True
    except OSError:
        return False


def _interface(address: str) -> str:
    """The name of the interface with an address, "" for none."""
    interfaces = psutil.net_if_addrs().items()
    return next((name for name, entries in interfaces if any(entry.address == address for entry in entries)), "")


def _is_given(name: str) -> bool:
    return (_INTERFACES / name / "addr_assign_type").read_text().strip() == _GIVEN


def _give(name: str) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    own = bytes.fromhex((_INTERFACES / name / "address").read_text().strip().replace(":", ""))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_HARDWARE_ADDRESS, _REQUEST.pack(name.encode(), _ETHERNET, own))
    return True
