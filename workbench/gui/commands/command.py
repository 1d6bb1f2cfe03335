"""The window's commands as records, from which menus, shortcuts, toolbar and tests are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from workbench.model.value import Value

Target = TypeVar("Target", contravariant=True)


def always(_: Any) -> bool:
    """Return True: the command is always available."""
    return True


class Command(Value, Generic[Target]):
    """One command. `run` does it and `can` says whether it is available; both get the target, the window or the open workspace.

    `text` is the menu entry with its mnemonic. `menus` are placements such as "file/2", the second group of the File menu; within
    a group, commands appear in the order of their records. `shortcut` may contain several, separated by `;`.
    """

    identifier: str
    text: str
    run: Callable[[Target], object]
    menus: tuple[str, ...] = ()
    shortcut: str = ""
    can: Callable[[Target], bool] = always
    is_checkable: bool = False
    shown_key: str = ""


class Submenu(Value):
    """A menu within a menu. Commands have their places in it by its identifier, such as "go/1"; one in which none has a place is
    filled by the window, which finds it by that identifier: it becomes the object name.
    """

    identifier: str
    text: str
    menus: tuple[str, ...]
