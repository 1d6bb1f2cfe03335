"""Which spans of the timeline a person wants to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.state.rows import Row
from workbench.state.span_kinds import FAILURES, SpanKind
from workbench.state.timeline import Timeline

Start = Literal["", "cold", "warm"]
Judge: TypeAlias = Callable[[NDArray[np.int32]], list[bool]]


class SpanFilter(msgspec.Struct, frozen=True):
    """A function and a version by name, cold or warm, failed only; "" and False leave everything in.

    To `cold` belong the environment's creation, its INIT and the invocation that waited for them.
    """

    function_name: str = ""
    version: str = ""
    start: Start = ""
    failed: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it takes some of an environment's spans only."""
        return bool(self.start or self.failed)

    def takes_row(self, row: Row) -> bool:
        """Whether an environment is among them."""
        return self.function_name in ("", row.function_name) and self.version in ("", row.version)

    def takes(self, timeline: Timeline, indices: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each span, by its index in the table, whether it is among them."""
        spans = timeline.spans
        taken = np.ones(indices.size, dtype=np.bool_)
        if self.function_name or self.version:
            taken &= _among(spans.row[indices], lambda rows: [self.takes_row(timeline.rows[row]) for row in rows.tolist()])
        if not self.start and not self.failed:
            return taken
        kinds, requests = spans.kind[indices], spans.request[indices]
        if self.start:
            cold = _among(requests, lambda numbers: [each in timeline.cold for each in spans.request_ids(numbers)])
            cold |= requests < 0  # creation and INIT
            taken &= (cold if self.start == "cold" else ~cold) & (kinds < SpanKind.IDLE)
        if self.failed:
            failed = _among(requests, lambda numbers: [each in timeline.failed for each in spans.request_ids(numbers)])
            taken &= failed | np.isin(kinds, FAILURES)
        return taken


def _among(values: NDArray[np.int32], judge: Judge) -> NDArray[np.bool_]:
    """Return what `judge` says of each value, which it is asked once."""
    distinct, places = np.unique(values, return_inverse=True)
    return np.array(judge(distinct), dtype=np.bool_)[places]
