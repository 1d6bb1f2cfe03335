"""A template and the local templates nested in it, as stacks: parents pass parameters down, children return outputs.

Source: CloudFormation template reference, "AWS::CloudFormation::Stack"; SAM guide, "AWS::Serverless::Application".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.workspace.expansion import expand
from workbench.workspace.functions.resource import absolute, resolved_metadata
from workbench.workspace.intrinsics import PseudoParameters, Resolver, as_text
from workbench.workspace.outside_files import left_out, may_read
from workbench.workspace.template import Template
from workbench.workspace.unresolved import GivenValues, Unknown, Unresolved, unknowns_in

LOCATIONS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The types that nest a template, and the property that says where the template is."""

MAX_DEPTH = 10
MOST_READINGS = 2_000
"""How many nested templates are read for one workspace, each as often as its parent's outputs change: templates that nest several
others each, ten levels deep, would be read for hours.
"""
_ROUNDS = 5
"""How many times outputs are resolved, because an output of one nested stack may be a parameter of the next."""

_OF_ALL_STACKS = ("ssm:", "import:", "resolve:")
_REMOTE = ("s3://", "https://", "http://")


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """One stack. `path` is "" for the outermost, else the logical IDs on the way to it (`Child/Inner`).

    `handed` are the parameters whose values the parent sets but that are unknown, with the reasons.
    """

    path: str
    template: Template
    pseudo: PseudoParameters
    handed: Mapping[str, tuple[Unknown, ...]] = msgspec.field(default_factory=dict)

    def outside(self, logical_id: str) -> str:
        """Return a resource's logical ID as seen from the outermost template: `Child/Function`."""
        return f"{self.path}/{logical_id}" if self.path else logical_id

    def seen_from_outside(self, unknown: Unknown) -> tuple[Unknown, ...]:
        """Return what a person has to supply to the outermost template for something that is unknown in this one."""
        if unknown.key in self.handed:
            return self.handed[unknown.key]
        if not self.path or not unknown.key or unknown.key.startswith(_OF_ALL_STACKS):
            return (unknown,)
        return (msgspec.structs.replace(unknown, what=f"{unknown.what} of {self.path}", key=f"{self.path}/{unknown.key}"),)


class Stacks(msgspec.Struct, frozen=True):
    """All stacks, the outermost first; `notices` say which nested templates are left out and why."""

    all: tuple[Stack, ...]
    notices: tuple[str, ...] = ()


def stacks_of(template: Template, pseudo: PseudoParameters, load: Callable[[Path], Template]) -> Stacks:
    """Return the template's stack and all nested ones. `load` reads a template's file. Blocks."""
    readings = iter(range(MOST_READINGS))

    def load_bounded(path: Path) -> Template:
        if next(readings, None) is None:
            raise WorkspaceError(f"More than {MOST_READINGS} nested templates would be read.", "Open one of them by itself.")
        return load(path)

    return _grown(Stack(path="", template=template, pseudo=pseudo), load_bounded, (template.path.resolve(),))


def _grown(stack: Stack, load: Callable[[Path], Template], above: tuple[Path, ...]) -> Stacks:
    resources = stack.template.section("Resources").values()
    if not any(map(_nests, resources)):
        return Stacks((stack,))
    outputs: dict[str, str] = {}
    for _ in range(_ROUNDS):
        own = msgspec.structs.replace(stack, pseudo=_with_others(stack.pseudo, outputs))
        children = _Children(own, load, above)
        # Everything is read again with the outputs known so far, so only the last round's stacks and notices count.
        children.read()
        if children.outputs == outputs:
            break
        outputs = children.outputs
    return Stacks((own, *children.stacks), tuple(children.notices))


class _Children:
    """The stacks nested in one stack, at any depth."""

    def __init__(self, parent: Stack, load: Callable[[Path], Template], above: tuple[Path, ...]) -> None:
        self.stacks: list[Stack] = []
        self.outputs: dict[str, str] = {}
        self.notices: list[str] = []
        self._parent = parent
        self._load = load
        self._above = above
        self._meant = expand(parent.template, parent.pseudo)
        self._resolver = Resolver(self._meant.data, parent.pseudo)

    def read(self) -> None:
        for name, resource in self._meant.section("Resources").items():
            if _nests(resource) and self._resolver.exists(name) is not False:
                self._read_child(str(name), resource)

    def _read_child(self, name: str, resource: dict[str, Any]) -> None:
        path = self._path(name, resource)
        if path is None:
            return
        try:
            template = self._load(path)
        except WorkspaceError as error:
            self.notices.append(f"{name} is left out: {error.message}")
            return
        grown = _grown(self._child(name, resource, template), self._load, (*self._above, path))
        self.stacks += grown.all
        self.notices += grown.notices
        self.outputs |= {f"{name}.Outputs.{key}": value for key, value in _outputs(grown.all[0]).items()}

    def _path(self, name: str, resource: dict[str, Any]) -> Path | None:
        """Return the nested template's file; None after noting why it is left out."""
        location = self._location(resource)
        if not isinstance(location, str) or location.startswith(_REMOTE):
            self.notices.append(f"{name} is left out: its template is not on this machine. Its functions cannot be run here.")
            return None
        path = absolute(self._parent.template.path.parent, location)
        if not os.path.isfile(path):
            self.notices.append(f"{name} is left out: its template {location} does not exist.")
        elif not may_read(self._parent.pseudo.root, path):
            self.notices.append(left_out(f"{name}, with its template {location},"))
        elif path in self._above or len(self._above) > MAX_DEPTH:
            self.notices.append(f"{name} is left out: its template {location} nests itself.")
        else:
            return path
        return None

    def _location(self, resource: dict[str, Any]) -> Any:
        # CDK's TemplateURL leads to its asset bucket; the local file is in Metadata.
        asset = resolved_metadata(resource, self._resolver).get("aws:asset:path")
        properties = self._resolver.resolve(resource.get("Properties"))
        located = properties.get(LOCATIONS[resource["Type"]]) if isinstance(properties, dict) else None
        return asset if isinstance(asset, str) else located

    def _child(self, name: str, resource: dict[str, Any], template: Template) -> Stack:
        parent = self._parent
        properties = self._resolver.resolve(resource.get("Properties"))
        handed = properties.get("Parameters") if isinstance(properties, dict) else None
        values = handed if isinstance(handed, dict) else {}
        unknown = {key: tuple(seen for each in unknowns_in(value) for seen in parent.seen_from_outside(each))
                   for key, value in values.items() if isinstance(value, Unresolved) or unknowns_in(value)}
        known = {key: as_text(value) for key, value in values.items() if key not in unknown}
        others = parent.pseudo.given.others
        # What a person gave for this child and its own children. SSM parameters and exports are the same for all stacks.
        below = {key.removeprefix(f"{name}/"): value for key, value in others.items()
                 if key.startswith((f"{name}/", *_OF_ALL_STACKS))}
        pseudo = msgspec.structs.replace(parent.pseudo, stack_name=f"{parent.pseudo.stack_name}-{name}",
                                         given=GivenValues(parameters=known, others=below))
        path = f"{parent.path}/{name}" if parent.path else name
        return Stack(path=path, template=template, pseudo=pseudo, handed=unknown)


def _nests(resource: Any) -> bool:
    """Whether the resource is a nested template."""
    kind = resource.get("Type") if isinstance(resource, dict) else None
    return isinstance(kind, str) and kind in LOCATIONS


def _outputs(stack: Stack) -> dict[str, str]:
    """Return the stack's outputs whose values are known."""
    meant = expand(stack.template, stack.pseudo)
    resolver = Resolver(meant.data, stack.pseudo)
    declared = {name: resolver.resolve(output.get("Value")) for name, output in meant.section("Outputs").items()
                if isinstance(output, dict)}
    return {name: as_text(value) for name, value in declared.items() if not unknowns_in(value)}


def _with_others(pseudo: PseudoParameters, outputs: dict[str, str]) -> PseudoParameters:
    """Add outputs to the given values; a value given by a person takes precedence over a resolved output."""
    given = msgspec.structs.replace(pseudo.given, others={**outputs, **pseudo.given.others})
    return msgspec.structs.replace(pseudo, given=given)
