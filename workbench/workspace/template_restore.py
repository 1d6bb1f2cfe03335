"""Puts a deleted function back into a template that may have changed in the meantime."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.merge import merged
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import set_value
from workbench.workspace.yaml_nodes import Mapping, Pair


class TemplateCut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a deletion did to a template: its text before and after."""

    path: str
    """The template's path relative to the workspace (absolute outside it), with forward slashes."""
    logical_id: str
    before: str
    after: str


def with_restored(template: Template, cut: TemplateCut) -> Template:
    """Return the template with the deleted resource and its outputs restored, with their old text and if possible in place.

    A template that has not been changed since is as before, byte for byte. If it was changed elsewhere, both changes are kept; if
    it was changed in the same place, the entry goes to the end of its section. An entry that is there again as it was stays.
    Raises InvalidInput if there is another resource with this logical ID.
    """
    if template.text in (cut.after, cut.before):
        return template.with_text(cut.before)
    before = template.with_text(cut.before)
    present = template.section("Resources").get(cut.logical_id)
    if present is not None and present != before.section("Resources").get(cut.logical_id):
        raise InvalidInput(f"{template.path.name} again has a resource “{cut.logical_id}”.",
                           "Rename or delete that one, then restore this one.")
    entries = _entries(template, before, cut)
    return _merged(template, cut, entries) or _appended(template, before, entries)


Entries = list[tuple[str, str, Any]]
"""Section, name and plain data of each entry."""


def _entries(template: Template, before: Template, cut: TemplateCut) -> Entries:
    after = template.with_text(cut.after)
    gone = [(section, name) for section in ("Resources", "Outputs") for name in before.section(section)
            if name not in after.section(section) and name not in template.section(section)]
    return [(section, name, before.section(section)[name]) for section, name in gone]


def _merged(template: Template, cut: TemplateCut, entries: Entries) -> Template | None:
    text = merged(cut.after, template.text, cut.before)
    return _proven(template, text, entries) if text is not None else None


def _proven(template: Template, text: str, entries: Entries) -> Template | None:
    """Parse the text; None unless it means exactly the present template plus the entries."""
    expected = dict(template.data)
    for section, name, meaning in entries:
        expected[section] = {**(expected.get(section) or {}), name: meaning}
    try:
        changed = template.with_text(text)
    except WorkspaceError:
        return None
    return changed if changed.data == expected else None


def _appended(template: Template, before: Template, entries: Entries) -> Template:
    for section, name, meaning in entries:
        text = _with_block(template, section, _block(before, section, name))
        changed = _proven(template, text, [(section, name, meaning)]) if text else None
        template = changed or set_value(template, (section, name), meaning)
    return template


def _block(template: Template, section: str, name: str) -> list[str]:
    """Return the lines of an entry and of the comments right above it, without indentation; [] if it is not in block style."""
    owner = template.root.get(section)
    pair = owner.pair(name) if isinstance(owner, Mapping) and not owner.flow else None
    if pair is None:
        return []
    start = template.text.rfind("\n", 0, pair.key.start) + 1
    end = template.text.find("\n", pair.content_end(template.text))  # a comment at the end of its last line belongs to it
    lines = template.text[start : end if end >= 0 else None].rstrip().splitlines()
    for line in reversed(template.text[:start].splitlines()):
        if not _is_comment_at(line, pair):
            break
        lines.insert(0, line)
    return [line[pair.key.column :] if not line[: pair.key.column].strip() else line for line in lines]


def _is_comment_at(line: str, pair: Pair) -> bool:
    return line[: pair.key.column].strip() == "" and line[pair.key.column : pair.key.column + 1] == "#"


def _with_block(template: Template, section: str, lines: list[str]) -> str:
    """Return the text with the lines after the last entry of a section; "" if the section is not in block style."""
    owner = template.root.get(section)
    if not lines or not isinstance(owner, Mapping) or owner.flow or not owner.pairs:
        return ""
    end = template.text.find("\n", owner.pairs[-1].content_end(template.text))
    end = len(template.text) if end < 0 else end - template.text[:end].endswith("\r")
    indent, gap = " " * owner.pairs[0].key.column, template.line_end
    block = "".join(f"{gap}{indent}{line}" if line.strip() else gap for line in lines)
    return template.text[:end] + gap + block + template.text[end:]
