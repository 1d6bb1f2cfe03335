"""Folded idle stretches: order kept, nothing overlaps, times and positions turn into each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.state.folding import SHORTEST_IDLE_MS, FoldedAxis, Idles, fitting_scale, idles, union

DURATIONS = st.floats(0.01, 5_000_000.0)
STRETCHES = st.lists(st.tuples(DURATIONS, DURATIONS), min_size=1, max_size=12)
"""Work and the idle stretch after it, in ms."""
SCALES = st.floats(1e-5, 100.0)
BREAK_PX = 90.0


def idle_of(pieces: list[tuple[float, float]]) -> tuple[Idles, float]:
    """The idle stretches of work from 0 on, and the end of the last work."""
    edges = np.cumsum([each for piece in pieces for each in piece])
    return Idles(edges[:-1:2], edges[1::2]), float(edges[-1]) + 10.0


@given(STRETCHES, SCALES, st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30))
def test_positions_keep_the_order_of_times_and_turn_back_into_them(pieces, scale, shares):
    idle, end_ms = idle_of(pieces)
    axis = FoldedAxis(idle, scale, BREAK_PX)
    times = np.sort(np.array(shares)) * end_ms * 1.2 - end_ms * 0.1  # before the first and after the last too
    positions = axis.x(times)
    assert (np.diff(positions) >= -1e-6).all()
    for time_ms, x in zip(times.tolist(), positions.tolist(), strict=True):
        assert axis.x_of(axis.time_at(x)) == pytest.approx(x, rel=1e-9, abs=1e-4)
        assert axis.time_at(x) == pytest.approx(time_ms, rel=1e-9, abs=1e-4 + 1e-9 * end_ms + 1e-9 / scale)


@given(STRETCHES, SCALES)
def test_work_has_one_scale_and_breaks_are_apart_and_never_wider_than_a_break(pieces, scale):
    idle, end_ms = idle_of(pieces)
    axis = FoldedAxis(idle, scale, BREAK_PX)
    found = axis.breaks(-1e12, 1e12)
    for each in found:
        assert each.right - each.left == pytest.approx(BREAK_PX, abs=1e-3)
        assert (each.end_ms - each.start_ms) * scale > BREAK_PX
    for before, after in pairwise(found):
        assert before.right <= after.left + 1e-3
        assert before.end_ms <= after.start_ms
    starts = np.concatenate([[0.0], idle.end_ms])
    ends = np.concatenate([idle.start_ms, [end_ms]])
    for start_ms, stop_ms in zip(starts.tolist(), ends.tolist(), strict=True):
        wide = axis.x_of(stop_ms) - axis.x_of(start_ms)
        assert wide == pytest.approx((stop_ms - start_ms) * scale, rel=1e-6, abs=1e-3)


@given(STRETCHES, st.floats(300.0, 3_000.0))
def test_the_fitting_scale_fills_the_room(pieces, room_px):
    idle, end_ms = idle_of(pieces)
    scale = fitting_scale(idle, 0.0, end_ms, room_px, BREAK_PX)
    axis = FoldedAxis(idle, scale, BREAK_PX)
    assert axis.x_of(end_ms) - axis.x_of(0.0) <= room_px * (1 + 1e-6) + 1e-3


def test_a_cold_and_a_warm_start_two_minutes_apart_stand_side_by_side():
    idle = idles(np.array([0.0, 130_000.0]), np.array([350.0, 130_002.0]))
    scale = fitting_scale(idle, 0.0, 130_002.0, 800.0, BREAK_PX)
    axis = FoldedAxis(idle, scale, BREAK_PX)
    assert axis.x_of(350.0) - axis.x_of(0.0) == pytest.approx(706.0, abs=1.0)
    assert axis.x_of(130_002.0) - axis.x_of(0.0) == pytest.approx(800.0)
    assert axis.stretch_start(130_001.0, 0.0) == 130_000.0
    assert axis.stretch_start(200.0, 0.0) == 0.0


def test_an_overview_folds_nothing():
    idle, end_ms = idle_of([(10.0, 60_000.0)] * 200)
    scale = fitting_scale(idle, 0.0, end_ms, 800.0, BREAK_PX)
    assert FoldedAxis(idle, scale, BREAK_PX).breaks(-1e9, 1e9) == []


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e4)), max_size=40))
def test_a_union_covers_every_span_and_is_apart_by_more_than_the_shortest_idle(spans):
    starts = np.array([start for start, _ in spans])
    ends = np.array([start + lasted for start, lasted in spans])
    first, last = union(starts, ends)
    assert (first[1:] - last[:-1] > SHORTEST_IDLE_MS).all()
    for start_ms, end_ms in zip(starts.tolist(), ends.tolist(), strict=True):
        assert ((first <= start_ms) & (last >= end_ms)).any()
