"""What a person allows one function beyond Lambda's world in the isolated sandbox: folders, addresses, the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

MOST = 64
"""So many folders, and so many addresses, of one function."""
LAMBDA_PLACES = ("/tmp", "/var/task", "/opt", "/var/runtime", "/var/lang", "/var/rapid", "/run", "/proc", "/dev", "/sys", "/usr",  # noqa: S108
                 "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/home/sbx_user1051")
"""Places that are Lambda's own in every sandbox: nothing of this machine can stand there."""


class Allowance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one function may have of this machine.

    `folders` (or single files) are seen at their own absolute paths, for reading alone. `addresses` are `host:port` of the
    loopback interface. `network`: whether anything outside of this machine is reached.
    """

    folders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    network: bool = True

    @property
    def is_default(self) -> bool:
        """Whether it is what every function has."""
        return self == Allowance()

    @property
    def names(self) -> bool:
        """Whether it has folders or addresses: where it has none, the network is meant."""
        return bool(self.folders or self.addresses)

    def adding(self, cure: Allowance) -> Allowance:
        """This with what another names, and with the network where that names nothing."""
        return Allowance(folders=_united(self.folders, cure.folders), addresses=_united(self.addresses, cure.addresses),
                         network=self.network or not cure.names)

    def removing(self, cure: Allowance) -> Allowance:
        """This without what another names, and without the network where that names nothing."""
        return Allowance(folders=tuple(one for one in self.folders if one not in cure.folders),
                         addresses=tuple(one for one in self.addresses if one not in cure.addresses),
                         network=self.network and cure.names)

    def has(self, cure: Allowance) -> bool:
        """Whether all that another names is allowed, or the network where that names nothing."""
        named = set(cure.folders) <= set(self.folders) and set(cure.addresses) <= set(self.addresses)
        return named if cure.names else self.network


WORKSPACE = "*"
"""In the place of a logical id: for functions of which nothing of their own was said. Of the network alone."""


def allowed_for(said: Mapping[str, Allowance], logical_id: str) -> Allowance:
    """What a function may have: what was said of it, else of the workspace, else the usual."""
    return said.get(logical_id) or said.get(WORKSPACE) or Allowance()


def worth_keeping(said: Mapping[str, Allowance]) -> dict[str, Allowance]:
    """Without what says nothing: the usual, where the workspace has the usual too."""
    if said.get(WORKSPACE, Allowance()).is_default:
        return {name: one for name, one in said.items() if not one.is_default}
    return dict(said)


Change = Callable[[Allowance], Allowance]
"""What becomes of an allowance that may be another by the time it is changed."""


def _united(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def is_within(path: str, folder: str) -> bool:
    """Whether an absolute path is a folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_lambdas_place(path: str) -> bool:
    """Whether a path is in a part of the file system that is Lambda's own."""
    return any(is_within(path, place) for place in LAMBDA_PLACES)


def folder_problem(path: str) -> str:
    """Why a folder cannot be allowed, a sentence; "" for one that can. Looks at the name alone."""
    parts = path.split("/")
    if not path.startswith("/") or "\0" in path or ".." in parts or "." in parts or len(path) > 1024:
        return f"{path[:200]!r} is no absolute path."
    if is_lambdas_place(path):
        return f"{path} is a place of Lambda's own: the function has there what it has on Lambda."
    if any(is_within(place, path) for place in LAMBDA_PLACES):
        return f"{path} has Lambda's own places in it: allow a folder further down."
    return ""


def normal_address(address: str) -> str:
    """`127.0.0.1:5432` or `[::1]:5432` for an address of this machine's loopback interface; "" for anything else."""
    host, _, port = address.strip().rpartition(":")
    if not port.isascii() or not port.isdigit() or len(port) > 5 or not 0 < int(port) < 65536:
        return ""
    host = _loopback(host.strip("[]").lower())
    return f"[{host}]:{int(port)}" if ":" in host else f"{host}:{int(port)}" if host else ""


def _loopback(host: str) -> str:
    """An address of the loopback interface; "" for another."""
    import ipaddress

    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return str(address) if address.is_loopback else ""


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of a normal address."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
