"""A workspace: a SAM application on disk, its functions, and the edits that a person makes to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.workspace.events import EventFile, EventFiles
from workbench.workspace.function_changes import FunctionChanges, changed_template
from workbench.workspace.function_edits import FunctionEdits
from workbench.workspace.function_reader import Remarks, remarks
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.locating.locate import folder_and_template, locate, missing_environment
from workbench.workspace.locating.options import Options, remember
from workbench.workspace.nested.functions import shared_names
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.stack_location import stack_location
from workbench.workspace.state_directory import MOVES, existing_state_directory
from workbench.workspace.template import Template
from workbench.workspace.template_files import TemplateFiles
from workbench.workspace.unforeseen import told_as_the_templates
from workbench.workspace.values.asked import AskedValue, asked_values
from workbench.workspace.values.inputs import Inputs, read_inputs
from workbench.workspace.values.values_file import section_of, write_value

if TYPE_CHECKING:  # imported at run time only once something is deleted or written
    from workbench.workspace.deletions import Restored
    from workbench.workspace.history import History
    from workbench.workspace.trash import Trash, TrashEntry


def _unheard(_old: Path, _new: Path) -> None:
    return


class Workspace:
    """A folder with template.yaml, code and events. No content is cached: every call reads the disk. All calls block.

    Not for use from several threads at once. All methods raise WorkspaceError if a file operation fails.
    """

    def __init__(self, root: Path, pseudo: PseudoParameters | None, options: Options) -> None:
        """Use `Workspace.open` instead, which checks the folder."""
        self.root = root
        self._options = options
        self.events = EventFiles(root, self._write)
        self._place = pseudo
        self._files = TemplateFiles()

    @classmethod
    def open(cls, root: Path, pseudo: PseudoParameters | None = None, options: Options | None = None) -> Workspace:
        """Open the workspace in a folder, or that of a template file. `options` override what was chosen earlier.

        A rename that was cut short by a kill is put back first, whoever opens it.
        Raises WorkspaceError if the folder or a template in it is missing, TemplateNotChosen if there are several templates.
        A template with errors can be opened: `functions` then says what is wrong, and the person can correct it.
        """
        resolved, named = folder_and_template(root.expanduser().resolve())
        if not resolved.is_dir():
            raise WorkspaceError(f"The folder {root} does not exist.", "Choose a folder, or create a new workspace.")
        chosen = (options or Options()).over(Options(template=named))
        locate(resolved, chosen)
        opened = cls(resolved, pseudo, chosen)
        opened._settle()
        return opened

    def _settle(self) -> None:
        """Put back what a killed program moved without saving the template. Nearly always there is nothing to do."""
        folder = existing_state_directory(self.root)
        if folder is not None and (folder / MOVES).exists():
            from workbench.workspace.unfinished_moves import settle

            settle(folder, self.history)

    @cached_property
    def history(self) -> History:
        """Earlier versions of the files written here."""
        from workbench.workspace.history import History

        return History(self.root)

    @cached_property
    def trash(self) -> Trash:
        """Deleted functions and events."""
        from workbench.workspace.trash import Trash

        return Trash(self.root)

    @property
    def name(self) -> str:
        """The workspace's name, which is its folder's."""
        return self.root.name or str(self.root)

    @property
    def template_path(self) -> Path:
        """The absolute path of the template."""
        return locate(self.root, self._options).template

    def inputs(self) -> Inputs:
        """Read what affects the template's meaning: choices, samconfig, given values. Raises WorkspaceError."""
        return read_inputs(self.root, self._options)

    def asked_values(self) -> tuple[AskedValue, ...]:
        """Return the template's parameters and all other values that a person can supply. Raises WorkspaceError."""
        with told_as_the_templates(self.name):
            return asked_values(self.inputs(), self._pseudo, self._files)

    def give(self, key: str, value: str | None) -> None:
        """Save a value for a parameter, or another key of `asked_values`; None removes it.

        Raises WorkspaceError, and InvalidInput for an unknown key or a value that is not allowed.
        """
        asked = next((asked for asked in self.asked_values() if asked.key == key), None)
        if asked is None and value is not None:
            raise InvalidInput(f"{self.template_path.name} does not ask for a value {key}.",
                               "'workbench values' shows what it asks for.")
        if asked is not None and value is not None:
            asked.check(value)
        write_value(self.root, asked.section if asked is not None else section_of(key), key, value)

    def choose(self, options: Options) -> None:
        """Save these choices for the next time the workspace is opened, replacing earlier ones. Raises WorkspaceError."""
        locate(self.root, options)
        remember(self.root, options)
        # Only parameters are kept in memory. The rest is read from the state folder each time, so a later choice there counts.
        self._options = Options(parameters=self._options.parameters)

    def functions(self) -> tuple[FunctionConfiguration, ...]:
        """Return the functions as they are on disk now, in the template's order. Raises WorkspaceError for a broken template."""
        with told_as_the_templates(self.name):
            return self.inputs().functions(self._pseudo, self._files)

    def stacks(self) -> tuple[Stack, ...]:
        """Return the template's stack and all nested ones, the outermost first. Raises WorkspaceError for a broken template."""
        return self.inputs().stacks(self._pseudo, self._files).all

    def template_paths(self) -> tuple[Path, ...]:
        """Return the paths of the template and of local nested ones, each once, the outermost first. Raises WorkspaceError."""
        return tuple(dict.fromkeys(stack.template.path for stack in self.stacks()))

    def template_of(self, logical_id: str) -> Path:
        """Return the file that defines a function: the template, or a nested one. Raises WorkspaceError."""
        return self._stack_of(logical_id)[0].template.path

    def left_out(self) -> tuple[str, ...]:
        """Return sentences on nested templates that cannot be read because they are missing or broken. Raises WorkspaceError."""
        return self.inputs().stacks(self._pseudo, self._files).notices

    def remarks(self, functions: Iterable[FunctionConfiguration] = ()) -> Remarks:
        """Return what a person should know about the templates that is not part of a function, such as names used twice.

        `functions` are checked for names that several of them have. Raises WorkspaceError.
        """
        with told_as_the_templates(self.name):
            inputs = self.inputs()
            stacks = inputs.stacks(self._pseudo, self._files)
            found = [(stack, remarks(stack.template, stack.pseudo)) for stack in stacks.all]
        missing = missing_environment(inputs.located)
        of_templates = (warning for _, said in found for warning in said.warnings)
        warnings = (*filter(None, [missing]), *inputs.notices, *of_templates, *stacks.notices, *shared_names(functions))
        return Remarks(warnings, {stack.outside(name): why for stack, said in found for name, why in said.absent.items()})

    def function(self, logical_id: str) -> FunctionConfiguration:
        """Return one function. Raises WorkspaceError if there is none with this logical ID."""
        found = next((function for function in self.functions() if function.logical_id == logical_id), None)
        if found is None:
            raise WorkspaceError(f"{self.template_path.name} has no function {logical_id}.", "Reload the list of functions.")
        return found

    def change(self, logical_id: str, changes: FunctionChanges) -> FunctionConfiguration:
        """Write only what differs into the template, and return the function as it is then.

        Raises InvalidInput for values that Lambda would refuse; WorkspaceError if the template cannot be changed or written.
        """
        self.function(logical_id)  # raises if there is none: `_stack_of` only looks for the stack
        stack, own_id = self._stack_of(logical_id)
        after = changed_template(stack.template, own_id, self.inputs().as_written(changes, stack, own_id), stack.pseudo)
        if after.text != stack.template.text:
            self.save(after)
        return self.function(logical_id)

    def new_function(self, logical_id: str, starter_key: str) -> FunctionConfiguration:
        """Create a function from a starter: its code in a folder of its own, its sample event, its entry in the template."""
        return self._edits.make(logical_id, starter_key)

    def rename(self, logical_id: str, new_id: str, *, moved: Callable[[Path, Path], object] = _unheard) -> FunctionConfiguration:
        """Change a function's logical ID; references follow, and so does its code folder if it is named after the function.

        `moved` is called with the old and new path of each moved folder. If it fails, nothing has changed. `new_id` has no stack
        path, because a function of a nested template stays in that template.
        """
        return self._edits.rename(logical_id, new_id, moved)

    def duplicate(self, logical_id: str, new_id: str) -> FunctionConfiguration:
        """Copy a function, right after itself; its code too, unless its folder is shared or it has no CodeUri of its own."""
        return self._edits.duplicate(logical_id, new_id)

    def delete(self, logical_id: str, *, with_code: bool = False) -> TrashEntry:
        """Move a function to the trash: its entry and outputs in the template, and `with_code` its events and code folder.

        The code folder stays if other functions use it. Raises WorkspaceError if other resources still refer to the function.
        """
        return self._edits.delete(logical_id, with_code=with_code)

    def rename_event(self, name: str, new_name: str, *, moved: Callable[[Path, Path], object] = _unheard) -> EventFile:
        """Rename or move an event. Calls `moved` with its file's old and new path. Raises InvalidInput if the name is taken."""
        before = self.events.path_of(name)
        renamed = self.events.rename(name, new_name)
        self.history.follow(before, Path(renamed.path))
        moved(before, Path(renamed.path))
        return renamed

    def delete_event(self, name: str) -> TrashEntry:
        """Move an event's file to the trash, with what it expects; its folder stays."""
        return self.trash.put("event", name, self.events.files_of(name))

    def restore(self, entry_id: str) -> Restored:
        """Restore a deletion, by the entry's ID or the newest one with a name. Never overwrites what is there now.

        The template's entry gets its old text, in its old place unless that was changed since. Raises InvalidInput if there is a
        resource with this logical ID again.
        """
        from workbench.workspace.deletions import restore

        return restore(self.trash, self.trash.entry(entry_id), lambda cut: self._template(self.root / cut.path), self.save)

    @cached_property
    def _edits(self) -> FunctionEdits:
        return FunctionEdits(self)

    def _stack_of(self, logical_id: str) -> tuple[Stack, str]:
        """Return the stack that has the function, and its logical ID there. Raises WorkspaceError if there is no such stack."""
        path, _, own_id = logical_id.rpartition("/")
        stack = next((each for each in self.stacks() if each.path == path), None)
        if stack is None:
            raise WorkspaceError(f"{self.template_path.name} has no nested stack {path}.", "Reload the list of functions.")
        return stack, own_id

    # --- the template

    def hold_templates(self) -> None:
        """From now on, read each template once, so that everything this tells of them is of one moment."""
        self._files.hold()

    def is_emptied(self) -> bool:
        """Whether there is nothing in the template's file, as for a moment while an editor saves it. Raises WorkspaceError."""
        return not self._template().text.strip()

    @property
    def _pseudo(self) -> PseudoParameters:
        """The pseudo parameters that the caller gave, else those of the workspace's present settings."""
        return self._place or stack_location(self.root)

    def _template(self, path: Path | None = None) -> Template:
        """Return the template as it is on disk; parsed again only if its bytes have changed."""
        return self._files.read(path or self.template_path)

    def save(self, template: Template) -> None:
        """Write a template of the workspace, keeping the version it replaces. Raises WorkspaceError."""
        template.save(self._write)

    def _write(self, path: Path, content: bytes) -> None:
        self.history.write(path, content)
