"""What a person lets one function reach outside Lambda's world in the isolated sandbox: folders, addresses, the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT

MOST = 64
"""The maximum number of folders, and of addresses, that one function may be allowed."""
LAMBDA_PLACES = ("/tmp", TASK_ROOT, LAYER_ROOT, RUNTIME_ROOT, "/var/lang", "/var/rapid", "/run", "/proc", "/dev",  # noqa: S108
                 "/sys", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/home/sbx_user1051")
"""Paths that belong to Lambda in every sandbox; nothing from this machine can be mounted there."""


class Allowance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one function may use of this machine.

    `folders` (or single files) appear read-only at their own absolute paths. `addresses` are `host:port` on the loopback
    interface. `network` says whether the function can reach anything outside this machine.
    """

    folders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    network: bool = True

    @property
    def is_default(self) -> bool:
        """Whether this is what every function gets without being asked."""
        return self == Allowance()

    @property
    def names(self) -> bool:
        """Whether folders or addresses are named; an allowance that names none stands for the network."""
        return bool(self.folders or self.addresses)

    def adding(self, cure: Allowance) -> Allowance:
        """Return this allowance plus what `cure` names, or plus the network if `cure` names nothing."""
        return Allowance(folders=_united(self.folders, cure.folders), addresses=_united(self.addresses, cure.addresses),
                         network=self.network or not cure.names)

    def removing(self, cure: Allowance) -> Allowance:
        """Return this allowance minus what `cure` names, or minus the network if `cure` names nothing."""
        return Allowance(folders=tuple(one for one in self.folders if one not in cure.folders),
                         addresses=tuple(one for one in self.addresses if one not in cure.addresses),
                         network=self.network and cure.names)

    def has(self, cure: Allowance) -> bool:
        """Whether everything `cure` names is allowed, or the network if `cure` names nothing."""
        named = set(cure.folders) <= set(self.folders) and set(cure.addresses) <= set(self.addresses)
        return named if cure.names else self.network


WORKSPACE = "*"
"""Stands in for a logical ID: the default for functions without an allowance of their own. It can only set the network."""


def allowed_for(said: Mapping[str, Allowance], logical_id: str) -> Allowance:
    """Return a function's allowance: its own, else the workspace's, else the default."""
    return said.get(logical_id) or said.get(WORKSPACE) or Allowance()


def worth_keeping(said: Mapping[str, Allowance]) -> dict[str, Allowance]:
    """Drop entries that change nothing.

    A function's default allowance is kept if the workspace's is not the default, because it then overrides the workspace's.
    """
    if said.get(WORKSPACE, Allowance()).is_default:
        return {name: one for name, one in said.items() if not one.is_default}
    return dict(said)


Change = Callable[[Allowance], Allowance]
"""A change to an allowance as a function of its current value, so that a concurrent change is not overwritten."""


def _united(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def is_within(path: str, folder: str) -> bool:
    """Whether an absolute path is `folder` itself or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_lambdas_place(path: str) -> bool:
    """Whether a path lies in a part of the file system that belongs to Lambda."""
    return any(is_within(path, place) for place in LAMBDA_PLACES)


def folder_problem(path: str) -> str:
    """Return a sentence on why a folder cannot be allowed, "" if it can. Looks only at the path, not at the disk."""
    parts = path.split("/")
    if not path.startswith("/") or "\0" in path or ".." in parts or "." in parts or len(path) > 1024:
        return f"{path[:200]!r} is not an absolute path."
    if is_lambdas_place(path):
        return f"{path} belongs to Lambda: the function sees there what it would see on Lambda."
    if any(is_within(place, path) for place in LAMBDA_PLACES):
        return f"{path} contains folders that belong to Lambda. Allow a folder further down."
    return ""


def normal_address(address: str) -> str:
    """Normalize a loopback address to `127.0.0.1:5432` or `[::1]:5432`; return "" for anything else."""
    host, _, port = address.strip().rpartition(":")
    # isdigit alone also accepts the digits of other scripts; the length is checked first because int refuses very long texts.
    if not port.isascii() or not port.isdigit() or len(port) > 5 or not 0 < int(port) < 65536:
        return ""
    host = _loopback(host.strip("[]").lower())
    return f"[{host}]:{int(port)}" if ":" in host else f"{host}:{int(port)}" if host else ""


def _loopback(host: str) -> str:
    """Return the loopback IP address that `host` names, "" if it is not a loopback address."""
    import ipaddress

    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return str(address) if address.is_loopback else ""


def host_and_port(address: str) -> tuple[str, int]:
    """Split an address returned by `normal_address`; the host comes without brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
