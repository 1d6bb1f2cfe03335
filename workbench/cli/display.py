"""Check for a display before Qt is loaded: without one, Qt aborts the whole process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # takes 2 ms of the window's start, and only an X server is asked
    import socket

FIRST_TCP_PORT = 6000
"""Display 0 of an X server that listens on TCP. Source: X(7), "Display names"."""
_CONNECT_S = 5.0


def why_no_display() -> str:
    """Why no window can be shown, as a sentence; "" when one can. Tries to connect to the X server that DISPLAY names."""
    if sys.platform != "linux" or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    name = os.environ.get("DISPLAY", "")
    if not name:
        return "There is no display to open a window on."
    return "" if _answers(name) else f"The display {name} does not answer."


def _answers(name: str) -> bool:
    host, _, number = name.rpartition(":")
    number = number.partition(".")[0]
    return not number.isdecimal() or any(_connects(family, address) for family, address in _addresses(host, int(number)))


def _addresses(host: str, number: int) -> Iterator[tuple[socket.AddressFamily, str | tuple[str, int]]]:
    import socket

    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 (where X servers listen)
        yield socket.AF_UNIX, path
        yield socket.AF_UNIX, f"\0{path}"  # Linux's abstract socket of the same name, at which X servers listen too
    elif host.startswith("/"):
        yield socket.AF_UNIX, f"{host}:{number}"
    else:
        yield socket.AF_INET6 if host.startswith("[") else socket.AF_INET, (host.strip("[]"), FIRST_TCP_PORT + number)


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    import socket

    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_S)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True
