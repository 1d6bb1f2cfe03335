"""The lanes of the timeline: which environments are shown, in which order, under which titles."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.model.function_version import LATEST
from workbench.state.span_filter import SpanFilter
from workbench.state.timeline import Timeline

Grouping = Literal["aligned", "function", "version", "start", "failed"]
"""By what environments stand together; `aligned`: each invocation has a row of its own, see `aligned_lanes`."""


class Lane(NamedTuple):
    """A line of the timeline that shows the spans of `rows`.

    `title` is its function (and version), which `repeats` where the lane above has the same; `name` the environment, the
    extension, or how many environments of the past are collapsed into it. `key` says which group a line of the past belongs to,
    "" for others. A lane without rows is the heading of a group, or a rest of `idle_ms` between two rows. `start`: how the
    invocation began whose row it is.
    """

    title: str
    name: str
    rows: tuple[int, ...] = ()
    environment_id: str = ""
    is_live: bool = True
    is_extension: bool = False
    key: str = ""
    is_open: bool = False
    repeats: bool = False
    start: str = ""
    idle_ms: float = 0.0


class LaneChoice(NamedTuple):
    """How lanes are arranged. `opened`: keys of groups whose environments of the past have lanes of their own.

    `kept`: an environment of the past that has one in any case, as the chosen invocation ran in it.
    """

    grouping: Grouping = "function"
    opened: frozenset[str] = frozenset()
    kept: str = ""


class _Environment(NamedTuple):
    environment_id: str
    rows: tuple[int, ...]
    title: str
    is_live: bool


def lanes(timeline: Timeline, spans: SpanFilter, choice: LaneChoice, shown: Collection[int] | None = None) -> list[Lane]:
    """Arrange the environments that a filter takes; `shown` are the rows that have any spans, None for all."""
    groups: dict[str, list[_Environment]] = {}
    for environment_id, rows in timeline.rows.environments().items():
        row = timeline.rows[rows[0]]
        kept = tuple(number for number in rows if shown is None or number in shown)
        if not kept or not spans.takes_row(row):
            continue
        versioned = choice.grouping == "version" and row.version not in ("", LATEST)
        title = f"{row.function_name}:{row.version}" if versioned else row.function_name
        groups.setdefault(_group(timeline, environment_id, title, choice.grouping), []).append(
            _Environment(environment_id, kept, title, timeline.rows.is_live(rows[0])))
    found: list[Lane] = []
    for key, environments in groups.items():
        if choice.grouping in ("start", "failed"):
            found.append(Lane(key, ""))
            environments.sort(key=lambda each: each.title)
        found.extend(_titled_once(_lanes_of_group(timeline, key, environments, choice)))
    return found


def _group(timeline: Timeline, environment_id: str, title: str, grouping: Grouping) -> str:
    if grouping == "start":
        return "Reused: cold, then warm" if environment_id in timeline.reused else "Cold start only"
    if grouping == "failed":
        return "Something failed" if environment_id in timeline.failing else "Nothing failed"
    return title


def _lanes_of_group(timeline: Timeline, key: str, environments: list[_Environment], choice: LaneChoice) -> Iterable[Lane]:
    past = [each for each in environments if not each.is_live and each.environment_id != choice.kept]
    folded = past if len(past) > 1 else []
    for each in environments:
        if each not in folded:
            yield from _lanes_of_environment(timeline, each)
    if folded:
        is_open = key in choice.opened
        rows = tuple(row for each in folded for row in each.rows)
        titles = {each.title for each in folded}
        yield Lane(titles.pop() if len(titles) == 1 else "", f"{len(folded)} past", rows, is_live=False, key=key, is_open=is_open)
        if is_open:
            for each in folded:
                yield from _lanes_of_environment(timeline, each)


def _lanes_of_environment(timeline: Timeline, each: _Environment) -> Iterable[Lane]:
    for row in each.rows:
        extension = timeline.rows[row].extension
        yield Lane(each.title, extension or each.environment_id[:4], (row,), each.environment_id, each.is_live, bool(extension))


def _titled_once(found: Iterable[Lane]) -> Iterable[Lane]:
    above = ""
    for lane in found:
        yield lane._replace(repeats=lane.title == above)
        above = lane.title


class LaneIndex:
    """Finds the lane that shows a row. A line of the past that is open leaves its environments to their own lanes."""

    def __init__(self, found: list[Lane]) -> None:
        place = {row: number for number, lane in enumerate(found) if not lane.is_open for row in lane.rows}
        self._rows = np.array(sorted(place), dtype=np.int64)
        self._lanes = np.array([place[row] for row in sorted(place)], dtype=np.int64)

    def of(self, rows: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the number of the lane of each row, -1 if it is not shown."""
        if not self._rows.size:
            return np.full(rows.size, -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._rows, rows), self._rows.size - 1)
        return np.where(self._rows[places] == rows, self._lanes[places], -1)
