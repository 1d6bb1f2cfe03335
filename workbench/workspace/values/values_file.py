"""A person's values for this machine: `values.yaml` (or .json) in the person's state folder, readable only by the person.

    parameters: {Stage: dev}                    # parameters of the template
    values: {"ssm:/app/key": abc}               # what only a deployment would know, by the keys of `workspace.unresolved.Unknown`
    folders: {/mnt/data: ./data}                # folders on this machine that stand in for file systems
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import yaml

from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import Unfit, read_regular, write_privately
from workbench.workspace.history import History
from workbench.workspace.intrinsics import as_text
from workbench.workspace.plain_yaml import plain_yaml
from workbench.workspace.state_directory import existing_state_directory, state_directory
from workbench.workspace.yaml_errors import syntax_error

_SECTIONS = ("parameters", "values", "folders")
NAMES = ("values.yaml", "values.yml", "values.json")
_HEAD = ("# Values for this machine only: parameters of the template, and what only a deployment would know.\n"
         "# Nobody but you can read this file.\n")
_LIMIT_BYTES = 4_000_000


class GivenFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the file. Folders are absolute."""

    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    folders: Mapping[str, str] = msgspec.field(default_factory=dict)


def read_values(root: Path) -> GivenFile:
    """Return the values of the workspace, empty without a file. Raises WorkspaceError if it cannot be read. Blocks."""
    path = _path(root)
    if path is None:
        return GivenFile()
    data = _read(path)
    sections = {name: _texts(data.get(name)) for name in _SECTIONS}
    folders = {mount: str((root / folder).resolve()) for mount, folder in sections["folders"].items()}
    return GivenFile(parameters=sections["parameters"], values=sections["values"], folders=folders)


def write_value(root: Path, section: str, key: str, value: str | None) -> None:
    """Set a value in `parameters`, `values` or `folders`, or remove it (None). Raises WorkspaceError. Blocks."""
    path = _path(root) or state_directory(root) / NAMES[0]
    data = _read(path) if os.path.lexists(path) else {}
    entries = {**(data.get(section) or {})}
    entries.pop(key, None)
    if value is not None:
        entries[key] = value
    _write(History(root, path.parent / "history"), path, {**data, section: entries})


def section_of(key: str) -> str:
    """Guess a key's section if the template does not say: folders for mount paths, parameters for plain names, else values."""
    if key.startswith("/mnt/"):
        return "folders"
    return "parameters" if key.isalnum() else "values"


def _path(root: Path) -> Path | None:
    folder = existing_state_directory(root)
    # lexists: a link, even a broken one, must be refused when it is read (`read_regular`) and not be passed over.
    return next((folder / name for name in NAMES if os.path.lexists(folder / name)), None) if folder is not None else None


def _read(path: Path) -> dict[str, Any]:
    try:
        text = read_regular(path, _LIMIT_BYTES).decode("utf-8")
        data = json.loads(text) if path.suffix == ".json" else plain_yaml(text)
    except (OSError, Unfit) as error:
        raise WorkspaceError(f"{path} is not read: {error}.", "Correct the file, or move it away.") from error
    except yaml.YAMLError as error:
        raise syntax_error(path, text, error) from error
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(f"{path} cannot be read: {str(error).splitlines()[0]}.",
                             "Correct the file, or remove it.") from error
    sections = data if isinstance(data, dict) else {} if data is None else {"": data}
    if not all(isinstance(sections.get(name) or {}, dict) for name in ("", *_SECTIONS)):
        raise WorkspaceError(f"{path.name} has another form.", f"Write {', '.join(_SECTIONS)}, each with name: value below it.")
    return sections


def _write(history: History, path: Path, data: dict[str, Any]) -> None:
    """Write atomically; a new file is readable only by its owner from its first byte on. The history keeps its comments."""
    kept = {name: entries for name, entries in data.items() if entries}
    text = json.dumps(kept, indent=2) + "\n" if path.suffix == ".json" else _HEAD + _yaml(kept)
    with suppress(OSError, Unfit):
        history.keep(path, read_regular(path, _LIMIT_BYTES))
    try:
        write_privately(path, text.encode())
    except OSError as error:
        raise WorkspaceError(f"{path} could not be written: {error.strerror or error}.",
                             "Check that the folder is writable and has space.") from error
    history.keep(path, text.encode())


def _yaml(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, default_flow_style=False) if data else ""


def _texts(section: Any) -> dict[str, str]:
    return {str(key): as_text(value) for key, value in section.items()} if isinstance(section, dict) else {}
