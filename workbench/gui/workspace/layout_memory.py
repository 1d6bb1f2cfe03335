"""What is remembered of a workspace's layouts, as JSON among the person's preferences.

Read before the first paint, so without msgspec (docs/architecture.md), but as strictly: a person can edit the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeVar

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.gui.layout.arrangement import Group, Part, Split
from workbench.gui.panels.order import LayoutName
from workbench.gui.workspace.page_layouts import LAYOUTS, KeptLayouts, PageLayout

T = TypeVar("T")
_KEY = "layout"


def read_layouts(memory: WorkspaceMemory) -> KeptLayouts:
    """What is remembered; the layouts as they come if nothing is, or if anything of it is not what it has to be."""
    try:
        return KeptLayouts(**_read(json.loads(memory.text(_KEY)), _KEPT))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return KeptLayouts()


def keep_layouts(memory: WorkspaceMemory, kept: KeptLayouts) -> None:
    """Remember it for the workspace."""
    own = {name: {**vars(layout), "views": _document(layout.views)} for name, layout in kept.own.items()}
    memory.save_text(_KEY, json.dumps({**vars(kept), "own": own}, separators=(",", ":")))


def _document(part: Part) -> dict[str, Any]:
    if isinstance(part, Group):
        return {"type": "group", **vars(part)}
    return {"type": "split", **vars(part), "parts": [_document(each) for each in part.parts]}


def _read(document: Any, readers: Mapping[str, Callable[[Any], object]]) -> dict[str, Any]:
    """The known fields that a JSON object has. Raises one of `read_layouts`' errors if anything is of another kind."""
    return {name: read(document[name]) for name, read in readers.items() if name in _OBJECT(document)}


def _exactly(kind: type[T]) -> Callable[[Any], T]:
    def read(value: Any) -> T:
        if type(value) is not kind:  # a bool is an int as well
            raise TypeError
        return value

    return read


_TEXT, _FLAG, _WHOLE, _LIST, _OBJECT = _exactly(str), _exactly(bool), _exactly(int), _exactly(list), _exactly(dict)


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise TypeError
    return float(value)


def _listed(read: Callable[[Any], object]) -> Callable[[Any], object]:
    def read_all(value: Any) -> tuple[object, ...]:
        return tuple(read(each) for each in _LIST(value))

    return read_all


def _part(value: Any) -> Part:
    if value["type"] == "group":
        return Group(**_read(value, _GROUP))
    if value["type"] == "split":
        return Split(**_read(value, _SPLIT))
    raise ValueError


def _name(value: Any) -> LayoutName:
    return {name: name for name in LAYOUTS}[value]


def _own(value: Any) -> dict[LayoutName, PageLayout]:
    return {_name(name): PageLayout(**_read(layout, _PAGE)) for name, layout in _OBJECT(value).items()}


_GROUP = {"views": _listed(_TEXT), "front": _TEXT}
_SPLIT = {"parts": _listed(_part), "shares": _listed(_number), "is_vertical": _FLAG}
_PAGE = {"views": _part, "editor": _number, "is_beside": _FLAG, "activity": _TEXT, "has_rail": _FLAG, "beside": _number}
_KEPT = {"name": _name, "own": _own, "side_px": _WHOLE, "drawer_px": _WHOLE, "is_drawer_open": _FLAG}
"""The fields of each value, and how they are read."""
