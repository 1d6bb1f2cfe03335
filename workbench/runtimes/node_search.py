"""Search for Node.js: on PATH first, then in the folders of version managers.

Tried on Linux with PATH and nvm's layout. The other folders are taken from the tools' documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workbench.runtimes.interpreter_search import Candidate, Machine, folder_names, is_program, named_on_path, versioned_folders
from workbench.runtimes.versions import parse_version


def node_candidates(machine: Machine) -> Iterator[Candidate]:
    """All Node.js programs in order of preference. Runs none of them."""
    kept = tuple(_kept_by_tools(machine))
    yield from named_on_path(machine, ("node",), kept)
    yield from kept
    yield from _homebrew_nodes()


def _kept_by_tools(machine: Machine) -> Iterator[Candidate]:
    program = "node.exe" if machine.is_windows else "bin/node"
    yield from versioned_folders(_nvm_root(machine), program, "nvm", prefix="v")
    for root in _fnm_roots(machine):
        yield from versioned_folders(root / "node-versions", f"installation/{program}", "fnm", prefix="v")
    volta = machine.folder("VOLTA_HOME", ".volta") / "tools" / "image" / "node"
    yield from versioned_folders(volta, program, "volta")
    yield from versioned_folders(machine.folder("ASDF_DATA_DIR", ".asdf") / "installs" / "nodejs", program, "asdf")
    mise = machine.folder("MISE_DATA_DIR", ".local", "share", "mise")
    yield from versioned_folders(mise / "installs" / "node", program, "mise")


def _nvm_root(machine: Machine) -> Path:
    if machine.is_windows:
        return machine.folder("NVM_HOME", "AppData", "Roaming", "nvm")
    return machine.folder("NVM_DIR", ".nvm") / "versions" / "node"


def _fnm_roots(machine: Machine) -> list[Path]:
    if machine.variables.get("FNM_DIR"):
        return [machine.folder("FNM_DIR")]
    shared = machine.folder("XDG_DATA_HOME", ".local", "share") / "fnm"
    return [shared, machine.home / "Library" / "Application Support" / "fnm", machine.home / "AppData" / "Roaming" / "fnm"]


def _homebrew_nodes() -> Iterator[Candidate]:
    """Older major versions, which Homebrew installs beside the current one as node@20."""
    for root in (Path("/opt/homebrew/opt"), Path("/usr/local/opt"), Path("/home/linuxbrew/.linuxbrew/opt")):
        for name in sorted(folder_names(root), reverse=True):
            path = root / name / "bin" / "node"
            if name.startswith("node@") and is_program(path):
                yield Candidate(path=path, version=parse_version(name.removeprefix("node@")), origin="Homebrew")
