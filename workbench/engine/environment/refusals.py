"""Finds out whether the isolated sandbox is why an invocation failed: reads the error and checks on this machine what it names.

Nothing is opened and nothing is connected to, as the error's text comes from the function: it only checks whether a file exists,
and on which ports programs listen (Linux's /proc/net/tcp).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from workbench.background import begin_awaited
from workbench.model.allowances import host_and_port, is_within
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.model.refusals import SANDBOX_HOME, Refusal, Suspicion, folder_to_allow, local_addresses, suspicion
from workbench.workspace.kept_allowances import why_not

LOOK_LIMIT_S = 0.5
"""How long the REPORT may wait for the check, in seconds: a file system may not answer (a network drive)."""
_ENDS = {"127.0.0.1": ("0100007F", "00000000", "0" * 32), "::1": ("0" * 24 + "01000000", "0" * 32)}
"""How /proc/net/tcp and tcp6 write an address that covers the host: the host itself, and the wildcard addresses.

Each 32-bit word is printed in the machine's byte order, hence 0100007F. A program that listens on :: is reached over IPv4 too.
"""
_LISTENS = "0A"
"""State TCP_LISTEN. Source: linux/tcp_states.h."""


class Refusals:
    """Checks the errors of one function in the isolated sandbox, one at a time. Use it on the engine's loop."""

    def __init__(self, function: FunctionConfiguration) -> None:
        self._function = function
        self._looking: asyncio.Future[Refusal | None] | None = None

    async def look(self, payload: bytes) -> Refusal | None:
        """Return what was refused, judging by the error that the caller got; None if the sandbox is not the cause.

        Also None while an earlier check still hangs: otherwise each failing invocation would occupy one more thread.
        """
        suspected = _suspicion(payload)
        if suspected is None or (self._looking is not None and not self._looking.done()):
            return None
        looking = self._looking = begin_awaited(
            "Looking for what the sandbox refused", asyncio.to_thread(found, suspected, self._function))
        done, _ = await asyncio.wait([looking], timeout=LOOK_LIMIT_S)
        return looking.result() if done and looking.exception() is None else None


def found(suspected: Suspicion, function: FunctionConfiguration) -> Refusal | None:
    """Return what this machine confirms of a suspicion, None for nothing. Blocks."""
    if suspected.kind == "path":
        return _path(suspected.path, function)
    if suspected.kind == "address":
        return _address(suspected, function)
    if suspected.kind == "network" and not function.allowed.network:
        return Refusal(kind="network")
    if suspected.kind == "network":
        return _address(suspected, function) if suspected.is_vague else None
    return Refusal(kind="systemCall", what=suspected.call)


def _path(path: str, function: FunctionConfiguration) -> Refusal | None:
    """Return the refusal if the path exists on this machine and is hidden in the sandbox.

    A path that does not exist here either would fail without the sandbox as well.
    """
    home = os.path.expanduser("~")
    if is_within(path, SANDBOX_HOME):
        there = os.path.lexists(home + path[len(SANDBOX_HOME):])
        return Refusal(kind="path", what=path) if there else None
    path = os.path.normpath(path)
    if not os.path.lexists(path) or _is_same_inside(path):
        return None
    is_allowed = any(is_within(path, folder) for folder in function.allowed.folders)
    folder = "" if is_allowed else folder_to_allow(path, home, is_folder=os.path.isdir(path))
    return Refusal(kind="path", what=path, folder="" if folder and why_not(folder) else folder, is_allowed=is_allowed)


def _is_same_inside(path: str) -> bool:
    """Whether the function has this path too, or it is the platform's on Lambda: the sandbox is not why that failed."""
    return not is_within(path, "/tmp") and any(is_within(path, place) for place in _SHARED)  # noqa: S108


_SHARED = (TASK_ROOT, RUNTIME_ROOT, "/var/lang", "/var/rapid", LAYER_ROOT, "/usr", "/bin", "/sbin", "/lib", "/lib64", "/proc",
           "/dev", "/sys", "/run", "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/resolv.conf")


def _address(suspected: Suspicion, function: FunctionConfiguration) -> Refusal | None:
    """Return the refused address: that of the error, else the only one in the function's variables where something listens here.

    If neither applies, return the allowed addresses where nothing listens: not refused, but the reason for the error.
    """
    allowed = function.allowed.addresses
    named = (suspected.address,) if suspected.address else local_addresses(function.environment)
    here = [address for address in named if address not in allowed and is_listened_at(address)]
    if len(here) == 1:  # with several the error does not say which is meant, and offering the wrong one would open it
        return Refusal(kind="address", what=here[0], address=here[0])
    meant = [address for address in allowed if suspected.address in ("", address) and host_and_port(address)[0] in _ENDS]
    silent = [address for address in meant if not is_listened_at(address)]
    return Refusal(kind="address", what=" and ".join(silent), is_allowed=True) if silent else None


def is_listened_at(address: str) -> bool:
    """Whether a program of this machine listens on this port of the loopback interface, or of all addresses."""
    host, port = host_and_port(address)
    listeners = _listeners()
    return any((end, port) in listeners for end in _ENDS.get(host, ()))


def _listeners() -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):  # no tcp6 where IPv6 is switched off
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS:
                    host, _, port = fields[1].partition(":")
                    found.add((host, int(port, 16)))
    return found


def _suspicion(payload: bytes) -> Suspicion | None:
    try:
        error: Any = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    if not isinstance(error, Mapping):
        return None
    trace = error.get("stackTrace") or error.get("trace")
    lines = "\n".join(map(str, trace[-20:])) if isinstance(trace, list) else ""
    return suspicion(str(error.get("errorType", ""))[:200], str(error.get("errorMessage", ""))[:10_000], lines)
