"""Creates, renames, copies and deletes functions, with their code and events, in the template that has them, nested or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.workspace import code_folders
from workbench.workspace.events import EventFiles
from workbench.workspace.logical_id import check_logical_id
from workbench.workspace.loop_places import made_by_loop
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.references import references
from workbench.workspace.resource_edits import duplicated, renamed, with_function, without
from workbench.workspace.starters import starter
from workbench.workspace.template import Template

if TYPE_CHECKING:
    from workbench.workspace.history import History
    from workbench.workspace.trash import Trash, TrashEntry

Moved = Callable[[Path, Path], object]
"""Called with the old and the new path of each file or folder that was moved."""


class Home(Protocol):
    """What edits need from the workspace."""

    root: Path
    events: EventFiles

    @property
    def history(self) -> History:
        """Earlier versions of files."""

    @property
    def trash(self) -> Trash:
        """Deleted functions and events."""

    def functions(self) -> tuple[FunctionConfiguration, ...]:
        """Return all functions, including those of nested templates."""

    def stacks(self) -> tuple[Stack, ...]:
        """Return the outermost stack and all that are nested in it."""

    def function(self, logical_id: str) -> FunctionConfiguration:
        """Return one function. Raises WorkspaceError if there is none with this logical ID."""

    def save(self, template: Template) -> None:
        """Write a template."""


class FunctionEdits:
    """The edits of functions as a whole; each is done completely or not at all.

    All calls block. They raise WorkspaceError, and InvalidInput for a name that is taken.
    """

    def __init__(self, home: Home) -> None:
        self._home = home

    def make(self, logical_id: str, starter_key: str) -> FunctionConfiguration:
        """Create a function from a starter, in the outermost template."""
        home = self._home
        template = home.stacks()[0].template
        _check_new(template, logical_id)
        chosen = starter(starter_key)
        folder = home.root / code_folders.folder_name(logical_id)
        after = with_function(template, logical_id, chosen.properties(folder.name))
        # The template goes last: whoever watches it then finds the code and the event that it names.
        code_folders.copy_folder(chosen.code_folder, folder)
        made = [folder]
        try:
            made.append(Path(home.events.save_new(folder.name, chosen.event()).path))
            home.save(after)
        except WorkspaceError:
            code_folders.unmake(made)
            raise
        return home.function(logical_id)

    def rename(self, logical_id: str, new_id: str, moved: Moved) -> FunctionConfiguration:
        """Change the logical ID within the same template; references, code folder and events follow."""
        from workbench.workspace.unfinished_moves import noted

        subject = _Subject(self._home, logical_id)
        _check_new(subject.template, new_id)
        after = renamed(subject.template, subject.own_id, new_id)
        moves = []
        target = subject.folder_after_rename(new_id)
        if target is not None:
            after = code_folders.with_code_folder(after, new_id, target.name)
            moves.append((subject.folder, target))
        events, new_events = (self._home.events.folder_of(name) for name in (subject.own_id, new_id))
        if events.is_dir() and not new_events.exists() and not subject.has_namesake():
            moves.append((events, new_events))
        with noted(self._home.root, subject.template, moves):
            self._save_with_moves(after, moves)
            for old, new in moves:
                self._home.history.follow(old, new)
        for old, new in moves:
            moved(old, new)
        return self._home.function(subject.stack.outside(new_id))

    def duplicate(self, logical_id: str, new_id: str) -> FunctionConfiguration:
        """Copy the function, right after itself, and its code too if it has a folder of its own."""
        subject = _Subject(self._home, logical_id)
        _check_new(subject.template, new_id)
        after = duplicated(subject.template, subject.own_id, new_id)
        made = []
        if subject.moves_with_code():
            source = subject.folder
            name = code_folders.renamed_folder(source.name, subject.own_id, new_id) or code_folders.folder_name(new_id)
            after = code_folders.with_code_folder(after, new_id, name)
            code_folders.copy_folder(source, source.with_name(name))
            made.append(source.with_name(name))
        try:
            self._home.save(after)
        except WorkspaceError:
            code_folders.unmake(made)
            raise
        return self._home.function(subject.stack.outside(new_id))

    def delete(self, logical_id: str, *, with_code: bool) -> TrashEntry:
        """Move the function and its outputs to the trash; `with_code`, also events and code folder that nothing else uses."""
        from workbench.workspace.deletions import delete_function

        home, subject = self._home, _Subject(self._home, logical_id)
        after = without(subject.template, subject.own_id)
        # Before anything is moved, like all checks that may refuse the deletion.
        subject.check_outputs(after)
        paths = [subject.folder] if with_code and subject.has_own_folder() else []
        if with_code and not subject.has_namesake():
            own = subject.own_id
            names = [event.name for event in home.events.list(own) if event.function == own]
            paths += [file for name in names for file in home.events.files_of(name)]
        entry = delete_function(home.trash, home.root, subject.template, logical_id, after, paths, home.save)
        with suppress(OSError):
            home.events.folder_of(logical_id).rmdir()  # if nothing is left in it
        return entry

    def _save_with_moves(self, template: Template, moves: list[tuple[Path, Path]]) -> None:
        """Move the folders and save the template, or do neither."""
        done: list[tuple[Path, Path]] = []
        try:
            for folder, target in moves:
                code_folders.move_folder(folder, target)
                done.append((folder, target))
            self._home.save(template)
        except WorkspaceError:
            for folder, target in reversed(done):
                code_folders.move_folder(target, folder)
            raise


class _Subject:
    """The function being edited, with the template that has it and all other functions."""

    def __init__(self, home: Home, logical_id: str) -> None:
        self._root = home.root
        self._stacks = {stack.path: stack for stack in home.stacks()}
        self.function = home.function(logical_id)
        path, _, self.own_id = logical_id.rpartition("/")
        self.stack = self._stacks[path]
        self.template = self.stack.template
        self.folder = Path(self.function.code_path)
        refused = made_by_loop(self.stack, self.own_id)
        if refused is not None:
            raise refused
        # A template that is nested twice has its functions twice, but in the text they are one function.
        self._others = [other for other in home.functions() if not self._is_same(other)]

    def _is_same(self, other: FunctionConfiguration) -> bool:
        path, _, own_id = other.logical_id.rpartition("/")
        return own_id == self.own_id and self._stacks[path].template.path == self.template.path

    def has_namesake(self) -> bool:
        """Whether another template has a function with this logical ID; both then share the folder of events."""
        return any(other.logical_id.rpartition("/")[2] == self.own_id for other in self._others)

    def has_own_folder(self) -> bool:
        """Whether the code folder holds neither another function's code nor a template."""
        if any(stack.template.path.is_relative_to(self.folder) for stack in self._stacks.values()):
            return False
        return code_folders.has_own_folder(self.function, self._others, self._root)

    def moves_with_code(self) -> bool:
        """Whether the code folder belongs only to this function and is named by a plain CodeUri of its own."""
        return isinstance(code_folders.code_uri(self.template, self.own_id), str) and self.has_own_folder()

    def folder_after_rename(self, new_id: str) -> Path | None:
        """Return the code folder's new path; None if it stays."""
        name = code_folders.renamed_folder(self.folder.name, self.own_id, new_id)
        if name is None or not self.moves_with_code() or (self.folder.parent / name).exists():
            return None
        return self.folder.with_name(name)

    def check_outputs(self, after: Template) -> None:
        """Raise WorkspaceError if a parent template needs an output that would be removed with the function."""
        gone = [name for name in self.template.section("Outputs") if name not in after.section("Outputs")]
        for stack in self._stacks.values() if gone else ():
            parent_path, _, child_id = stack.path.rpartition("/")
            if stack.path and stack.template.path == self.template.path:
                _check_unused(self._stacks[parent_path].template, child_id, self.own_id, gone)


def _check_unused(parent: Template, child_id: str, own_id: str, outputs: list[str]) -> None:
    names = re.compile(rf"""[\s.,"'\]-]*Outputs\.({"|".join(map(re.escape, outputs))})(?![A-Za-z0-9])""")
    for found in references(parent, child_id):
        used = names.match(parent.text, found.end)
        if used:
            needed = f"needs {child_id}'s output {used.group(1)} in {found.entry} (line {found.line + 1})"
            raise WorkspaceError(f"{own_id} cannot be deleted: {parent.path.name} {needed}.", "Remove this reference first.")


def _check_new(template: Template, logical_id: str) -> None:
    check_logical_id(logical_id)
    if logical_id in template.section("Resources") or logical_id in template.section("Parameters"):
        raise InvalidInput(f"{template.path.name} already has “{logical_id}”.", "Choose another name.")
