"""The files of a sandbox, as arguments of bwrap: Lambda's paths, the system's folders, an interpreter, and nothing else.

Everything but /tmp is read-only. bwrap works through its arguments in order, and later mounts cover earlier ones: so the order
matters everywhere here. Source of the paths: Lambda guide, "Lambda execution environment", and recorded environments.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.sandbox.isolated.bootstraps import write_files
from workbench.sandbox.isolated.interpreter_files import SYSTEM_FOLDERS
from workbench.sandbox.isolated.supervisor import OUTPUTS

LANGUAGE_ROOT = "/var/lang"
BOOTSTRAPS = "/var/rapid"
"""The folder of our bootstraps; on Lambda, the platform's own programs are there."""
TMP = "/tmp"  # noqa: S108, it is the sandbox's
HOST_NAME = "sandbox.localdomain"
_SYSTEM_FILES = ("ssl", "pki", "ca-certificates", "crypto-policies", "alternatives", "ld.so.cache", "ld.so.conf",
                 "ld.so.conf.d", "mime.types", "dotnet")
"""What programs in /usr need from /etc: certificates, the places of libraries, the choice between alternative programs."""
_KEYS = ("ssl/private", "pki/tls/private", "pki/CA/private", "pki/entitlement", "pki/consumer")
"""Folders with keys beside the certificates, which a person's groups may let the function read. They are empty inside."""
_OWN_FILES = ("passwd", "group", "hosts", "nsswitch.conf", "resolv.conf")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What one sandbox sees. All are folders of this machine, "" for an empty one; `tmp` and `outputs` are the environment's.

    `language` becomes /var/lang. `same`, and what the person `allowed` the function, are read-only at their own paths. `mounts`
    (read-only) and `file_systems` (writable) map paths inside to folders. `etc` has our files for /etc.
    """

    code: str
    layers: str
    runtime: str
    bootstraps: str
    tmp: str
    outputs: str
    etc: str
    language: str = ""
    allowed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    mounts: Mapping[str, str] = msgspec.field(default_factory=dict)
    file_systems: Mapping[str, str] = msgspec.field(default_factory=dict)


def arguments(world: World) -> list[str]:
    """The arguments for bwrap. Blocking, a millisecond, because it looks which of the system's folders exist."""
    seen = [*sorted(world.allowed), *world.same]
    homes = _homes_in_system()
    return [
        *_parents([TASK_ROOT, OUTPUTS, "/etc/passwd", *world.mounts, *world.file_systems, *_elsewhere(seen)]),
        *_system(), *_emptied(homes), *_parents([path for path in seen if _is_below(path, homes)]), *_etc(world.etc),
        "--proc", "/proc", *_devices(),
        *_seen(world, _elsewhere(seen)), *_layers(world.layers, world.same),
        *_folder(world.code, TASK_ROOT), *_folder(world.runtime, RUNTIME_ROOT), *_folder(world.bootstraps, BOOTSTRAPS),
        *(("--symlink", world.language, LANGUAGE_ROOT) if world.language else ()),
        "--bind", world.tmp, TMP, *_parents(_in_tmp(seen)), *_seen(world, _in_tmp(seen)),
        # Read-only, although extensions write to its pipes: that changes nothing in the file system, and they cannot be replaced.
        "--ro-bind", world.outputs, OUTPUTS, "--dir", "/mnt",
        *(part for place, folder in world.mounts.items() for part in ("--ro-bind", folder, place)),
        *(part for place, folder in world.file_systems.items() for part in ("--bind", folder, place)),
        # Last, as mount points can no longer be made after it.
        *(part for folder in (*homes, "/") for part in ("--remount-ro", folder)), "--chdir", TASK_ROOT, "--hostname", HOST_NAME,
    ]


def _in_tmp(paths: Sequence[str]) -> list[str]:
    """The paths below this machine's /tmp, which are bound after the function's own /tmp, or that would hide them."""
    return [path for path in paths if Path(path).is_relative_to(TMP)]


def _elsewhere(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not Path(path).is_relative_to(TMP)]


def _seen(world: World, paths: Sequence[str]) -> Iterator[str]:
    """Bind paths at the same places as on this machine. What a person allowed may have been deleted since.

    Links stay links, as an interpreter finds its library by the target of the link to it.
    """
    for path in paths:
        if path in world.allowed:
            yield from ("--ro-bind-try", path, path)
        else:
            yield from ("--symlink", os.path.realpath(path), path) if os.path.islink(path) else ("--ro-bind", path, path)


def _parents(paths: Sequence[str]) -> Iterator[str]:
    """Make the parent folders of paths passable for all; bwrap would make them accessible to root only."""
    above: set[str] = set()
    for path in paths:
        while (path := os.path.dirname(path)) not in ("/", ""):
            above.add(path)
    for folder in sorted(above.difference(paths)):
        yield from ("--perms", "0755", "--dir", folder)


def _folder(source: str, place: str) -> tuple[str, ...]:
    return ("--ro-bind", source, place) if source else ("--dir", place)


def _system() -> Iterator[str]:
    for folder in SYSTEM_FOLDERS:
        if os.path.islink(folder):
            yield from ("--symlink", os.readlink(folder), folder)
        elif os.path.isdir(folder):
            yield from ("--ro-bind", folder, folder)


def _homes_in_system() -> list[str]:
    """The person's home if it is below one of the system's folders (/usr/people/name): it must not be seen with them."""
    home = os.path.realpath(os.path.expanduser("~"))
    return [home] if os.path.isdir(home) and _is_below(home, SYSTEM_FOLDERS) else []


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(Path(path).is_relative_to(folder) and path != folder for folder in folders)


def _emptied(folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        yield from ("--perms", "0755", "--tmpfs", folder)


def _etc(own: str) -> Iterator[str]:
    java = sorted(entry.name for entry in os.scandir("/etc") if entry.name.startswith("java"))
    for name in (*_SYSTEM_FILES, *java):
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from without_keys()
    for name in _OWN_FILES:
        yield from ("--ro-bind", f"{own}/{name}", f"/etc/{name}")


def without_keys() -> Iterator[str]:
    """Arguments for bwrap that hide the keys beside certificates. Blocking."""
    for folder in (f"/etc/{name}" for name in _KEYS):
        if os.path.isdir(folder):
            yield from (*_emptied([folder]), "--remount-ro", folder)


def _devices() -> list[str]:
    """Make /dev without /dev/shm, as on Lambda: POSIX semaphores fail there with "not implemented", while pipes work.

    Not with bwrap's --dev, which makes a /dev/shm.
    """
    devices = [part for name in _DEVICES for part in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")]
    links = [part for name, target in _LINKS.items() for part in ("--symlink", target, f"/dev/{name}")]
    return ["--tmpfs", "/dev", *devices, *links, "--remount-ro", "/dev"]


def _layers(layers: str, same: Sequence[str]) -> list[str]:
    """Mount /opt. What an interpreter needs from this machine's /opt stays visible beside the layers."""
    beside = [path for path in same if path.startswith(f"{LAYER_ROOT}/")]
    if not beside or not layers:
        return list(_folder(layers, LAYER_ROOT))
    return [part for source, place in _entries(Path(layers), Path(LAYER_ROOT), beside) for part in ("--ro-bind", source, place)]


def _entries(folder: Path, place: Path, beside: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each entry of a folder, source and place. A folder that must share its place is split into its entries again."""
    for entry in sorted(folder.iterdir()):
        there = place / entry.name
        inner = [path for path in beside if Path(path).is_relative_to(there) and Path(path) != there]
        if inner and entry.is_dir():
            yield from _entries(entry, there, inner)
        elif str(there) not in beside:
            yield str(entry), str(there)


def write_etc(cache: Path, name_servers: str) -> Path:
    """Write our files for /etc (users, host names, name servers) and return their folder. Blocking; raises OSError.

    The folder is named after the content, because engines of one person may differ in their networks. Source: environments
    recorded on Lambda; the group has no name there.
    """
    files = {
        "passwd": "sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\nroot:x:0:0:root:/root:/bin/sh\n",
        "group": "root:x:0:\n",
        "hosts": f"127.0.0.1 localhost localhost.localdomain\n127.0.0.1 {HOST_NAME} sandbox\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "resolv.conf": name_servers,
    }
    folder = cache / hashlib.sha256(repr(files).encode()).hexdigest()[:16]
    write_files(folder, {name: text.encode() for name, text in files.items()})
    return folder
