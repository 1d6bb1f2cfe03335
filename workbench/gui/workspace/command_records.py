"""What each command of an open workspace does, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable

from workbench.gui.workspace.workspace_controller import WorkspaceController

_NEEDS_FUNCTION = frozenset({"function.open", "function.rename", "function.duplicate", "function.delete", "function.remove",
                             "environments.stop"})
_NEEDS_EVENT_FILE = frozenset({"event.open", "event.rename", "event.delete"})
_CHANGES_DISK = frozenset({"function.new", "function.rename", "function.duplicate", "function.delete", "function.remove",
                           "event.template", "event.new", "event.rename", "event.delete", "trash.undo", "trash.show"})
_NEEDS_TAB = frozenset({"save", "save.as", "versions", "close.tab", "zoom.in", "zoom.out", "zoom.reset"})


class CommandTable:
    """The commands of one workspace by id. `show_doctor` belongs to the window."""

    def __init__(self, workspace: WorkspaceController, show_doctor: Callable[[], None]) -> None:
        self._workspace = workspace
        self._show_doctor = show_doctor

    def run(self, command: str) -> None:
        """Do it. Raises KeyError for an id there is no command of."""
        self._table()[command]()

    def can(self, command: str) -> bool:
        """Whether it makes sense now."""
        workspace = self._workspace
        if command in _CHANGES_DISK and workspace.model.read_only:
            return False
        if command in _NEEDS_FUNCTION:
            return workspace.model.function is not None
        if command in _NEEDS_EVENT_FILE:
            return workspace.model.event_file is not None
        if command in _NEEDS_TAB:
            return bool(workspace.documents.tabs.current_path())
        if command == "trash.undo":
            return bool(workspace.trash.undo_text)
        if command == "save.all":
            return bool(workspace.documents.tabs.unsaved_paths())
        if command == "debug":
            return workspace.debug.is_possible
        if command in ("settings", "trust"):
            return workspace.link.health is not None
        if command == "invoke.cancel":
            return bool(workspace.invocations.running)
        return bool(workspace.model.functions) if command in ("invoke", "invoke.cold") else True

    def _table(self) -> dict[str, Callable[[], object]]:
        workspace = self._workspace
        return {
            "invoke": workspace.invocations.invoke,
            "invoke.cold": self._invoke_cold,
            "invoke.cancel": workspace.invocations.cancel,
            "debug": workspace.debug.toggle,
            "environments.stop": workspace.stop_environments,
            "settings": workspace.show_settings,
            "engine.restart": workspace.restart_engine,
            "trust": workspace.trust.show,
            "doctor": self._show_doctor,
            "reload": self._reload,
            "template.open": workspace.open_template,
            "values": workspace.commands.give_values,
            **self._function_commands(),
            **self._document_commands(),
        }

    def _function_commands(self) -> dict[str, Callable[[], object]]:
        workspace, commands, trash = self._workspace, self._workspace.commands, self._workspace.trash
        return {
            "function.new": commands.new_function,
            "function.open": workspace.open_handler,
            "function.rename": commands.rename_function,
            "function.duplicate": commands.duplicate_function,
            "function.delete": trash.delete_function,
            "function.remove": trash.remove_function,
            "event.template": commands.browse_templates,
            "event.new": commands.new_event,
            "event.open": workspace.open_event,
            "event.rename": commands.rename_event,
            "event.delete": trash.delete_event,
            "trash.undo": trash.undo,
            "trash.show": trash.show_trash,
        }

    def _document_commands(self) -> dict[str, Callable[[], object]]:
        documents = self._workspace.documents
        return {
            "save": documents.save_current,
            "save.all": documents.save_all,
            "save.as": self._workspace.files.save_as,
            "versions": self._workspace.files.show_versions,
            "close.tab": documents.close_current,
            "zoom.in": documents.tabs.zoom_in,
            "zoom.out": documents.tabs.zoom_out,
            "zoom.reset": documents.tabs.zoom_reset,
        }

    def _invoke_cold(self) -> None:
        self._workspace.invocations.invoke(cold=True)

    def _reload(self) -> None:
        self._workspace.model.reload()
        self._workspace.documents.look_at_disk()
