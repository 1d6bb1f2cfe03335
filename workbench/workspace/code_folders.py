"""The folder that holds a function's code: which functions share it, how it is named, how it is copied and moved."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.left_out import NEVER_CODE
from workbench.workspace.functions.properties import own_properties
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import set_value

EVENTS_FOLDER = "events"
_NOT_COPIED = shutil.ignore_patterns(*NEVER_CODE.names)


def folder_name(logical_id: str) -> str:
    """Return the folder name for a new function's code: ResizeImageFunction -> resize_image. It is never `events`."""
    words = _snake(re.sub(r"(?<=.)Function$", "", logical_id))
    return words if words != EVENTS_FOLDER else f"{words}_function"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def renamed_folder(current: str, old: str, new: str) -> str | None:
    """Return the folder's name after its function was renamed; None if it is not named after the function."""
    styles: tuple[Callable[[str], str], ...] = (
        lambda name: name, folder_name, lambda name: folder_name(name).replace("_", "-"), _snake, str.lower)
    return next((style(new) for style in styles if style(old) == current), None)


def has_own_folder(function: FunctionConfiguration, functions: Iterable[FunctionConfiguration], root: Path) -> bool:
    """Whether the code folder lies inside the workspace, and no other function's code is in it, above it or the same folder."""
    if function.inline_code or function.code_in_s3 or function.image is not None:
        return False
    folder = Path(function.code_path)
    if not folder.is_dir() or folder == root or not folder.is_relative_to(root) or (root / EVENTS_FOLDER).is_relative_to(folder):
        return False
    others = [Path(other.code_path) for other in functions if other.logical_id != function.logical_id]
    return not any(other.is_relative_to(folder) or (folder.is_relative_to(other) and other != root) for other in others)


def with_last_part(code_uri: str, name: str) -> str:
    """Return a CodeUri with its last part replaced: ./src/hello/ -> ./src/name/."""
    stripped = code_uri.rstrip("/\\")
    parent = re.match(r".*[/\\]", stripped)
    return (parent.group() if parent else "") + name + code_uri[len(stripped) :]


def copy_folder(source: Path, target: Path) -> None:
    """Copy code without caches; links stay links. Raises WorkspaceError, and then leaves no partial copy behind. Blocks."""
    if os.path.lexists(target):
        raise WorkspaceError(f"The folder {target.name} already exists.", "Choose another name, or move the folder away.")
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        # Copied aside first: other programs that watch the workspace never see half of the code.
        shutil.copytree(source, aside, symlinks=True, ignore=_NOT_COPIED)
        aside.rename(target)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise WorkspaceError(f"The folder {source.name} could not be copied: {_reason(error)}.",
                             "Check that the workspace is writable and has space.") from error


def move_folder(source: Path, target: Path) -> None:
    """Rename a folder. Raises WorkspaceError if that fails."""
    try:
        source.rename(target)
    except OSError as error:
        raise WorkspaceError(f"The folder {source.name} could not be renamed: {_reason(error)}.",
                             "Close programs that use it, and check that the workspace is writable.") from error


def unmake(made: Iterable[Path]) -> None:
    """Remove files and folders that were just created, because a later step failed."""
    for path in made:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def code_uri(template: Template, logical_id: str) -> Any:
    """Return the CodeUri (or Code) of the function's own properties, not of Globals; None if it has none."""
    own = own_properties(template, logical_id)
    return own.get("CodeUri", own.get("Code"))


def with_code_folder(template: Template, logical_id: str, folder: str) -> Template:
    """Return the template with the last part of the function's CodeUri replaced by `folder`."""
    location = code_uri(template, logical_id)
    if not isinstance(location, str):
        return template
    key = "CodeUri" if "CodeUri" in own_properties(template, logical_id) else "Code"
    return set_value(template, ("Resources", logical_id, "Properties", key), with_last_part(location, folder))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
