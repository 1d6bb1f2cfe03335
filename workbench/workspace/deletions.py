"""Moves deleted functions and events to the workspace's trash, and restores them with their entry in the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace import code_folders
from workbench.workspace.template import Template
from workbench.workspace.template_restore import TemplateCut, with_restored
from workbench.workspace.trash import Trash, TrashEntry

SaveTemplate = Callable[[Template], None]


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored. `note` says what is not where it was, "" if everything is."""

    entry: TrashEntry
    files: tuple[Path, ...] = ()
    note: str = ""


def delete_function(trash: Trash, root: Path, template: Template, logical_id: str, after: Template,
                    paths: Sequence[Path], save: SaveTemplate) -> TrashEntry:
    """Write the template without the function, and keep the removed entry and its files in the trash. All or nothing.

    For a function of a nested template, the logical ID is preceded by the stack's path.
    """
    place = template.path.relative_to(root) if template.path.is_relative_to(root) else template.path
    own_id = logical_id.rpartition("/")[2]
    cut = TemplateCut(path=place.as_posix(), logical_id=own_id, before=template.text, after=after.text)
    # Files first: if we are killed in between, they can be restored, and the template still has the function.
    entry = trash.put("function", logical_id, paths, cut)
    try:
        save(after)
    except WorkspaceError:
        trash.take_back(entry)
        trash.forget(entry)
        raise
    return entry


def restore(trash: Trash, entry: TrashEntry, load: Callable[[TemplateCut], Template], save: SaveTemplate) -> Restored:
    """Restore a deletion without overwriting what is there now. All or nothing.

    Raises InvalidInput if the template again has a resource with this logical ID, WorkspaceError if it cannot be changed.
    """
    # First, because it may refuse, and nothing has been moved yet.
    after = _template_with(trash, entry, entry.template, load) if entry.template else None
    places = trash.take_back(entry)
    try:
        if after is not None and entry.template is not None:
            save(_pointed_at(after, entry.template.logical_id, places))
    except WorkspaceError:
        trash.put_back(entry, places)
        raise
    trash.forget(entry)
    return Restored(entry=entry, files=tuple(place for _, place in places), note=_note(places))


def _template_with(trash: Trash, entry: TrashEntry, cut: TemplateCut, load: Callable[[TemplateCut], Template]) -> Template:
    """Return the template with the function restored. If it is already there, its files must be missing, or it is another one."""
    template = load(cut)
    if cut.logical_id in template.section("Resources") and trash.is_in_the_way_of(entry):
        raise InvalidInput(f"{template.path.name} has “{cut.logical_id}” again, with its files.",
                           "Rename or delete that one, then restore this one.")
    return with_restored(template, cut)


def _pointed_at(template: Template, logical_id: str, places: Sequence[tuple[Path, Path]]) -> Template:
    """Return the template with the CodeUri changed if the code folder had to be restored under another name."""
    for original, place in places:
        if place != original and place.is_dir():  # events are files
            return code_folders.with_code_folder(template, logical_id, place.name)
    return template


def _note(places: Sequence[tuple[Path, Path]]) -> str:
    others = [f"{place.name}, because there is now another {original.name}" for original, place in places if place != original]
    return f"It is in {' and '.join(others)}." if others else ""
