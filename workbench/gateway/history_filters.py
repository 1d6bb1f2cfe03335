"""Reads filters of past invocations from a query: `?status=failed&leastDurationMs=100`."""

from __future__ import annotations

import math
from typing import Any, cast

from aiohttp import web

from workbench.gateway.reading import number_in, shortened
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import PLACES, START, STARTS, PastInvocationFilter, Place

_TEXTS = {"version": "version", "status": "status", "alias": "alias", "trigger": "trigger",
          "requestId": "request_id", "name": "name", "errorType": "error_type", "sandbox": "sandbox"}
_FIGURES = {"leastDurationMs": "least_duration_ms", "mostDurationMs": "most_duration_ms", "leastMemoryMb": "least_memory_mb",
            "mostMemoryMb": "most_memory_mb", "leastUsd": "least_usd", "mostUsd": "most_usd"}


def filter_of(request: web.Request, function_name: str) -> PastInvocationFilter:
    """Return the filter that a query asks for, of one function or ("") of all. Raises ServiceError for one that is not valid."""
    query = request.query
    start = query.get("start", "")
    if start not in STARTS:
        raise _invalid(f"start is cold or warm, not {shortened(start)!r}.")
    given: dict[str, Any] = {field: query.get(name, "") for name, field in _TEXTS.items()}
    given |= {field: _figure(name, query[name]) for name, field in _FIGURES.items() if name in query}
    return PastInvocationFilter(
        **given, function_name=function_name, start=cast("START", start),
        since_ms=_moment(request, "sinceMs"), until_ms=_moment(request, "untilMs"),
        is_starred=query.get("starred") == "true", is_named=query.get("named") == "true")


def place_of(request: web.Request) -> Place:
    """Return where a text is looked for: the log, unless the query says otherwise."""
    place = request.query.get("textIn", "log")
    if place not in PLACES:
        raise _invalid(f"textIn is log, event, result or any, not {shortened(place)!r}.")
    return cast("Place", place)


def _figure(name: str, text: str) -> float:
    try:
        figure = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        figure = math.nan
    if not math.isfinite(figure) or figure < 0:
        raise _invalid(f"{name} is a number that is not negative, not {shortened(text)!r}.")
    return figure


def _moment(request: web.Request, name: str) -> int | None:
    return number_in(request, name, 0, most=10**15) if name in request.query else None


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", 400, message)
