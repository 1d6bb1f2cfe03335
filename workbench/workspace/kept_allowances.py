"""What a person allows a workspace's functions, by logical ID. Kept in the person's state folder, so no clone can bring it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.model.allowances import MOST, Allowance, folder_problem, is_within, normal_address, worth_keeping
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import state_homes

ALLOWED_FILE = "allowed.json"


class _Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """The document on disk; `functions` is by logical ID."""

    functions: Mapping[str, Allowance] = msgspec.field(default_factory=dict)


class KeptAllowances:
    """The allowances of one workspace. All calls block for a moment."""

    def __init__(self, state_directory: Path) -> None:
        self._file = StateFile(state_directory / ALLOWED_FILE, _Allowed)

    def read(self) -> dict[str, Allowance]:
        """Return all allowances, without folders and addresses that could no longer be allowed."""
        document = self._file.read()
        if document is None:
            return {}
        return worth_keeping({name: _usable(allowance) for name, allowance in document.functions.items()})

    def write(self, functions: Mapping[str, Allowance]) -> None:
        """Replace all allowances. Raises WorkspaceError if they cannot be written."""
        try:
            self._file.write(_Allowed(functions=functions), readable=True)
        except OSError as error:
            raise WorkspaceError(f"The allowances could not be saved: {error.strerror or error}.",
                                 f"Check that {self._file.path.parent} is writable and has space.") from error


def checked(allowance: Allowance) -> Allowance:
    """Return an allowance in normal form. Raises InvalidInput for what cannot be allowed. Blocks, because it follows links."""
    folders = tuple(os.path.normpath(folder) if folder.startswith("/") else folder for folder in allowance.folders)
    for folder in folders:
        if problem := why_not(folder):
            raise InvalidInput(problem, "Allow a folder with the data that the function reads.")
    addresses = tuple(normal_address(address) for address in allowance.addresses)
    if "" in addresses:
        wrong = allowance.addresses[addresses.index("")]
        raise InvalidInput(f"{wrong[:200]!r} is not an address of this machine.", "Use localhost:PORT or 127.0.0.1:PORT.")
    if len(folders) > MOST or len(addresses) > MOST:
        raise InvalidInput(f"At most {MOST} folders and {MOST} addresses can be allowed.", "Allow a folder that contains them.")
    return Allowance(folders=tuple(dict.fromkeys(folders)), addresses=tuple(dict.fromkeys(addresses)), network=allowance.network)


def _usable(allowance: Allowance) -> Allowance:
    addresses = tuple(filter(None, map(normal_address, allowance.addresses)))[:MOST]
    # Checked again at each reading: since then, a folder may have become a link to something that cannot be allowed.
    folders = tuple(folder for folder in allowance.folders if not why_not(folder))[:MOST]
    return Allowance(folders=folders, addresses=addresses, network=allowance.network)


def why_not(folder: str) -> str:
    """Return why a folder cannot be allowed, by its path or by where it leads; "" if it can. Blocks."""
    if problem := folder_problem(folder):
        return problem
    real = os.path.realpath(folder)
    if real != folder and (problem := folder_problem(real)):
        return problem
    own = [str(home) for home in state_homes()]
    if any(is_within(home, real) or is_within(real, home) for home in own):
        return f"{folder} contains Lambda Workbench's own keys. Allow a folder further down."
    return ""
