"""The commands of an open workspace, for menus, shortcuts and toolbar. Imports nothing that a workspace consists of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.gui.commands.command import Command
from workbench.gui.panels.order import LAYOUT_NAMES, MORE_PANELS, PANELS, SIDES, LayoutName

if TYPE_CHECKING:  # the menus exist before a workspace is opened, and its modules take long to load
    from workbench.gui.workspace.workspace_controller import WorkspaceController as Workspace

Can = Callable[["Workspace"], bool]


def _has_function(workspace: Workspace) -> bool:
    return workspace.model.function is not None


def _has_template_function(workspace: Workspace) -> bool:
    return workspace.model.function is not None and workspace.model.function.source == "template"


def _has_api_function(workspace: Workspace) -> bool:
    return workspace.model.function is not None and workspace.model.function.source == "api"


def _has_functions(workspace: Workspace) -> bool:
    return bool(workspace.model.functions)


def _has_event_file(workspace: Workspace) -> bool:
    return workspace.model.event_file is not None


def _has_tab(workspace: Workspace) -> bool:
    return bool(workspace.documents.tabs.current_path())


def _can_move_tab(workspace: Workspace) -> bool:
    return workspace.documents.tabs.groups.can_move


def _has_unsaved(workspace: Workspace) -> bool:
    return bool(workspace.documents.tabs.unsaved_paths())


def _has_engine(workspace: Workspace) -> bool:
    return workspace.link.health is not None


def _has_versions(workspace: Workspace) -> bool:
    return bool(workspace.versions.versions)


def _has_published(workspace: Workspace) -> bool:
    return len(workspace.versions.versions) > 1


def _can_write(workspace: Workspace) -> bool:
    return not workspace.model.read_only


def _all(*conditions: Can) -> Can:
    def hold(workspace: Workspace) -> bool:
        return all(condition(workspace) for condition in conditions)

    return hold


def _reload(workspace: Workspace) -> None:
    workspace.model.reload()
    workspace.documents.look_at_disk()


def _focus(name: str, workspace: Workspace) -> None:
    workspace.focus.go_to(name)


def _focus_command(name: str) -> Command[Workspace]:
    has_key = name in PANELS
    menus = ("go/1",) if has_key else ("invoke/3",) if name == "environments" else ()
    return Command(f"focus.{name}", f"Go to {name}", partial(_focus, name), menus,
                   f"Alt+{PANELS.index(name) + 1}" if has_key else "")


def _move(side: str, workspace: Workspace) -> None:
    from workbench.gui.layout.arrangement import Side

    area = workspace.page.regions.area
    area.move_view(area.current, Side(side))


def _move_command(side: str, arrow: str) -> Command[Workspace]:
    return Command(f"view.{side}", f"Move view {side}", partial(_move, side), ("move/1",), f"Alt+Shift+{arrow}")


def _layout_command(number: int, name: LayoutName) -> Command[Workspace]:
    return Command(f"layout.{name}", f"{name.capitalize()} layout", lambda workspace: workspace.page.layouts.choose(name),
                   ("layout/1",), f"Ctrl+Alt+{number}", is_checkable=True)


_INVOKE: tuple[Command[Workspace], ...] = (
    Command("invoke", "&Invoke", lambda workspace: workspace.invocations.invoke(), ("invoke/1",),
            "Ctrl+Return;Ctrl+Enter", _has_functions),
    Command("invoke.cold", "Invoke in a &new environment (cold)", lambda workspace: workspace.invocations.invoke(cold=True),
            ("invoke/1",), "Ctrl+Shift+Return;Ctrl+Shift+Enter", _has_functions),
    Command("invoke.send", "Invoke &asynchronously", lambda workspace: workspace.asynchronous.event_sender.send(), ("invoke/1",),
            "Ctrl+Alt+Return;Ctrl+Alt+Enter", _has_functions),
    Command("invoke.cancel", "&Cancel invocation", lambda workspace: workspace.invocations.cancel(), ("invoke/1",), "Ctrl+.",
            lambda workspace: bool(workspace.invocations.running)),
    Command("invocation.replay", "Re&play the invocation shown", lambda workspace: workspace.strip_actions.replay(),
            ("invoke/1",), "Ctrl+Shift+R", lambda workspace: workspace.strip_actions.is_possible),
    Command("invocation.compare", "C&ompare the result shown with another one",
            lambda workspace: workspace.strip_actions.compare(), ("invoke/1",),
            can=lambda workspace: workspace.strip_actions.is_possible),
    Command("invocation.star", "Star the in&vocation shown, or take its star away",
            lambda workspace: workspace.strip_actions.star(), ("invoke/1",), "Ctrl+Shift+K",
            lambda workspace: workspace.strip_actions.is_possible),
    Command("debug", "&Debug", lambda workspace: workspace.debug.toggle(), ("invoke/2",), "Ctrl+Shift+D",
            lambda workspace: workspace.debug.is_possible, is_checkable=True),
    Command("queue.hold", "&Hold or release the queue's clock",
            lambda workspace: workspace.asynchronous.queue_commands.toggle_hold(), ("invoke/4",), can=_has_engine),
    Command("queue.step", "S&tep the queue", lambda workspace: workspace.asynchronous.queue_commands.step(), ("invoke/4",),
            can=lambda workspace: workspace.asynchronous.queue_reader.is_held),
    _focus_command("environments"),
    Command("environments.stop", "&Stop warm environments", lambda workspace: workspace.stop_environments(), ("invoke/3",),
            can=_has_function),
)

_FILES: tuple[Command[Workspace], ...] = (
    Command("save", "&Save", lambda workspace: workspace.documents.save_current(), ("file/3",), "Ctrl+S", _has_tab),
    Command("save.as", "Sa&ve as…", lambda workspace: workspace.files.save_as(), ("file/3",), "Ctrl+Shift+S", _has_tab),
    Command("save.all", "Save &all", lambda workspace: workspace.documents.save_all(), ("file/3",), "Ctrl+Alt+S", _has_unsaved),
    Command("close.tab", "&Close tab", lambda workspace: workspace.documents.close_current(), ("file/3",), "Ctrl+W", _has_tab),
    Command("reload", "Re&load workspace", _reload, ("file/4",), "F5"),
    # The same key as undo in the editor, which takes it first while it has the focus.
    Command("trash.undo", "Undo de&leting", lambda workspace: workspace.trash.undo(), ("edit/4",), "Ctrl+Z",
            _all(_can_write, lambda workspace: bool(workspace.trash.undo_text))),
    Command("trash.show", "&Deleted functions and events…", lambda workspace: workspace.trash.show_trash(), ("edit/4",),
            can=_can_write),
    Command("versions", "Earlier &versions of this file…", lambda workspace: workspace.files.show_versions(), ("edit/5",),
            can=_has_tab),
)

_FUNCTIONS: tuple[Command[Workspace], ...] = (
    Command("function.open", "&Open handler", lambda workspace: workspace.navigation.open_handler(), ("function/1",), "F4",
            _has_template_function),
    Command("template.open", "Open the &template", lambda workspace: workspace.navigation.open_template(), ("function/1",)),
    Command("values", "&Parameters and values…", lambda workspace: workspace.settings.give_values(), ("function/1",)),
    Command("version.publish", "P&ublish version…", lambda workspace: workspace.version_commands.publish(), ("function/3",),
            "Ctrl+Shift+B", _has_versions),
    Command("version.compare", "&Compare versions…", lambda workspace: workspace.comparisons.compare(), ("function/3",),
            can=_has_published),
    Command("alias.new", "New &alias…", lambda workspace: workspace.version_commands.ask_alias(), ("function/3",),
            can=_has_versions),
    Command("function.new", "New &function…", lambda workspace: workspace.functions.new_function(), ("file/2", "function/2"),
            "Ctrl+Shift+N", _can_write),
    Command("function.rename", "&Rename function…", lambda workspace: workspace.functions.rename_function(), ("function/2",),
            can=_all(_can_write, _has_template_function)),
    Command("function.duplicate", "&Duplicate function…", lambda workspace: workspace.functions.duplicate_function(),
            ("function/2",), can=_all(_can_write, _has_template_function)),
    Command("function.save", "&Save into the template…", lambda workspace: workspace.saving.save_function(), ("function/2",),
            can=_all(_can_write, _has_engine, _has_api_function)),
    Command("function.delete", "D&elete function", lambda workspace: workspace.trash.delete_function(), ("function/2",),
            can=_all(_can_write, _has_template_function)),
    Command("function.remove", "Remove from the template, &keep the files",
            lambda workspace: workspace.trash.remove_function(), ("function/2",), can=_all(_can_write, _has_template_function)),
)

_EVENTS: tuple[Command[Workspace], ...] = (
    Command("event.template", "New event from a &template…", lambda workspace: workspace.events.browse_templates(),
            ("file/2", "event/1"), "Ctrl+E", _can_write),
    Command("event.new", "New &empty event…", lambda workspace: workspace.events.new_event(), ("file/2", "event/1"),
            can=_can_write),
    Command("event.open", "Edit e&vent", lambda workspace: workspace.navigation.open_event(), ("event/2",), "Shift+F4",
            _has_event_file),
    Command("event.expect", "What the event e&xpects", lambda workspace: workspace.expectations.ask(), ("event/2",),
            "Ctrl+Shift+X", _all(_can_write, _has_event_file)),
    Command("event.rename", "Re&name event…", lambda workspace: workspace.events.rename_event(), ("event/2",),
            can=_all(_can_write, _has_event_file)),
    Command("event.delete", "De&lete event", lambda workspace: workspace.trash.delete_event(), ("event/2",),
            can=_all(_can_write, _has_event_file)),
)

_VIEW: tuple[Command[Workspace], ...] = (
    *(_focus_command(name) for name in PANELS),
    Command("focus.concurrency", "Go to concurrency", partial(_focus, "concurrency"), ("go/1",), "Alt+0"),
    Command("focus.next", "Next &panel", lambda workspace: workspace.focus.go_to_next(), ("go/3",), "F6"),
    Command("focus.previous", "P&revious panel", lambda workspace: workspace.focus.go_to_next(is_back=True), ("go/3",),
            "Shift+F6"),
    *(_focus_command(name) for name in MORE_PANELS if name != "environments"),
    Command("live.pause", "&Hold the live view, or let it go on", lambda workspace: workspace.panels.refresher.pause(
        not workspace.panels.refresher.is_paused), ("view/2",), "Ctrl+Alt+L"),
    Command("focus.files", "Go to files", partial(_focus, "files"), ("go/2",), "Ctrl+Shift+E"),
    Command("focus.events", "Go to events", partial(_focus, "events"), ("go/2",), "Ctrl+Shift+V"),
    Command("side", "Show or hide the s&ide bar", lambda workspace: workspace.focus.toggle_side(), ("view/4",), "Ctrl+B"),
    Command("view.maximize", "&Maximize view or editor", lambda workspace: workspace.page.regions.toggle_maximized(),
            ("view/4",), "Alt+Return;Alt+Enter", is_checkable=True),
    Command("editor.beside", "Move ta&b beside the others, or back",
            lambda workspace: workspace.documents.tabs.groups.move_current(), ("view/4",), "Ctrl+\\", _can_move_tab),
    *(_move_command(side, arrow) for side, arrow in SIDES.items()),
    *(_layout_command(number, name) for number, name in enumerate(LAYOUT_NAMES, start=1)),
    Command("presentation", "&Presentation mode", lambda workspace: workspace.presentation.toggle(), ("view/5",), "F11",
            is_checkable=True),
    Command("lesson.show", "&Show the lesson", lambda workspace: workspace.lessons.go_to(), ("lesson/1",), "Ctrl+Shift+L",
            lambda workspace: workspace.has_lessons),
    Command("lesson.next", "&Next step", lambda workspace: workspace.lessons.course.go(1), ("lesson/1",), "Alt+PgDown",
            lambda workspace: workspace.has_lessons and workspace.lessons.course.can_go(1)),
    Command("lesson.back", "Step &back", lambda workspace: workspace.lessons.course.go(-1), ("lesson/1",), "Alt+PgUp",
            lambda workspace: workspace.has_lessons and workspace.lessons.course.can_go(-1)),
    Command("lesson.reset", "&Reset this step", lambda workspace: workspace.lessons.course.reset_step(), ("lesson/1",),
            can=lambda workspace: workspace.has_lessons and workspace.lessons.course.step is not None),
    Command("layout.reset", "&Reset this layout", lambda workspace: workspace.page.layouts.reset(), ("layout/2",)),
    Command("zoom.in", "Zoom &in", lambda workspace: workspace.documents.tabs.look.zoom_in(), ("zoom/1",), can=_has_tab),
    Command("zoom.out", "Zoom &out", lambda workspace: workspace.documents.tabs.look.zoom_out(), ("zoom/1",), can=_has_tab),
    Command("zoom.reset", "Original &size", lambda workspace: workspace.documents.tabs.look.zoom_reset(), ("zoom/1",),
            can=_has_tab),
)

_ENGINE: tuple[Command[Workspace], ...] = (
    Command("settings", "&Workspace settings…", lambda workspace: workspace.show_settings(), ("engine/1",), "Ctrl+,",
            _has_engine),
    Command("trust", "&Trust this folder…", lambda workspace: workspace.trust.show(), ("engine/1",), can=_has_engine),
    Command("credentials", "&Credentials of functions…", lambda workspace: workspace.credentials.show(), ("engine/1",),
            can=_has_engine),
    Command("engine.restart", "&Restart engine", lambda workspace: workspace.engine.restart(), ("engine/1",)),
    Command("doctor", "&Doctor…", lambda workspace: workspace.engine.show_doctor(), ("engine/1", "help/1")),
)

COMMANDS: tuple[Command[Any], ...] = (*_FUNCTIONS, *_EVENTS, *_FILES, *_INVOKE, *_VIEW, *_ENGINE)
