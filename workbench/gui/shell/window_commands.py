"""The commands of the window itself, and the registration of all: its own and those of an open workspace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from workbench.gui.commands.actions import Actions
from workbench.gui.commands.command import Command, Submenu
from workbench.gui.commands.editing import Deed, key_text
from workbench.gui.commands.menu_bar import Entry
from workbench.gui.workspace.commands import COMMANDS as WORKSPACE_COMMANDS


class Window(Protocol):
    """What commands need of the window. `run` and `can` take the ID of a command of the open workspace."""

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""

    def run(self, command: str) -> None:
        """Run it now, or once the workspace that is being opened is ready."""

    def can(self, command: str) -> bool:
        """Whether it makes sense now."""

    def new_workspace(self) -> None:
        """Ask where to create a workspace, then open it."""

    def open_folder(self) -> None:
        """Ask for a folder, then open it."""

    def close_workspace(self) -> None:
        """Return to the welcome page."""

    def show_about(self) -> None:
        """Show the About dialog."""

    def edit(self, deed: Deed) -> None:
        """Undo, copy, paste, … in what has the focus."""

    def can_edit(self, deed: Deed) -> bool:
        """Whether that would do something now."""

    def close(self) -> bool:
        """Close the window."""


def _edit_command(deed: Deed, text: str, group: int) -> Command[Window]:
    return Command(f"edit.{deed}", text, lambda window: window.edit(deed), (f"edit/{group}",),
                   can=lambda window: window.can_edit(deed), shown_key=deed)


_EDIT_COMMANDS = (
    _edit_command("Undo", "&Undo", 1), _edit_command("Redo", "&Redo", 1), _edit_command("Cut", "Cu&t", 2),
    _edit_command("Copy", "&Copy", 2), _edit_command("Paste", "&Paste", 2), _edit_command("SelectAll", "Select &all", 2),
    _edit_command("Find", "&Find", 3))
_COMMANDS: tuple[Command[Window], ...] = (
    Command("workspace.new", "&New workspace…", lambda window: window.new_workspace(), ("file/1",), "Ctrl+N"),
    Command("workspace.open", "&Open folder…", lambda window: window.open_folder(), ("file/1",), "Ctrl+O"),
    Command("workspace.close", "Close wor&kspace", lambda window: window.close_workspace(), ("file/4",),
            can=lambda window: window.has_workspace),
    Command("quit", "&Quit", lambda window: window.close(), ("file/4",), "Ctrl+Q"),
    Command("about", "&About Lambda Workbench", lambda window: window.show_about(), ("help/1",)),
    *_EDIT_COMMANDS,
)
_SUBMENUS = (Submenu("recent", "Open &recent", ("file/1",)), Submenu("go", "&Go to", ("view/1",)),
             Submenu("move", "Mo&ve view", ("view/4",)), Submenu("layout", "&Layout", ("view/5",)),
             Submenu("lesson", "L&esson", ("view/5",)),
             Submenu("theme", "&Theme", ("view/6",)), Submenu("zoom", "&Zoom of the code", ("view/6",)))

ENTRIES: tuple[Entry, ...] = (*WORKSPACE_COMMANDS, *_COMMANDS, *_SUBMENUS)
"""All records from which the menus are made."""
COMMANDS_BY_ID = {command.identifier: command for command in WORKSPACE_COMMANDS}
"""The commands of an open workspace."""


def register(actions: Actions, window: Window) -> None:
    """Add all commands to the registry.

    Those of a workspace are bound to the window by their ID: they exist before a workspace does, and outlive it.
    """
    for command in _COMMANDS:
        _add(actions, command, partial(command.run, window), partial(command.can, window))
    for each in WORKSPACE_COMMANDS:
        _add(actions, each, partial(window.run, each.identifier), partial(window.can, each.identifier))


def _add(actions: Actions, command: Command[Any], run: Callable[[], object], can: Callable[[], bool]) -> None:
    text = f"{command.text}\t{key_text(command.shown_key)}" if command.shown_key else command.text
    actions.add(command.identifier, text, run, shortcut=command.shortcut, enabled_when=can, checkable=command.is_checkable)
