"""Metrics that functions wrote into their log, in the Embedded Metric Format: a series for each metric and set of dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.model.log_queries import Sample

MOST_VALUES = 200_000
"""How many values of a series are kept: the latest."""


class SeriesKey(NamedTuple):
    """What tells a series from others. `dimensions`: `Service=checkout, Stage=prod`, "" for none."""

    namespace: str
    metric: str
    dimensions: str
    unit: str


class Figures(NamedTuple):
    """What the values of a series come to."""

    number: int
    least: float
    most: float
    p50: float
    p99: float


class LogMetrics:
    """The series of one log. For one thread."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, list[tuple[float, float]]] = {}

    @property
    def keys(self) -> list[SeriesKey]:
        """All series, sorted by name."""
        return sorted(self._series)

    def take(self, samples: Iterable[Sample]) -> None:
        """Take in samples, in any order."""
        for sample in samples:
            key = SeriesKey(sample.namespace, sample.metric, sample.dimensions, sample.unit)
            values = self._series.setdefault(key, [])
            values += [(sample.time_ms, value) for value in sample.values]
            if len(values) > MOST_VALUES + MOST_VALUES // 10:
                values.sort()
                del values[:-MOST_VALUES]

    def values(self, key: SeriesKey) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the times of a series in epoch seconds, in order, and its values."""
        table = np.array(sorted(self._series[key]), dtype=np.float64).reshape(-1, 2)
        return table[:, 0] / 1_000, table[:, 1]

    def figures(self, key: SeriesKey) -> Figures:
        """Return the figures of a series."""
        values = np.array([value for _, value in self._series[key]], dtype=np.float64)
        p50, p99 = np.percentile(values, (50, 99))
        return Figures(len(values), float(values.min()), float(values.max()), float(p50), float(p99))
