"""Runs package builds with bubblewrap so that they see nothing of the person's but what they need.

A build runs code of others: it must not get at keys. It sees system folders, the tools on PATH and the folders it is given. Its
home is a folder in the cache that it keeps for its next run (Maven, Gradle, Go and npm fetch what they need only once). It has
this machine's network, because packages come from there, but sees no other process. The person's keys, profiles, projects and
settings are not there; settings that tools need to find a private index are named by the person. Source: bwrap(1).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from workbench.sandbox.isolated.interpreter_files import parts_of
from workbench.sandbox.isolated.probe import has_worked
from workbench.sandbox.isolated.shims import path_without_shims, program_itself
from workbench.sandbox.isolated.world import without_keys

_SYSTEM = ("/usr", "/opt", "/nix", "/snap")
_LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("ssl", "pki", "ca-certificates", "ca-certificates.conf", "resolv.conf", "hosts", "nsswitch.conf", "passwd",
             "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "mime.types", "java", "maven",
             "gradle", "npmrc", "pip.conf", "dotnet", "crypto-policies", "os-release", "host.conf", "gai.conf")
_TOOL_FOLDERS = ("PYENV_ROOT", "NVM_DIR", "FNM_DIR", "VOLTA_HOME", "ASDF_DATA_DIR", "MISE_DATA_DIR", "RBENV_ROOT",
                 "RUSTUP_HOME", "JAVA_HOME", "GOROOT", "DOTNET_ROOT", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME",
                 "UV_PYTHON_INSTALL_DIR")
_MANAGERS = frozenset({".pyenv", ".nodenv", ".rbenv", ".goenv", ".jenv", ".nvm", ".fnm", ".volta", ".asdf", ".sdkman"})
"""Folders of a home that contain tools and nothing else. Similar folders have keys beside `bin` (`.docker`, `.cargo`)."""
_FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT",
          "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "UV_CONFIG_FILE", "UV_FIND_LINKS", "npm_config_userconfig",
          "NPM_CONFIG_USERCONFIG", "npm_config_cafile")
_CACHES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "UV_CACHE_DIR", "PIP_CACHE_DIR",
           "npm_config_cache", "GRADLE_USER_HOME", "CARGO_HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GEM_HOME",
           "NUGET_PACKAGES", "DOTNET_CLI_HOME")
"""Variables with folders that are not passed on, so that tools use the build's own home instead."""
_NAMESPACES = ("--unshare-pid", "--unshare-ipc", "--unshare-uts")
_PROGRAMS = ("python3", "node", "npm", "uv", "ruby", "java")
_NOT_BOUND = ("/", "/usr", "/bin", "/tmp")  # noqa: S108 (they are there already)
_NOT_BOUND_IN = ("/usr/", "/bin/", "/etc/", "/proc/", "/dev/")
_LIMIT_S = 10.0


class BubbledBuilds:
    """The builds of one workspace, which they may read; so may they `readable`, files that the person has named."""

    def __init__(self, workspace: Path, readable: Sequence[Path] = ()) -> None:
        self.home_key = hashlib.sha256(os.fsencode(os.path.realpath(workspace))).hexdigest()[:16]
        self._readable = (Path(os.path.realpath(workspace)), workspace, *readable)

    def isolated(self, command: Sequence[str], *, folder: Path, home: Path, variables: Mapping[str, str],
                 readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
        """The command wrapped in bubblewrap, or unchanged where that does not work. Blocks briefly."""
        if not works():
            return list(command)
        # Shims of version managers would read and write the person's home, which is not there.
        command = [program_itself(command[0], variables), *command[1:]]
        variables = {**variables, "PATH": path_without_shims(variables)}
        seen = [*_tools(command, variables), *readable, *self._readable, *_files(variables)]
        # --new-session, because a build could otherwise type commands into the terminal it runs in. Source: bwrap(1).
        return [
            shutil.which("bwrap", path=os.defpath) or "bwrap", "--die-with-parent", "--new-session", *_NAMESPACES,
            *([] if os.geteuid() == 0 else ["--unshare-user"]), "--cap-drop", "ALL", *_system(), *_own_home(home, variables),
            *_bound("--ro-bind", seen), *_bound("--bind", writable), "--setenv", "PATH", variables["PATH"],
            "--chdir", str(folder), "--", *command]


def _own_home(folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    yield from ("--bind", str(folder), variables.get("HOME") or os.path.expanduser("~"))
    for name in _CACHES:
        if name in variables:
            yield from ("--unsetenv", name)


@cache
def works() -> bool:
    """Whether builds can be isolated here: tried once, unless a sandbox has worked already. Blocking, 20 ms."""
    bwrap = shutil.which("bwrap", path=os.defpath) if sys.platform == "linux" else None
    if bwrap is None or has_worked():  # a sandbox needs all that a build does, and more
        return bwrap is not None
    own = [] if os.geteuid() == 0 else ["--unshare-user"]
    tried = [bwrap, *_NAMESPACES, *own, "--cap-drop", "ALL", *_system(), "--", "/bin/true"]
    try:
        return subprocess.run(tried, capture_output=True, timeout=_LIMIT_S, check=False, cwd="/").returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _system() -> Iterator[str]:
    for place in (*_SYSTEM, *_LINKED):
        if os.path.islink(place):
            yield from ("--symlink", os.readlink(place), place)
        elif os.path.isdir(place):
            yield from ("--ro-bind", place, place)
    for name in _SETTINGS:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from without_keys()
    if (target := Path("/etc/resolv.conf").resolve()) != Path("/etc/resolv.conf") and target.exists():
        yield from ("--ro-bind-try", str(target), str(target))  # systemd-resolved keeps it in /run
    yield from ("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp")  # noqa: S108 (in its own world)


def _tools(command: Sequence[str], variables: Mapping[str, str]) -> Iterator[Path]:
    """The folders of the programs on PATH, and what surrounds them: an interpreter needs its library."""
    home = Path(variables.get("HOME") or os.path.expanduser("~"))
    for entry in (os.path.dirname(command[0]), *variables.get("PATH", "").split(os.pathsep)):
        if os.path.isabs(entry) and os.path.isdir(entry):
            yield from _around(Path(entry), home)
    for found in (command[0], *(shutil.which(name, path=variables.get("PATH")) for name in _PROGRAMS)):
        if found:
            yield from _around(Path(os.path.realpath(found)).parent, home)
    yield from (Path(variables[name]) for name in _TOOL_FOLDERS if variables.get(name))


def _around(folder: Path, home: Path) -> Iterator[Path]:
    """The folder of programs, and its parent if that belongs to a single tool.

    Not a home, not a folder that many programs share, and none with a person's keys or projects in it.
    """
    yield folder
    shared = {home, home / ".local", Path("/"), Path("/usr"), Path("/usr/local")}
    of_a_tool = folder.name in ("bin", "Scripts", "shims", "cmd") and folder.parent not in shared
    if of_a_tool and not home.is_relative_to(folder.parent) and not _has_more(folder.parent, home):
        yield folder.parent


def _has_more(folder: Path, home: Path) -> bool:
    """Whether a folder in a home contains more than a tool: settings, or a project under version control."""
    if not folder.is_relative_to(home) or folder.name in _MANAGERS:
        return False
    is_of_settings = folder.parent == home and folder.name.startswith(".")
    return (folder / ".git").exists() or (is_of_settings and parts_of(folder) != [folder])


def _files(variables: Mapping[str, str]) -> Iterator[Path]:
    """The certificates and settings that variables name."""
    values = (variables[name] for name in _FILES if name in variables)
    yield from (Path(part) for value in values for part in value.split() if os.path.isabs(part))


def _bound(how: str, places: Sequence[Path]) -> Iterator[str]:
    """Bind places at their own paths, outer folders first: what is bound later covers what was bound before."""
    for place in sorted({str(place) for place in places}):
        if os.path.exists(place) and not place.startswith(_NOT_BOUND_IN) and place not in _NOT_BOUND:
            yield from (how, place, place)
