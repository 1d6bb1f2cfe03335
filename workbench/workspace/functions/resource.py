"""A function's resource while it is being read: its resolved settings, and what was found to be wrong or unknown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbench.model.function import UnknownValue
from workbench.workspace.functions.properties import PLAIN_LAMBDA, SERVERLESS, merge_globals, own_properties, shared_properties
from workbench.workspace.intrinsics import Resolver, Unresolved, as_text
from workbench.workspace.template import TemplateView
from workbench.workspace.unresolved import unknowns_in

_LONGEST_SENTENCE = 600


class FunctionResource:
    """A resource of a function type. Collects sentences in `problems` and values that cannot be known in `unknown`."""

    def __init__(self, template: TemplateView, resolver: Resolver, logical_id: str) -> None:
        self.template = template
        self.template_path = template.path
        self.folder = template.path.parent.resolve()
        self.resolver = resolver
        self.logical_id = logical_id
        self.resources = template.section("Resources")
        self.properties: dict[str, Any] = merge_globals(
            shared_properties(template, logical_id), own_properties(template, logical_id))
        self.problems: list[str] = []
        self.unknown: list[UnknownValue] = []
        self._resource = self.resources[logical_id]

    @property
    def kind(self) -> str:
        """AWS::Serverless::Function or AWS::Lambda::Function."""
        return SERVERLESS if self._resource.get("Type") == SERVERLESS else PLAIN_LAMBDA

    @property
    def code_property(self) -> str:
        """The property that says where the code is."""
        return "CodeUri" if self.kind == SERVERLESS else "Code"

    def setting(self, name: str) -> Any:
        """Return a property with Globals merged and intrinsics resolved; None if not set, `Unresolved` if unknown."""
        return self.resolver.resolve(self.properties.get(name))

    def known(self, name: str) -> Any:
        """Return a property like `setting`, but None for an unknown value, which is noted in `unknown`."""
        value = self.setting(name)
        return self.without_unknown(value, name)

    def without_unknown(self, value: Any, place: str) -> Any:
        """Return the value, or None after noting in `unknown` that it is not known; `place` is where it is used."""
        if not isinstance(value, Unresolved):
            return value
        self.unknown.extend(unknown_values(value, place))
        return None

    def text(self, name: str) -> str:
        """Return a text property; "" if it is not set or not known, which is noted."""
        return as_text(self.known(name))

    def metadata(self) -> dict[str, Any]:
        """Return the resource's Metadata, resolved; {} if it has none that can be read."""
        return resolved_metadata(self._resource, self.resolver)

    def path(self, location: str) -> Path:
        """Make a path in the template absolute; relative ones start at the template's folder, as in SAM."""
        return absolute(self.folder, location)


def absolute(folder: Path, location: str) -> Path:
    """Make a path absolute, relative to the template's folder; links are resolved if it exists."""
    path = folder / location.replace("\0", "\N{SYMBOL FOR NULL}")  # no system call accepts a NUL; no file has this name
    return path.resolve() if os.path.exists(path) else path


def too_wide(path: Path, location: str, property_name: str) -> str:
    """Return the problem if content is a whole disk or home folder, which must never be searched; "" for any other."""
    wide = "the whole disk" if path == Path(path.anchor) else "your home folder" if path == Path.home() else ""
    return f"{property_name} {location} is {wide}; name the folder of the code." if wide else ""


def shortened(sentence: str) -> str:
    """Shorten a sentence that quotes the template, whose values may be of any length."""
    half = _LONGEST_SENTENCE // 2
    return sentence if len(sentence) <= _LONGEST_SENTENCE else f"{sentence[:half]} … {sentence[-half:]}"


def resolved_metadata(resource: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    """Return a resource's Metadata with its intrinsics resolved; {} if it has none that can be read."""
    metadata = resolver.resolve(resource.get("Metadata"))
    return metadata if isinstance(metadata, dict) else {}


def unknown_values(value: Unresolved, place: str) -> tuple[UnknownValue, ...]:
    """Return everything that keeps a value from being known, with the place where the value is used."""
    unknowns = unknowns_in(value)
    return tuple(UnknownValue(place=place, what=unknown.what, key=unknown.key) for unknown in unknowns) or (
        UnknownValue(place=place, what=value.text.removeprefix("<unresolved: ").removesuffix(">")),)


def cause(value: Unresolved) -> str:
    """Say why a value is not known and how to supply it, as the end of a sentence: `parameter Stage has no value here. …`."""
    unknowns = unknown_values(value, "")
    said = " and ".join(dict.fromkeys(unknown.what for unknown in unknowns))
    keys = [unknown.key for unknown in unknowns if unknown.key]
    advice = f" Give it under Parameters and values (workbench values set {keys[0]} …)." if keys else ""
    return f"{said} has no value here.{advice}"
