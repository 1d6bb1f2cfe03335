"""What a cold start consists of, part by part, and how two of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbench.state.imports import dependencies, total_ms
from workbench.state.invocation import Invocation
from workbench.state.span_kinds import SpanKind
from workbench.state.startup import EXTENSION_INIT, RESTORE, SANDBOX_PHASES, Startup

LARGE_IMPORT_SHARE = 0.15
"""The share of function init from which an import is a part of its own; smaller ones would be slivers without a label."""
SHORTEST_CHANGE_MS = 1.0
"""A smaller difference between two starts is not worth a word."""


class Part(NamedTuple):
    """A part of a cold start. `is_rest`: what remains of init beside the imports that are parts of their own."""

    kind: SpanKind
    name: str
    duration_ms: float
    is_rest: bool = False


class Difference(NamedTuple):
    """How long a part took in the first and in the other start; 0 where there was none."""

    name: str
    first_ms: float
    other_ms: float

    @property
    def change_ms(self) -> float:
        """By how much the part grew, negative if it shrank."""
        return self.other_ms - self.first_ms


def start_parts(invocation: Invocation, named: frozenset[str] = frozenset()) -> tuple[Part, ...]:
    """Return what the request waited for, in order. Creating and starting the sandbox are one part.

    Imports are parts of their own if they are large, or in `named`.
    """
    startup = invocation.startup
    if startup is None:
        return ()
    phases = startup.phases_since(invocation.received_ms)
    sandbox_ms = sum(phase.duration_ms for phase in phases if phase.name in SANDBOX_PHASES)
    parts = [Part(SpanKind.CREATE, "sandbox", sandbox_ms)]
    for phase in phases:
        if phase.name == "functionInit":
            parts.extend(_function_init_parts(phase.duration_ms, startup, named))
        elif phase.name in _PARTS:
            kind, word = _PARTS[phase.name]
            parts.append(Part(kind, word, phase.duration_ms))
    return tuple(part for part in parts if part.duration_ms > 0)


def _function_init_parts(duration_ms: float, startup: Startup, named: frozenset[str]) -> list[Part]:
    # What the function's own module imports: these durations include what they import in turn, so nothing is counted twice.
    large = [node for node in dependencies(startup)
             if node.module in named or node.duration_ms >= LARGE_IMPORT_SHARE * duration_ms]
    parts = [Part(SpanKind.FUNCTION_INIT, f"import {node.module}", node.duration_ms) for node in large]
    rest_ms = max(duration_ms - total_ms(large), 0.0)
    return [*parts, Part(SpanKind.FUNCTION_INIT, "rest of init" if large else "function init", rest_ms, bool(large))]


def aligned_parts(invocations: Sequence[Invocation]) -> list[tuple[Part, ...]]:
    """Return the parts of several starts; an import that is a part of one of them is a part of all."""
    named = frozenset(part.name.removeprefix("import ") for each in invocations for part in start_parts(each)
                      if part.name.startswith("import "))
    return [start_parts(each, named) for each in invocations]


def differences(first: Sequence[Part], other: Sequence[Part]) -> list[Difference]:
    """Return what grew or shrank, most first. `function init` and the rest of init are the same part."""
    before, after = _durations(first), _durations(other)
    found = [Difference(name, before.get(name, 0.0), after.get(name, 0.0)) for name in dict.fromkeys([*before, *after])]
    return sorted((each for each in found if abs(each.change_ms) >= SHORTEST_CHANGE_MS), key=lambda each: -abs(each.change_ms))


def difference_sentence(first: Sequence[Part], other: Sequence[Part], most: int = 3) -> str:
    """Name the difference: "89 ms longer: import boto3 grew by 101 ms, sandbox shrank by 12 ms"."""
    change_ms = sum(part.duration_ms for part in other) - sum(part.duration_ms for part in first)
    named = [f"{each.name} {'grew' if each.change_ms > 0 else 'shrank'} by {abs(each.change_ms):,.0f} ms"
             for each in differences(first, other)[:most]]
    if not named:
        return "as long, in every part, to the millisecond"
    head = f"{abs(change_ms):,.0f} ms {'longer' if change_ms > 0 else 'shorter'}" if round(change_ms) else "as long in all"
    return f"{head}: {', '.join(named)}"


def _durations(parts: Sequence[Part]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in parts:
        name = "rest of init" if part.is_rest or part.name == "function init" else part.name
        found[name] = found.get(name, 0.0) + part.duration_ms
    return found


_PARTS = {
    "runtimeInit": (SpanKind.RUNTIME_INIT, "runtime"),
    "init": (SpanKind.INIT, "init"),
    EXTENSION_INIT: (SpanKind.EXTENSION_INIT, "extensions"),
    RESTORE: (SpanKind.RESTORE, "restore"),
}
