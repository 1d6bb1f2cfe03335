"""Reads parameter values as written on a command line and in samconfig: `Stage=dev Name="two words"`.

Also accepts `ParameterKey=Stage,ParameterValue=dev`, lists of both, and `file://values.yaml`.
Source: SAM guide, "sam deploy", --parameter-overrides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from workbench.model.failures import InvalidInput
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.intrinsics import as_text
from workbench.workspace.plain_yaml import plain_yaml

_QUOTED = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
_VALUE = rf"{_QUOTED}|(?:\\.|[^\s\\])*"
_LONG = re.compile(rf"""["']?ParameterKey=(?P<key>{_QUOTED}|[A-Za-z0-9]+)["']?,["']?ParameterValue="""
                   rf"""(?P<value>{_QUOTED}|(?:\\.|[^\s"'\\])*)["']?""")
_SHORT = re.compile(rf"(?P<key>\"?[A-Za-z0-9:_-]+\"?)=(?P<value>{_VALUE})")
_GAP = re.compile(r"\s*")


def parse_overrides(written: Any, folder: Path, may_read: Callable[[Path], bool] = lambda _: True) -> dict[str, str]:
    """Return the values by parameter name. Files are relative to `folder` and skipped if `may_read` forbids them.

    Raises InvalidInput for anything that cannot be parsed.
    """
    if isinstance(written, dict):
        return {str(name): as_text(value) for name, value in written.items()}
    if isinstance(written, (list, tuple)):
        found: dict[str, str] = {}
        for item in written:
            found |= parse_overrides(item, folder, may_read)
        return found
    text = as_text(written)
    if text.startswith("file://"):
        path = folder / text.removeprefix("file://")
        return parse_overrides(_content(path), folder, may_read) if may_read(path) else {}
    return _parse(text)


def _content(path: Path) -> Any:
    try:
        content = plain_yaml(read_bounded(path).decode())
    except (OSError, ValueError, yaml.YAMLError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise InvalidInput(f"The values of parameters in {path.name} cannot be read: {said}.",
                           "Name a YAML or JSON file of Name: value.") from error
    if isinstance(content, str) and content.startswith("file://"):
        raise InvalidInput(f"{path.name} names another file.", "Name a YAML or JSON file of Name: value.")
    return content


def _parse(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = _skip_gap(text, 0)
    while position < len(text):
        match = _LONG.match(text, position) or _SHORT.match(text, position)
        if match is None or match.end() == position:
            raise InvalidInput(f"“{text[position:]}” gives no parameter a value.",
                               "Write Name=value, with quotation marks around a value that contains spaces.")
        found[_bare(match["key"])] = _bare(match["value"])
        position = _skip_gap(text, match.end())
    return found


def _skip_gap(text: str, position: int) -> int:
    match = _GAP.match(text, position)
    return match.end() if match else position


def _bare(value: str) -> str:
    """Remove the quotation marks around a value and the backslashes of escapes inside it."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)
