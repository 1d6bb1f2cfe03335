"""Arrangements of views as values: whatever a person does, each view is there once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.layout.arrangement import (
    Group,
    Part,
    Side,
    Split,
    group_with,
    groups_of,
    joined,
    neighbor,
    settled,
    split_off,
    views_of,
    without,
)
from workbench.gui.workspace.page_layouts import LAYOUTS, PRESENTATION, PageLayout
from workbench.gui.workspace.page_regions import VIEW_TITLES

NAMES = ("a", "b", "c", "d")
SIDE_BY_SIDE = Split((Group(("a", "b"), "b"), Group(("c", "d"))), (2.0, 1.0))
MOVES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([*Side, None])), max_size=12)


@given(MOVES)
def test_each_view_is_there_once_whatever_is_moved(moves: list[tuple[str, str, Side | None]]) -> None:
    part: Part = Group(NAMES)
    for view, beside, side in moves:
        part = joined(part, view, beside) if side is None else split_off(part, view, beside, side)
        assert sorted(views_of(part)) == sorted(NAMES)
        assert view in (group_with(part, view).shown, *group_with(part, view).views)
        assert all(len(each.sizes) == len(each.parts) > 1 for each in _splits(part))
        assert settled(part, NAMES) == part


def _splits(part: Part) -> list[Split]:
    return [part, *(inner for each in part.parts for inner in _splits(each))] if isinstance(part, Split) else []


def test_a_view_moves_into_the_group_beside_or_into_one_of_its_own() -> None:
    assert neighbor(SIDE_BY_SIDE, "a", Side.RIGHT) == "c"
    assert neighbor(SIDE_BY_SIDE, "c", Side.LEFT) == "b"
    assert [neighbor(SIDE_BY_SIDE, "a", side) for side in (Side.LEFT, Side.ABOVE, Side.BELOW)] == [None] * 3
    assert joined(SIDE_BY_SIDE, "a", "c") == Split((Group(("b",), "b"), Group(("c", "d", "a"), "a")), (2.0, 1.0))
    split = split_off(SIDE_BY_SIDE, "a", "a", Side.BELOW)
    assert split == Split((Split((Group(("b",), "b"), Group(("a",), "a")), (1.0, 1.0), is_vertical=True), Group(("c", "d"))),
                          (2.0, 1.0))
    assert neighbor(split, "a", Side.ABOVE) == "b"
    assert neighbor(split, "a", Side.RIGHT) == "c"


def test_splits_of_one_direction_are_one_so_that_a_border_moves_what_is_beside_it() -> None:
    three = split_off(SIDE_BY_SIDE, "b", "b", Side.RIGHT)
    assert three == Split((Group(("a",), "b"), Group(("b",), "b"), Group(("c", "d"))), (1.0, 1.0, 1.0))


def test_what_was_saved_fits_what_there_is_now() -> None:
    saved = Split((Group(("a", "gone", "a")), Group(("gone",)), Group(("a", "c"), "gone")), (1.0, 5.0))
    assert settled(saved, NAMES) == Split((Group(("a",)), Group(("c", "b", "d"), "gone")), (1.0, 1.0))
    assert settled(Group(("gone",)), NAMES) == Group(NAMES)
    assert without(Group(("a",)), "a") is None


@pytest.mark.parametrize("layout", [*LAYOUTS.values(), PRESENTATION])
def test_every_layout_has_every_view(layout: PageLayout) -> None:
    assert sorted(views_of(layout.views)) == sorted(VIEW_TITLES)
    assert all(group.shown for group in groups_of(layout.views))
