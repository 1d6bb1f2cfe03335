"""AWS::Include, which inserts parts of a template from other files, and macros, which only a deployment can run.

The AWS CLI and the SAM CLI upload a local file that is given as the location; here it is read.
Source: CloudFormation template reference, "AWS::Include transform", "Fn::Transform".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.workspace.outside_files import left_out, may_read
from workbench.workspace.template import Template
from workbench.workspace.value_text import as_text

_INCLUDE = "AWS::Include"


def included_location(transform: Any) -> Any:
    """Return the location that an AWS::Include names, which may be an intrinsic; None for any other transform."""
    if not isinstance(transform, dict) or transform.get("Name") != _INCLUDE:
        return None
    parameters = transform.get("Parameters")
    return parameters.get("Location") if isinstance(parameters, dict) else None


def snippet(folder: Path, location: Any, root: str = "") -> dict[str, Any]:
    """Return the content of the file at a location relative to `folder`; `root` is the workspace's folder.

    Raises WorkspaceError, which callers turn into a warning. Blocks.
    """
    if not isinstance(location, str) or location.startswith(("s3://", "https://", "http://")):
        raise WorkspaceError(f"AWS::Include of {as_text(location)} is left out, because it is not a file on this machine.")
    path = folder / location
    if not path.is_file():
        raise WorkspaceError(f"AWS::Include of {location} is left out, because there is no such file.")
    if not may_read(root, path):
        raise WorkspaceError(left_out(f"AWS::Include of {location}"))
    return Template.load(path).data


def top_level_includes(data: dict[str, Any]) -> list[Any]:
    """Return the AWS::Include transforms at the top level of the template."""
    return [item for item in _transforms(data) if included_location(item) is not None]


def has_language_extensions(data: dict[str, Any]) -> bool:
    """Whether the template asks for AWS::LanguageExtensions."""
    return "AWS::LanguageExtensions" in _transforms(data)


def unknown_macros(data: dict[str, Any]) -> list[str]:
    """Return a sentence for each macro that is not AWS's own, because what it does to the template is not known here."""
    names = [item.get("Name") if isinstance(item, dict) else item for item in _transforms(data)]
    return [f"The macro {name} transforms the template when it is deployed; what it changes is not known here."
            for name in names if isinstance(name, str) and not name.startswith("AWS::")]


def _transforms(data: dict[str, Any]) -> list[Any]:
    written = data.get("Transform")
    listed = written if isinstance(written, list) else [] if written is None else [written]
    own = data.get("Fn::Transform")
    return [*listed, *(own if isinstance(own, list) else [] if own is None else [own])]
