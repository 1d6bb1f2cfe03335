"""A template as CloudFormation sees it after its own transforms: Fn::ForEach unrolled, local AWS::Include snippets inserted.

Edits work on the template's text; reading works on the expanded template. Sources: CloudFormation template reference,
"Fn::ForEach", "AWS::LanguageExtensions transform", "AWS::Include transform", "Fn::Transform".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.workspace.intrinsics import Resolver
from workbench.workspace.logical_id import is_logical_id
from workbench.workspace.loops import LOOP, Loop, LoopError, with_identifier
from workbench.workspace.pseudo_parameters import PseudoParameters
from workbench.workspace.snippets import (
    has_language_extensions,
    included_location,
    snippet,
    top_level_includes,
    unknown_macros,
)
from workbench.workspace.template import Template
from workbench.workspace.yaml_nodes import Mapping as MappingNode

_MARKS = (LOOP, "AWS::Include")
_MOST_UNROLLED = 5_000
"""Five loops in one another could give billions. A template of CloudFormation may have 500 resources.

Source: CloudFormation guide, "Understand CloudFormation quotas".
"""
_MOST_NESTED = 5
"""CloudFormation's limit for nested loops; it also ends a snippet that includes itself."""


class Origin(msgspec.Struct, frozen=True):
    """The loop or snippet that a resource comes from if the template does not spell it out; `line` from 1, 0 if unknown."""

    what: str
    line: int

    def sentence(self, file_name: str, logical_id: str) -> str:
        """Say why the resource cannot be changed on its own."""
        place = f"{file_name}, line {self.line}" if self.line else file_name
        return f"{logical_id} comes from {self.what} ({place}) and cannot be changed on its own."


class ExpandedTemplate(msgspec.Struct, frozen=True):
    """A template without loops and local snippets. `origins` says where resources made by those come from, by logical ID."""

    path: Path
    data: dict[str, Any]
    origins: Mapping[str, Origin] = {}
    warnings: tuple[str, ...] = ()

    def section(self, name: str) -> dict[str, Any]:
        """Return a top-level section as plain data; {} if it is missing or empty."""
        return self.data.get(name) or {}


def expand(template: Template, pseudo: PseudoParameters) -> ExpandedTemplate:
    """Expand a template with the given values and the files on disk; problems become warnings. Blocks on reading files."""
    # Most templates have neither, and this is called for every reading.
    if not any(mark in template.text for mark in _MARKS):
        warnings = (*template.warnings, *unknown_macros(template.data))
        return ExpandedTemplate(template.path, template.data, warnings=warnings)
    return _Expansion(template, pseudo).result()


class _Expansion:
    """One template being expanded."""

    def __init__(self, template: Template, pseudo: PseudoParameters) -> None:
        self._template = template
        self._pseudo = pseudo
        self._unrolled = 0
        self._origins: dict[str, Origin] = {}
        self._warnings = [*template.warnings, *unknown_macros(template.data)]
        self._depth = 0
        self._resolver = Resolver(template.data, pseudo)

    def result(self) -> ExpandedTemplate:
        template = self._template
        data = self._with_top_level_includes(template.data)
        # Conditions are expanded first, because a loop's collection may depend on them.
        data = {**data, "Conditions": self._expanded(data.get("Conditions"))} if "Conditions" in data else data
        self._resolver = Resolver(data, self._pseudo)
        expanded = {name: self._section(name, value) for name, value in data.items()}
        return ExpandedTemplate(template.path, expanded, self._origins, tuple(dict.fromkeys(self._warnings)))

    def _section(self, name: str, value: Any) -> Any:
        if name != "Resources" or not isinstance(value, dict):
            return self._expanded(value)
        resources = {}
        for logical_id, resource, origin in self._pairs(value, None):
            resources[logical_id] = resource
            if origin is not None:
                self._origins[logical_id] = origin
                if not is_logical_id(logical_id):
                    self._warn(f"{origin.what} makes the resource {logical_id}; CloudFormation allows letters and digits only")
        return resources

    def _expanded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._expanded(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: item for key, item, _ in self._pairs(value, None)}

    def _pairs(self, value: dict[str, Any], origin: Origin | None) -> Iterator[tuple[str, Any, Origin | None]]:
        """Yield the map's pairs, each with its origin; loops and snippets are replaced by what they produce."""
        for key, item in value.items():
            if key.startswith(LOOP):
                yield from self._loop(key, item, origin)
            elif key == "Fn::Transform" and (content := self._included(item)) is not None:
                place = origin or Origin(f"the snippet {included_location(item)}", 0)
                yield from self._nested(content, place)
            else:
                yield key, self._expanded(item), origin

    def _nested(self, value: dict[str, Any], origin: Origin) -> Iterator[tuple[str, Any, Origin | None]]:
        self._depth += 1
        if self._depth <= _MOST_NESTED:
            yield from self._pairs(value, origin)
        else:
            self._warn(f"{origin.what} is nested more than {_MOST_NESTED} levels deep and is left out")
        self._depth -= 1

    def _loop(self, key: str, item: Any, origin: Origin | None) -> Iterator[tuple[str, Any, Origin | None]]:
        place = origin or Origin(f"the loop {key}", self._line(key))
        if not has_language_extensions(self._template.data):
            self._warn("CloudFormation unrolls loops (Fn::ForEach) only with Transform: AWS::LanguageExtensions")
        try:
            loop = Loop.read(item, self._resolver)
        except LoopError as error:
            self._warn(f"the loop {key} cannot be unrolled: {error}")
            return
        for value in loop.values:
            self._unrolled += 1
            if self._unrolled > _MOST_UNROLLED:
                self._warn(f"{place.what} is unrolled no further: its loops give more than {_MOST_UNROLLED} entries")
                return
            yield from self._nested(with_identifier(loop.body, loop.identifier, value), place)

    def _included(self, item: Any) -> dict[str, Any] | None:
        location = included_location(item)
        if location is None:
            return None
        try:
            return snippet(self._template.path.parent, self._resolver.resolve(location), self._pseudo.root)
        except WorkspaceError as error:
            self._warn(str(error))
            return None

    def _with_top_level_includes(self, data: dict[str, Any]) -> dict[str, Any]:
        for item in top_level_includes(data):
            for name, section in (self._included(item) or {}).items():
                own = data.get(name, section)
                data = {**data, name: {**section, **own} if isinstance(own, dict) and isinstance(section, dict) else own}
        return data

    def _line(self, key: str) -> int:
        resources = self._template.root.get("Resources")
        pair = resources.pair(key) if isinstance(resources, MappingNode) else None
        return pair.key.line + 1 if pair else 0

    def _warn(self, text: str) -> None:
        self._warnings.append(f"{self._template.path.name}: {text.rstrip('.')}.")
