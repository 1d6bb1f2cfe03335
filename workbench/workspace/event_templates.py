"""Sample events of AWS services: JSON files whose placeholders are filled in with a person's values.

A template file holds `{id, title, service, description, source, parameters, event}`. Its `event` is JSON in which

    "{{name}}"            is the value of parameter `name`, alone or inside a longer text
    "{{name|int|...}}"    is that value passed through filters (template_filters.py), left to right: {{data|gzip|base64}}.
                          Alone in a string, the result keeps its type, so "{{count|int}}" becomes a number and
                          "{{body|or_omit}}" removes the member if the body is empty (in a list, the item)
    {{now}} {{uuid}}      are the time of building (use with iso, iso_ms, epoch_s, epoch_ms, ...) and a new UUID each time
    {{index}} {{sequence}} are, in a repeat, the number of the record from 0, and 19 digits that increase with each record

and in which these kinds of key direct the building:

    "member {{if name=value}}": ...       includes the member only if the parameter has that value
    "member {{unless name=value}}": ...   includes it only if it does not
    [{"{{repeat name}}": item}]           gives one item per number below an integer parameter, or per line of a
                                          multi-line one; {{item}} is that number or line
    {"{{as json|gzip|base64}}": value}    is the value, built and passed through filters, such as JSON in a string

In a repeat, the text {{index}} in a person's own value also becomes the number of the record ("Order {{index}}").
Building does no I/O; with the same clock and the same IDs, it gives the same event.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.resource_files import resource_path
from workbench.workspace.template_filters import FILTERS, OMITTED

_PLACEHOLDER = re.compile(r"\{\{(?P<name>\w+)(?P<filters>(?:\|\w+)*)\}\}")
_CONDITION = re.compile(r"(?P<member>.+) \{\{(?P<kind>if|unless) (?P<name>\w+)=(?P<value>[^}]*)\}\}")
_REPEAT = re.compile(r"\{\{repeat (?P<name>\w+)\}\}")
_AS = re.compile(r"\{\{as (?P<filters>\w+(?:\|\w+)*)\}\}")

Clock = Callable[[], datetime]
NewId = Callable[[], uuid.UUID]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that a person can set. `minimum` and `maximum` bound an integer."""

    name: str
    label: str
    type: Literal["text", "integer", "choice", "json", "multiline"]
    default: str
    choices: tuple[str, ...] = ()
    help: str = ""
    minimum: int = 0
    # Up to here, readers of JSON that store numbers as doubles, such as JavaScript, are exact.
    maximum: int = 2**53

    def check(self, value: str) -> None:
        """Raise InvalidInput, naming the parameter, if the value is not of its type."""
        if self.type == "integer":
            self._check_integer(value)
        if self.type == "choice" and value not in self.choices:
            raise InvalidInput(f"{self.label}: {value!r} is not one of the choices.", f"Choose one of {', '.join(self.choices)}.")
        if self.type == "json":
            self.apply("parse", value)

    def _check_integer(self, value: str) -> None:
        number = self.apply("int", value)
        if not self.minimum <= number <= self.maximum:
            raise InvalidInput(f"{self.label}: {number} is out of range.",
                               f"Enter a number from {self.minimum:,} to {self.maximum:,}.")

    def apply(self, filter_name: str, value: Any) -> Any:
        """Pass the value through a filter. Raises InvalidInput, naming the parameter, if the filter cannot handle it."""
        try:
            return FILTERS[filter_name](value)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            # Exactly ValueError, which our filters raise with words for people. Its subclasses come from libraries.
            reason = str(error) if type(error) is ValueError else "does not have the form this event needs"
            raise InvalidInput(f"{self.label}: the value {reason}.", self.help or f"The default is {self.default!r}.") from error


class EventTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sample event of one service. `source` names where its shape is documented."""

    id: str
    title: str
    service: str
    description: str
    source: str
    parameters: tuple[Parameter, ...]
    event: dict[str, Any]

    def build(self, values: Mapping[str, str], *, clock: Clock = _utc_now, new_id: NewId = uuid.uuid4) -> dict[str, Any]:
        """Build the event with these values; parameters that are not given have their defaults. `clock` returns a time in UTC.

        Raises InvalidInput, naming the parameter, for a wrong value or a parameter that this template does not have.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise InvalidInput(f"{self.title} has no parameter {name!r}.", f"It has {', '.join(known) or 'none'}.")
        given = {name: values.get(name, parameter.default) for name, parameter in known.items()}
        for name, value in given.items():
            known[name].check(value)
        built: dict[str, Any] = _Building(known, given, clock(), new_id).build(self.event)
        return built


class _Building:
    """An event being built: the parameters and their values, the time, and the current record of a repeat."""

    def __init__(self, parameters: Mapping[str, Parameter], values: Mapping[str, str], now: datetime, new_id: NewId) -> None:
        self._parameters = parameters
        self._values = values
        self._now = now
        self._new_id = new_id
        self._index = 0
        self._item: str | None = None

    def build(self, node: Any) -> Any:
        """Build the part of the event that a part of the template stands for."""
        if isinstance(node, str):
            return self._text(node)
        if isinstance(node, list):
            return [item for child in node for item in self._items(child) if item is not OMITTED]
        return self._object(node) if isinstance(node, dict) else node

    def _object(self, node: dict[str, Any]) -> Any:
        for key, child in node.items():
            if directive := _AS.fullmatch(key):
                return self._filtered(self.build(child), directive["filters"].split("|"), None)
        members = ((self._member(key), child) for key, child in node.items())
        built = {name: self.build(child) for name, child in members if name}
        return {name: value for name, value in built.items() if value is not OMITTED}

    def _member(self, key: str) -> str:
        """Return the member's name, "" if its condition does not hold."""
        condition = _CONDITION.fullmatch(key)
        if not condition:
            return str(self._text(key))
        holds = (self._values[condition["name"]] == condition["value"]) == (condition["kind"] == "if")
        return condition["member"] if holds else ""

    def _items(self, child: Any) -> Iterator[Any]:
        """Yield the list items that one child stands for: itself, or what it repeats."""
        key = next(iter(child), "") if isinstance(child, dict) else ""
        directive = _REPEAT.fullmatch(key)
        if not directive:
            yield self.build(child)
            return
        for index, item in enumerate(self._repeated(directive["name"])):
            self._index, self._item = index, item
            yield self.build(child[key])
        self._index, self._item = 0, None

    def _repeated(self, name: str) -> list[str]:
        value = self._values[name]
        if self._parameters[name].type == "integer":
            return [str(number) for number in range(int(value))]
        return [line for line in value.splitlines() if line.strip()]

    def _text(self, text: str) -> Any:
        whole = _PLACEHOLDER.fullmatch(text)
        return self._value(whole) if whole else _PLACEHOLDER.sub(lambda part: str(self._value(part)), text)

    def _value(self, placeholder: re.Match[str]) -> Any:
        name, filters = placeholder["name"], placeholder["filters"].split("|")[1:]
        return self._filtered(self._named(name), filters, self._parameters.get(name))

    def _named(self, name: str) -> Any:
        if name in self._values:
            value = self._values[name]
            return value if self._item is None else value.replace("{{index}}", str(self._index))
        built_in: dict[str, Callable[[], Any]] = {
            "now": lambda: self._now,
            "uuid": lambda: str(self._new_id()),
            "index": lambda: self._index,
            "item": lambda: self._item,
            "sequence": lambda: f"{FILTERS['epoch_ms'](self._now):013d}{self._index:06d}",
        }
        return built_in[name]()

    def _filtered(self, value: Any, filters: list[str], parameter: Parameter | None) -> Any:
        for name in filters:
            value = parameter.apply(name, value) if parameter else FILTERS[name](value)
        return value


def load_event_templates() -> tuple[EventTemplate, ...]:
    """Return all templates from the resources, the plain one first, then by title. Blocks on reading files.

    Raises WorkspaceError for a file that is not a template.
    """
    templates = [_load(path) for path in sorted(resource_path("event_templates").glob("*.json"))]
    return tuple(sorted(templates, key=lambda template: (template.id != "hello", template.title)))


def _load(path: Path) -> EventTemplate:
    try:
        return msgspec.json.decode(path.read_bytes(), type=EventTemplate)
    except (OSError, msgspec.DecodeError) as error:
        raise WorkspaceError(f"{path.name} is not an event template: {error}", "Install the program again.") from error
