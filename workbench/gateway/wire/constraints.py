"""Check parameters against the model's constraints, and say what is wrong in the sentences of the service.

All violations of a request come in one message. Source of the grammar: recorded answers of the service.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.gateway.wire.service_model import Operation, ServiceModel, Shape
from workbench.model.failures import ServiceError

_NOT_NULL = "Member must not be null"
_SEPARATORS = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PROPERTIES = (("\\p{L}", "\\w"), ("\\p{N}", ""), ("\\p{Z}", _SEPARATORS))
"""Unicode properties in the model's patterns, which Python's `re` does not know: letters and digits are `\\w` (with the
underscore, which these patterns allow as well)."""


_LONGEST_KNOWN = 256


class Constraints:
    """Checks parameters. What was right is remembered if it is short, since functions are invoked again and again."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._known = functools.lru_cache(1024)(self._violations)

    def check(self, operation: Operation, parameters: Mapping[str, Any]) -> None:
        """Raise ServiceError 400, ValidationException, with every constraint that the parameters violate."""
        # Bytes are bound by nothing but the size of the request.
        given = tuple([(name, b"" if isinstance(value, bytes) else value) for name, value in parameters.items()])
        others = [value for _, value in given if not isinstance(value, str | bytes) or len(value) > _LONGEST_KNOWN]
        violations = (self._violations if others else self._known)(operation.name, given)
        if violations:
            raise refusal(*violations)

    def _violations(self, operation: str, given: tuple[tuple[str, Any], ...]) -> tuple[str, ...]:
        shape = self._model.input_of(self._model.operations[operation])
        return tuple(_Checker(self._model).structure(shape, dict(given), ""))


def check(model: ServiceModel, operation: Operation, parameters: Mapping[str, Any]) -> None:
    """Do the same once."""
    violations = tuple(_Checker(model).structure(model.input_of(operation), parameters, ""))
    if violations:
        raise refusal(*violations)


def refusal(*violations: str) -> ServiceError:
    """The error for violations, each a sentence of `violation`."""
    found = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected"
    return ServiceError("ValidationException", 400, f"{found}: {'; '.join(violations)}")


def violation(path: str, value: Any, rule: str, *, sensitive: bool = False) -> str:
    """Say that the value at a path breaks a rule, "Member must not be null"; None prints as null without quotes."""
    shown = "null " if value is None else "" if sensitive else f"'{java_text(value)}' "
    return f"Value {shown}at '{path}' failed to satisfy constraint: {rule}"


def java_text(value: Any) -> str:
    """Return a value as Java prints it: `[a, b]`, `{k=v}`, `true`, `2.0`, `null`."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(java_text, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}={java_text(each)}' for key, each in value.items())}}}"
        case _:
            return str(value)


def camel(name: str) -> str:
    """A member's name as paths in messages have it: only the first letter changes (`KMSKeyArn` is `kMSKeyArn`)."""
    return name[:1].lower() + name[1:]


class _Checker:
    """Walks through parameters along their shapes, in the order of the model."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def structure(self, shape: Shape, given: Mapping[str, Any], path: str) -> Iterator[str]:
        """Yield what is wrong with a structure's members."""
        for name, member in shape.members.items():
            place, value = f"{path}{camel(name)}", given.get(name)
            if value is not None:
                yield from self._value(self._model.shapes[member.shape], value, place)
            elif name in shape.required:
                yield violation(place, None, _NOT_NULL)

    def _value(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        for rule in self._broken(shape, value):
            yield violation(path, value, rule, sensitive=shape.sensitive)
        if shape.type == "structure":
            yield from self.structure(shape, value, f"{path}.")
        elif shape.type == "list" and shape.member is not None:
            member = self._model.shapes[shape.member.shape]
            if member.type == "structure":
                for number, each in enumerate(value, 1):
                    yield from self.structure(member, each or {}, f"{path}.{number}.member.")

    def _broken(self, shape: Shape, value: Any) -> Iterator[str]:
        """Yield the rules that a value breaks, its elements' included."""
        match shape.type:
            case "string":
                yield from _broken_by_text(shape, value)
            case "integer" | "long" | "double":
                yield from _outside(shape, value, "value")
            case "list" if shape.member is not None:
                yield from _outside(shape, len(value), "length")
                if shape.enum and any(each not in shape.enum and each not in shape.also for each in value):
                    yield _enum_rule(shape)
                member = self._model.shapes[shape.member.shape]
                if any(each is None or self._is_broken(member, each) for each in value):
                    yield self._of_elements("Member must satisfy constraint", member)
            case "map" if shape.key is not None and shape.value is not None:
                yield from _outside(shape, len(value), "length")
                key, element = self._model.shapes[shape.key.shape], self._model.shapes[shape.value.shape]
                if any(self._is_broken(key, each) for each in value):
                    yield self._of_elements("Map keys must satisfy constraint", key)
                if any(each is None or self._is_broken(element, each) for each in value.values()):
                    yield self._of_elements("Map value must satisfy constraint", element)

    def _is_broken(self, shape: Shape, value: Any) -> bool:
        return shape.type != "structure" and next(self._broken(shape, value), None) is not None

    def _of_elements(self, what: str, shape: Shape) -> str:
        """The rule about elements, which prints all constraints of an element and not only the one that is broken."""
        # Recorded for environment variables, whose values are not printed either: their list ends without this rule.
        not_null = () if shape.sensitive else (_NOT_NULL,)
        return f"{what}: [{', '.join((*_all_rules(shape), *not_null))}]"


def _broken_by_text(shape: Shape, value: str) -> Iterator[str]:
    yield from _outside(shape, len(value), "length")
    if shape.pattern and not _compiled(shape.pattern).fullmatch(value):
        yield _pattern_rule(shape)
    if shape.enum and value not in shape.enum and value not in shape.also:
        yield _enum_rule(shape)


def _outside(shape: Shape, measure: float, what: str) -> Iterator[str]:
    if shape.max is not None and measure > shape.max:
        yield _at_most(shape, what)
    if shape.min is not None and measure < shape.min:
        yield _at_least(shape, what)


def _all_rules(shape: Shape) -> Iterator[str]:
    what = "value" if shape.type in ("integer", "long", "double") else "length"
    if shape.max is not None:
        yield _at_most(shape, what)
    if shape.min is not None:
        yield _at_least(shape, what)
    if shape.pattern:
        yield _pattern_rule(shape)
    if shape.enum:
        yield _enum_rule(shape)


def _at_most(shape: Shape, what: str) -> str:
    return f"Member must have {what} less than or equal to {_bound(shape, shape.max)}"


def _at_least(shape: Shape, what: str) -> str:
    return f"Member must have {what} greater than or equal to {_bound(shape, shape.min)}"


def _bound(shape: Shape, bound: float | None) -> str:
    assert bound is not None
    return str(float(bound) if shape.type == "double" else int(bound))


def _pattern_rule(shape: Shape) -> str:
    return f"Member must satisfy regular expression pattern: {shape.pattern}"


def _enum_rule(shape: Shape) -> str:
    return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for known, instead in _PROPERTIES:
        pattern = pattern.replace(known, instead)
    return re.compile(pattern)
