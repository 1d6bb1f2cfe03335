"""Starters: small, complete functions to begin with, and whole new workspaces made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.resource_files import resource_path
from workbench.workspace.atomic_file import create_exclusively
from workbench.workspace.code_folders import copy_folder
from workbench.workspace.events import EventFiles
from workbench.workspace.locating.locate import TEMPLATE_NAMES
from workbench.workspace.trusted_folders import TrustedFolders
from workbench.workspace.yaml_writing import block_lines

_MANIFEST = "starter.json"
_IGNORED = b"# Written by tools; not part of the application.\n.workbench/\n.aws-sam/\n__pycache__/\nnode_modules/\n.venv/\n"
_NEW_FUNCTIONS = (("HelloFunction", "python-hello", "hello"), ("HelloNodeFunction", "node-hello", "hello_node"))


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of starter.json; the fields are those of `Starter`."""

    title: str
    description: str
    runtime: str
    handler: str
    event: str
    triggers: dict[str, Any] = {}


class Starter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A small, complete function. `folder` holds starter.json, code/ and the sample event."""

    key: str
    title: str
    description: str
    runtime: str
    handler: str
    folder: str
    event_file: str
    triggers: dict[str, Any]
    """The SAM `Events` it comes with; `{folder}` in a text becomes the code folder's name, so that routes stay unique."""

    @property
    def code_folder(self) -> Path:
        """The folder whose content becomes the function's code."""
        return Path(self.folder) / "code"

    def event(self) -> bytes:
        """Return the bytes of the sample event."""
        return (Path(self.folder) / self.event_file).read_bytes()

    def properties(self, folder: str) -> dict[str, Any]:
        """Return the properties of an AWS::Serverless::Function whose code is in `folder`."""
        properties: dict[str, Any] = {"CodeUri": f"{folder}/", "Handler": self.handler, "Runtime": self.runtime}
        return {**properties, "Events": _filled(self.triggers, folder)} if self.triggers else properties


def _filled(value: Any, folder: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, folder) for key, item in value.items()}
    return value.replace("{folder}", folder) if isinstance(value, str) else value


def starters() -> tuple[Starter, ...]:
    """Return all starters, the simplest first: the greetings, then the rest by key."""
    found = [_read(manifest) for manifest in resource_path("starters").glob(f"*/{_MANIFEST}")]
    plainest_first = ("python-hello", "node-hello")
    return tuple(sorted(found, key=lambda entry: (entry.key not in plainest_first, "node" in entry.key, entry.key)))


def starter(key: str) -> Starter:
    """Return the starter with this key, such as `python-api`. Raises InvalidInput if there is none."""
    found = {entry.key: entry for entry in starters()}
    if key not in found:
        raise InvalidInput(f"There is no starter “{key}”.", f"Choose one of {', '.join(found)}.")
    return found[key]


def _read(path: Path) -> Starter:
    manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    return Starter(key=path.parent.name, title=manifest.title, description=manifest.description, runtime=manifest.runtime,
                   handler=manifest.handler, folder=str(path.parent), event_file=manifest.event, triggers=manifest.triggers)


def create_workspace(root: Path, *, name: str | None = None) -> Path:
    """Create a complete SAM application with a Python and a Node.js function in `root` and return the folder. Blocks.

    The folder may exist and hold other files; if it was new or empty, it is trusted from then on. `name` becomes the template's
    description. Raises WorkspaceError if there is already a template or a file it would write, or if writing fails.
    """
    _check_free(root)
    # Asked before anything is written: a folder with files of others is not trusted just because a template was added.
    is_ours = not root.is_dir() or not any(root.iterdir())
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"The folder {root} could not be created: {error.strerror or error}.",
                             "Choose a folder that you can write to.") from error
    for _, key, folder in _NEW_FUNCTIONS:
        copy_folder(starter(key).code_folder, root / folder)
    EventFiles(root).save_new("hello", starter("python-hello").event())
    if not (root / ".gitignore").exists():
        create_exclusively(root / ".gitignore", _IGNORED)
    # The template is written last, because it is what makes the folder a workspace.
    create_exclusively(root / TEMPLATE_NAMES[0], _new_template(name or root.resolve().name).encode())
    if is_ours:  # everything in it was written by us
        TrustedFolders().trust(root, ())
    return root


def _check_free(root: Path) -> None:
    taken = [name for name in (*TEMPLATE_NAMES, *(folder for _, _, folder in _NEW_FUNCTIONS)) if (root / name).exists()]
    if taken:
        raise WorkspaceError(f"The folder {root} already has {', '.join(taken)}.",
                             "Open it as it is, or choose an empty folder for the new workspace.")


def _new_template(name: str) -> str:
    resources = {logical_id: {"Type": "AWS::Serverless::Function", "Properties": starter(key).properties(folder)}
                 for logical_id, key, folder in _NEW_FUNCTIONS}
    head: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Transform": "AWS::Serverless-2016-10-31",
                            "Description": name}
    sections: list[dict[str, Any]] = [head, {"Globals": {"Function": {"Timeout": 10, "MemorySize": 256}}}]
    lines = ["\n".join(block_lines(section, 0, 2)) for section in sections]
    functions = "\n\n".join("\n".join(block_lines({key: value}, 2, 2)) for key, value in resources.items())
    return "\n\n".join([*lines, f"Resources:\n{functions}"]) + "\n"
