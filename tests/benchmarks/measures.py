"""What all benchmarks share: rounds in which everything is measured in turn, so that a busy minute hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping


def in_turns(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Every measure once a round, beginning with another one each time, after one round that does not count."""
    names = list(measures)
    for name in names:
        measures[name]()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            taken[name].append(measures[name]())
    return taken


def percentile(values: list[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(name: str, values_ms: list[float], floor_ms: list[float] | None = None, remark: str = "") -> None:
    """One line: median, quartiles, and the ratio of the medians when there is a floor."""
    median = statistics.median(values_ms)
    ratio = f"ratio {median / statistics.median(floor_ms):5.2f}" if floor_ms else " " * 11
    quartiles = f"({percentile(values_ms, 0.25):7.1f} … {percentile(values_ms, 0.75):7.1f})"
    print(f"{name:<46}{median:8.1f} ms  {quartiles}  {ratio}  {remark}".rstrip(), flush=True)
