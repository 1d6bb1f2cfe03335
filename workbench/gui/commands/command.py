"""What a person can ask of the window, one record each: menus, shortcuts, toolbar and tests are made from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Target = TypeVar("Target", contravariant=True)


def always(_: Any) -> bool:
    """It can be asked for at any time."""
    return True


@dataclass(frozen=True)
class Command(Generic[Target]):
    """Contributed by a room; `run` and `can` get what the command is done to: the window, or the open workspace.

    `text` is the menu entry with its mnemonic. `menus` are placements such as "file/2", the second group of the File menu; within
    a group, commands stand in the order of their records. `shortcut` may hold several, parted by `;`.
    """

    identifier: str
    text: str
    run: Callable[[Target], object]
    menus: tuple[str, ...] = ()
    shortcut: str = ""
    can: Callable[[Target], bool] = always
    is_checkable: bool = False


@dataclass(frozen=True)
class Submenu:
    """A menu in a menu, which the window fills: by its identifier, which is its object name."""

    identifier: str
    text: str
    menus: tuple[str, ...]
