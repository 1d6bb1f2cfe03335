"""Finds out by trying whether isolated sandboxes work here, and what to do if they do not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from workbench.model.engine_api import SandboxStatus
from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.holder import found
from workbench.sandbox.isolated.outside import tools_here

OLDEST = (0, 8)
"""The first version that can forbid further user namespaces (--disable-userns). Source: bubblewrap's release notes."""
_NEEDED = ("bwrap", "nsenter", "setpriv")
_LIMIT_S = 10.0
_DETAIL = "Local processes in namespaces of their own (bubblewrap {version})"
_SHARED = ", but on this machine's network"
_ELSEWHERE = " Until then functions run as local processes, or in Docker."
_INSTALL = "Install it: apt install bubblewrap, dnf install bubblewrap or pacman -S bubblewrap."
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_SWITCHES = (Path("/proc/sys/user/max_user_namespaces"), Path("/proc/sys/kernel/unprivileged_userns_clone"))
_IN_CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def isolated_status() -> SandboxStatus:
    """Whether the sandbox is available, with details and hints for people. Blocking, 30 ms, much less once it has worked."""
    if sys.platform != "linux":
        return _not("Isolated processes are there on Linux only.", "Docker isolates functions here.")
    missing = _missing()
    if missing:
        return _not(f"{missing} is not installed.", _INSTALL if missing == "bwrap" else "It is part of util-linux.")
    version = _version()
    if version < OLDEST:
        return _not(f"bubblewrap {_text(version)} is too old: {_text(OLDEST)} or newer is needed.", "Install a newer bubblewrap.")
    try:
        _try()
    except SandboxError as error:
        return _not(error.message, error.hint)
    shared = "" if tools_here() else _SHARED
    return SandboxStatus(kind="isolated", available=True, detail=f"{_DETAIL.format(version=_text(version))}{shared}")


def _not(detail: str, hint: str) -> SandboxStatus:
    return SandboxStatus(kind="isolated", available=False, detail=detail, hint=hint)


def _missing() -> str:
    for name in _NEEDED:
        try:
            found(name)
        except SandboxError:
            return name
    return ""


def _version() -> tuple[int, ...]:
    said = _run([found("bwrap"), "--version"])
    match = re.search(r"(\d+)\.(\d+)", said.stdout)
    return (int(match[1]), int(match[2])) if match else ()


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) or "of an unknown version"


def has_worked() -> bool:
    """Whether a try has worked in this process. Tries nothing."""
    return _try.cache_info().currsize > 0


@cache
def _try() -> None:
    """Make a sandbox of the same parts, nested as real ones are, with nothing in it. Raises SandboxError with the obstacle.

    Only success is cached, so whoever removes the obstacle need not restart the engine.
    """
    inner = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--ro-bind", "/", "/", "--proc", "/proc", "--cap-drop", "ALL"]
    own = [] if os.geteuid() == 0 else ["--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "ALL"]
    nested = [] if os.geteuid() == 0 else ["--unshare-user", "--uid", "993", "--gid", "990", "--disable-userns"]
    bwrap = found("bwrap")
    tried = _run([bwrap, "--dev-bind", "/", "/", "--unshare-net", *own, "--", bwrap, *nested, *inner, "--", "/bin/true"])
    if tried.returncode != 0:
        words = tried.stderr.strip().rpartition("\n")[2].removeprefix("bwrap: ").rstrip(".") or "bwrap failed"
        raise SandboxError(f"Namespaces cannot be made here: {words}.", _cure())


def _cure() -> str:
    if _says(_APPARMOR, "1"):
        return ("AppArmor keeps programs from making user namespaces. Let bwrap make them by the profile that Ubuntu has for it: "
                "apt install apparmor-profiles; ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/; "
                "systemctl reload apparmor." + _ELSEWHERE)
    if any(_says(switch, "0") for switch in _SWITCHES):
        return "User namespaces are switched off: sysctl -w user.max_user_namespaces=15000 switches them on." + _ELSEWHERE
    if any(place.exists() for place in _IN_CONTAINERS):
        return ("This is a container that may not make namespaces: start it with --security-opt seccomp=unconfined and "
                "--security-opt systempaths=unconfined (in devcontainer.json: runArgs), or use the sandbox process in it.")
    return "The kernel or its security policy forbids it." + _ELSEWHERE


def _says(path: Path, value: str) -> bool:
    try:
        return path.read_text().strip() == value
    except OSError:
        return False


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False, env={"PATH": os.defpath},
                              cwd="/", errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
