"""Init as an icicle: imports below what imported them, and the module's own code between them."""

from __future__ import annotations

from typing import NamedTuple

from workbench.state.startup import ImportTime, Startup

SHORTEST_CODE_MS = 0.5
"""A shorter stretch between two imports is the importing itself."""
DEEPEST = 5
"""How many levels are shown: imports go down to twenty, and the deepest cost next to nothing."""


class IcicleBar(NamedTuple):
    """A part of function init, in epoch milliseconds. `depth` counts from 0; `is_code` if it is code outside the handler."""

    label: str
    start_ms: float
    end_ms: float
    depth: int
    is_code: bool = False

    @property
    def duration_ms(self) -> float:
        """How long it took."""
        return self.end_ms - self.start_ms


def icicle(startup: Startup) -> list[IcicleBar]:
    """Return the imports of a start, and the function's own code between them; none where imports were not measured."""
    phase = startup.phase("functionInit")
    if phase is None or not startup.imports:
        return []
    times, depths = nested(startup.imports), _depths(startup.imports)
    bars = [IcicleBar(f"import {item.module}", start_ms, end_ms, depth)
            for item, (start_ms, end_ms), depth in zip(startup.imports, times, depths, strict=True)]
    roots = [bar for bar in bars if bar.depth == 0]
    if len(roots) == 1:  # the function's own module
        code = _between(roots[0].start_ms, roots[0].end_ms, [bar for bar in bars if bar.depth == 1], 1)
    else:
        code = _between(phase.start_ms, phase.end_ms, roots, 0)
    return [bar for bar in [*bars, *code] if bar.depth < DEEPEST]


def _between(start_ms: float, end_ms: float, bars: list[IcicleBar], depth: int) -> list[IcicleBar]:
    found, reached_ms = [], start_ms
    for bar in sorted(bars, key=lambda bar: bar.start_ms):
        if bar.start_ms - reached_ms >= SHORTEST_CODE_MS:
            found.append(IcicleBar("module code", reached_ms, bar.start_ms, depth, is_code=True))
        reached_ms = max(reached_ms, bar.end_ms)
    if end_ms - reached_ms >= SHORTEST_CODE_MS:
        found.append(IcicleBar("module code", reached_ms, end_ms, depth, is_code=True))
    return found


def _depths(imports: tuple[ImportTime, ...]) -> list[int]:
    depths: list[int] = []
    for index, item in enumerate(imports):
        depths.append(depths[item.parent] + 1 if 0 <= item.parent < index else 0)
    return depths


def nested(imports: tuple[ImportTime, ...]) -> list[tuple[float, float]]:
    """Return start and end of each import, cut to those of the one that caused it: each was measured with its own rounding."""
    found: list[tuple[float, float]] = []
    for item in imports:
        start_ms, end_ms = item.start_ms, item.start_ms + item.duration_ms
        if 0 <= item.parent < len(found):
            first_ms, last_ms = found[item.parent]
            start_ms, end_ms = min(max(start_ms, first_ms), last_ms), min(end_ms, last_ms)
        found.append((start_ms, max(start_ms, end_ms)))
    return found
