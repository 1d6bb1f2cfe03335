"""Reads lines in the Embedded Metric Format as samples of metrics.

Source: CloudWatch user guide, "Specification: Embedded metric format" (`_aws.CloudWatchMetrics`, targets in the same object).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from workbench.engine.logs.matching import json_object
from workbench.model.json_text import whole
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import Sample

MARK = "CloudWatchMetrics"
"""What every such line has."""


class _Metric(msgspec.Struct):
    name: str = msgspec.field(name="Name")
    unit: str = msgspec.field(name="Unit", default="None")


class _Directive(msgspec.Struct):
    namespace: str = msgspec.field(name="Namespace")
    dimensions: list[list[str]] = msgspec.field(name="Dimensions", default_factory=list)
    metrics: list[_Metric] = msgspec.field(name="Metrics", default_factory=list)


def samples_of(entry: LogEntry) -> Iterator[Sample]:
    """Yield the samples of a line; none if it is not in the format."""
    line = json_object(entry.text)
    about = line.get("_aws") if isinstance(line, dict) else None
    if not isinstance(about, dict):
        return
    try:
        directives = msgspec.convert(about.get(MARK), list[_Directive])
    except msgspec.ValidationError:
        return
    for directive in directives:
        yield from _samples(directive, line, entry.time_ms)


def _samples(directive: _Directive, line: Mapping[str, Any], time_ms: float) -> Iterator[Sample]:
    for metric in directive.metrics:
        values = _numbers(line.get(metric.name))
        for names in directive.dimensions or [[]]:
            dimensions = ", ".join(f"{name}={line.get(name, '')}" for name in names)
            if values:
                yield Sample(
                    time_ms, whole(directive.namespace), whole(metric.name), whole(metric.unit), whole(dimensions), values)


def _numbers(value: object) -> tuple[float, ...]:
    values = value if isinstance(value, list) else [value]
    numbers = (each for each in values if isinstance(each, int | float) and not isinstance(each, bool))
    return tuple(float(each) for each in numbers if abs(each) <= sys.float_info.max)
