"""Aggregated levels: nothing gets lost, a failure least of all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.state.levels import Levels, Merged, joined, level_for, single
from workbench.state.span_kinds import FAILURES, SpanKind

KINDS = (SpanKind.INVOKE, SpanKind.OVERHEAD, SpanKind.FAILED, SpanKind.TIMED_OUT, SpanKind.IDLE)
SPANS = st.lists(
    st.tuples(st.floats(0, 1e7), st.floats(0, 1e5), st.sampled_from(KINDS), st.integers(0, 4)), min_size=1, max_size=120)
PIXELS = st.floats(1e-4, 1e6)


def levels_of(spans: list[tuple[float, float, SpanKind, int]]) -> tuple[Levels, Merged]:
    raw = single(
        np.array([start for start, *_ in spans]), np.array([start + lasted for start, lasted, *_ in spans]),
        np.array([kind for _, _, kind, _ in spans], dtype=np.uint8), np.array([row for *_, row in spans], dtype=np.int32))
    levels, numbers = Levels(), np.arange(len(spans))
    half = len(spans) // 2
    for part in (slice(0, half), slice(half, None)):
        levels.add(raw.part(numbers[part]), numbers[part])
    return levels, raw


@given(SPANS, PIXELS)
def test_every_span_is_covered_by_one_of_its_kind_and_row_at_every_level(spans, pixel_ms):
    levels, raw = levels_of(spans)
    seen = joined(levels.between(-1.0, 1e9, pixel_ms))
    assert int(seen.counts.sum()) == len(spans)
    for start_ms, end_ms, kind, row in zip(raw.start_ms, raw.end_ms, raw.kind, raw.row, strict=True):
        covers = (seen.kind == kind) & (seen.row == row) & (seen.start_ms <= start_ms) & (seen.end_ms >= end_ms)
        assert covers.any()


@given(SPANS, PIXELS)
def test_a_failure_never_aggregates_away(spans, pixel_ms):
    levels, raw = levels_of(spans)
    seen = joined(levels.between(-1.0, 1e9, pixel_ms))
    failed, failed_seen = np.isin(raw.kind, FAILURES), np.isin(seen.kind, FAILURES)
    assert int(seen.counts[failed_seen].sum()) == int(failed.sum())


@given(SPANS, PIXELS)
def test_nothing_is_drawn_where_nothing_was_by_more_than_a_pixel(spans, pixel_ms):
    levels, raw = levels_of(spans)
    for each in levels.between(-1.0, 1e9, pixel_ms):
        for start_ms, end_ms, kind, row in zip(each.start_ms, each.end_ms, each.kind, each.row, strict=True):
            mine = (raw.kind == kind) & (raw.row == row) & (raw.start_ms >= start_ms) & (raw.end_ms <= end_ms)
            starts, ends = np.sort(raw.start_ms[mine]), np.maximum.accumulate(raw.end_ms[mine][np.argsort(raw.start_ms[mine])])
            assert (starts[1:] - ends[:-1] <= pixel_ms + 1e-6).all()


@given(SPANS)
def test_shortest_and_longest_are_those_of_the_spans(spans):
    levels, raw = levels_of(spans)
    seen = joined(levels.between(-1.0, 1e9, 1e6))
    lasted = raw.end_ms - raw.start_ms
    assert seen.shortest_ms.min() == lasted.min()
    assert seen.longest_ms.max() == lasted.max()


def test_coarser_levels_are_smaller_and_a_part_of_the_time_is_found():
    starts = np.arange(20_000) * 10.0
    raw = single(starts, starts + 5.0, np.full(20_000, SpanKind.INVOKE, dtype=np.uint8), np.zeros(20_000, dtype=np.int32))
    levels = Levels()
    levels.add(raw, np.arange(20_000))
    assert joined(levels.between(0.0, 1e9, 0.01)).row.size == 20_000
    assert joined(levels.between(0.0, 1e9, 100.0)).row.size == 1
    assert joined(levels.between(1_000.0, 1_099.0, 0.01)).row.size == 10
    assert np.concatenate(levels.numbers(1_000.0, 1_099.0)).tolist() == list(range(100, 110))
    assert levels.busy()[0].size == 1
    levels.drop_before(19_990)
    assert joined(levels.between(0.0, 1e9, 0.01)).row.size == 10
    levels.drop_before(20_000)
    assert levels.between(0.0, 1e9, 0.01) == []
    assert [level_for(pixel_ms) for pixel_ms in (0.1, 0.25, 1.0, 1e9)] == [0, 1, 2, 13]
