"""Find the operation that a request asks for. The routes are computed from the service model.

Prefixes with a date differ from operation to operation, so the whole path counts. Two operations share their path with others
and are told apart by a parameter in the query: `?List=ALL` and `?find=LayerVersion`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

import msgspec

from workbench.gateway.wire.service_model import Operation, ServiceModel, service_model

_MOST_KNOWN = 512
_LONGEST_KNOWN = 256
"""Routes are remembered for so many paths, if they have at most so many characters: functions are invoked again and again."""


class Route(msgspec.Struct, frozen=True):
    """An operation, and the parameters in its path as the caller means them."""

    operation: Operation
    parameters: Mapping[str, str]


class _Pattern(msgspec.Struct, frozen=True):
    """One path: its segments, those in braces being parameters, and what the query has to contain."""

    operation: Operation
    segments: tuple[str, ...]
    query: Mapping[str, str]


class Router:
    """The paths of all operations. Callable from any thread."""

    def __init__(self, model: ServiceModel) -> None:
        patterns = [_pattern(operation) for operation in model.operations.values()]
        # What is more definite is tried first: more segments before an ARN that may have slashes, a literal segment before a
        # parameter, a query before none.
        patterns.sort(key=lambda pattern: (
            -len(pattern.segments), [_is_parameter(each) for each in pattern.segments], not pattern.query))
        self._patterns: dict[tuple[str, str], list[_Pattern]] = {}
        for pattern in patterns:
            self._patterns.setdefault((pattern.operation.http.method, pattern.segments[0]), []).append(pattern)
        self._known = functools.lru_cache(_MOST_KNOWN)(self._of_path)

    def route(self, method: str, raw_path: str, query: Mapping[str, str]) -> Route | None:
        """Return what a request asks for, None if no operation has this path. `raw_path` is still percent-encoded."""
        of_path = self._known if len(raw_path) <= _LONGEST_KNOWN else self._of_path
        for asked, route in of_path(method, raw_path):
            if all(query.get(name) == value for name, value in asked.items()):
                return route
        return None

    def _of_path(self, method: str, raw_path: str) -> tuple[tuple[Mapping[str, str], Route], ...]:
        """Return the routes that a path may mean, each with what the query has to contain for it."""
        given = _segments(raw_path)
        found = ((each, _matched(each.segments, given)) for each in self._patterns.get((method, given[0]), ()))
        return tuple((each.query, Route(each.operation, parameters)) for each, parameters in found if parameters is not None)


@functools.cache
def router() -> Router:
    """Return the router of the whole API."""
    return Router(service_model())


def _pattern(operation: Operation) -> _Pattern:
    path, _, query = operation.http.request_uri.partition("?")
    return _Pattern(operation, _segments(path), dict(parse_qsl(query, keep_blank_values=True)))


def _segments(path: str) -> tuple[str, ...]:
    """Return a path's segments. A slash at its end does not count: some SDKs send one, some do not."""
    return tuple(path.strip("/").split("/"))


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _matched(segments: tuple[str, ...], given: tuple[str, ...]) -> dict[str, str] | None:
    """Return the parameters if the path is of this pattern. An ARN at its end may contain slashes that were not encoded."""
    if len(given) > len(segments) and _is_parameter(segments[-1]) and segments[-1].endswith(("Arn}", "{Resource}")):
        given = (*given[: len(segments) - 1], "/".join(given[len(segments) - 1 :]))
    if len(given) != len(segments):
        return None
    parameters = {}
    for segment, part in zip(segments, given, strict=True):
        if _is_parameter(segment):
            parameters[segment[1:-1].rstrip("+")] = unquote(part)
        elif segment != part:
            return None
    return parameters
