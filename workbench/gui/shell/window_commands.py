"""Which actions the window has, with their keys, and in which menus they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenuBar

from workbench.gui.application.preferences import THEME_CHOICES, ThemeChoice
from workbench.gui.commands.actions import SEPARATOR, Actions

PANELS = ("functions", "editor", "configuration", "timeline", "result", "history")
THEME_TITLES = {"auto": "As the system", "light": "Light", "dark": "Dark"}


class Commands(Protocol):
    """What the window can do; `run` takes the id of a command of the open workspace."""

    def run(self, command: str) -> None:
        """Do it, if a workspace is open."""

    def can(self, command: str) -> bool:
        """Whether it makes sense now."""

    def new_workspace(self) -> None:
        """Ask where to make one."""

    def open_folder(self) -> None:
        """Ask for a folder."""

    def close_workspace(self) -> None:
        """Back to the welcome page."""

    def focus_panel(self, name: str) -> None:
        """Put the focus into a panel."""

    def focus_next_panel(self) -> None:
        """Go round the panels."""

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Light, dark, or as the system."""

    def show_about(self) -> None:
        """What this is."""

    def close(self) -> bool:
        """Close the window."""


_WORKSPACE_COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("invoke", "&Invoke", "Ctrl+Return;Ctrl+Enter"),
    ("invoke.cold", "Invoke in a &new environment (cold)", "Ctrl+Shift+Return;Ctrl+Shift+Enter"),
    ("invoke.cancel", "&Cancel invocation", "Ctrl+."),
    ("debug", "&Debug", "Ctrl+Shift+D"),
    ("environments.stop", "&Stop warm environments", ""),
    ("save", "&Save", "Ctrl+S"),
    ("save.as", "Save a&s…", "Ctrl+Shift+S"),
    ("save.all", "Save &all", "Ctrl+Alt+S"),
    ("versions", "Earlier &versions of this file…", ""),
    ("close.tab", "&Close tab", "Ctrl+W"),
    ("function.new", "New &function…", "Ctrl+Shift+N"),
    ("function.open", "&Open handler", "F4"),
    ("function.rename", "&Rename function…", ""),
    ("function.duplicate", "&Duplicate function…", ""),
    ("function.delete", "D&elete function", ""),
    ("function.remove", "Remove from the template, &keep the files", ""),
    ("event.template", "New event from a &template…", "Ctrl+E"),
    ("event.new", "New &empty event…", ""),
    ("event.open", "Edit e&vent", "Shift+F4"),
    ("event.rename", "Re&name event…", ""),
    ("event.delete", "De&lete event", ""),
    ("trash.undo", "&Undo deleting", "Ctrl+Z"),
    ("trash.show", "&Deleted functions and events…", ""),
    ("template.open", "Open the &template", ""),
    ("values", "&Parameters and values…", ""),
    ("reload", "&Reload workspace", "F5"),
    ("zoom.in", "Zoom &in", ""),
    ("zoom.out", "Zoom &out", ""),
    ("zoom.reset", "Original &size", ""),
    ("settings", "Workspace se&ttings…", "Ctrl+,"),
    ("trust", "&Trust this folder…", ""),
    ("engine.restart", "&Restart engine", ""),
    ("doctor", "&Doctor…", ""),
)

_CHECKABLE = frozenset({"debug"})
"""Whether they are checked is told by the open workspace."""

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("&File", ("workspace.new", "workspace.open", "recent", SEPARATOR, "function.new", "event.template", "event.new", SEPARATOR,
               "save", "save.as", "save.all", "close.tab", SEPARATOR, "reload", "workspace.close", "quit")),
    ("E&dit", ("trash.undo", "trash.show", SEPARATOR, "versions")),
    ("F&unction", ("function.open", "template.open", "values", SEPARATOR, "function.new", "function.rename", "function.duplicate",
                   "function.delete", "function.remove")),
    ("&Event", ("event.template", "event.new", SEPARATOR, "event.open", "event.rename", "event.delete")),
    ("&Invoke", ("invoke", "invoke.cold", "invoke.cancel", SEPARATOR, "debug", SEPARATOR, "focus.environments",
                 "environments.stop")),
    ("&View", ("theme", SEPARATOR, *(f"focus.{panel}" for panel in PANELS), "focus.next", SEPARATOR, "zoom.in", "zoom.out",
               "zoom.reset")),
    ("E&ngine", ("settings", "trust", "engine.restart", "doctor")),
    ("&Help", ("doctor", "about")),
)


class _Bound:
    """A call with its argument, kept by the action it belongs to."""

    def __init__(self, call: Callable[[str], object], argument: str) -> None:
        self._call = call
        self._argument = argument

    def run(self) -> None:
        self._call(self._argument)


class _Asked:
    def __init__(self, ask: Callable[[str], bool], argument: str) -> None:
        self._ask = ask
        self._argument = argument

    def answer(self) -> bool:
        return self._ask(self._argument)


def register(actions: Actions, window: Commands) -> None:
    """Add all actions to the registry."""
    actions.add("workspace.new", "&New workspace…", window.new_workspace, shortcut="Ctrl+N")
    actions.add("workspace.open", "&Open folder…", window.open_folder, shortcut="Ctrl+O")
    actions.add("workspace.close", "Close wor&kspace", window.close_workspace,
                enabled_when=_Asked(window.can, "workspace.close").answer)
    actions.add("quit", "&Quit", window.close, shortcut="Ctrl+Q")
    actions.add("about", "&About Lambda Workbench", window.show_about)
    for identifier, text, shortcut in _WORKSPACE_COMMANDS:
        actions.add(identifier, text, _Bound(window.run, identifier).run, shortcut=shortcut,
                    enabled_when=_Asked(window.can, identifier).answer, checkable=identifier in _CHECKABLE)
    for number, panel in enumerate((*PANELS, "cost", "logs", "environments"), start=1):
        shortcut = f"Alt+{number}" if number <= len(PANELS) else ""
        actions.add(f"focus.{panel}", f"Go to {panel}", _Bound(window.focus_panel, panel).run, shortcut=shortcut,
                    enabled_when=_Asked(window.can, "focus").answer)
    actions.add("focus.next", "Next &panel", window.focus_next_panel, shortcut="F6",
                enabled_when=_Asked(window.can, "focus").answer)


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> None:
    """The menus; `recent` and `theme` stand for submenus that the window fills by their object names."""
    for title, identifiers in MENUS:
        menu = bar.addMenu(title)
        for identifier in identifiers:
            if identifier in ("recent", "theme"):
                submenu = menu.addMenu("Open &recent" if identifier == "recent" else "&Theme")
                submenu.setObjectName(identifier)
            else:
                actions.fill(menu, (identifier,))


def theme_actions(group: QActionGroup, current: ThemeChoice) -> list[QAction]:
    """One checkable action per theme, its choice as data."""
    made = []
    for choice in THEME_CHOICES:
        action = QAction(THEME_TITLES[choice], group)
        action.setCheckable(True)
        action.setChecked(choice == current)
        action.setData(choice)
        made.append(action)
    return made
