"""How the turns of a recursive loop are counted in tracing headers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from workbench.model.lineage import MOST_INVOCATIONS, is_loop, traced

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
"""Source: X-Ray guide, "Tracing header"."""


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"


def invoked(chain: Iterable[str]) -> list[str]:
    """Invoke functions one after the other, each by the one before: those that ran before one was stopped."""
    header, ran = HEADER, []
    for name in chain:
        if is_loop(header, arn(name)):
            return ran
        header = traced(header, arn(name))
        ran.append(name)
    return ran


def test_the_lineage_is_appended_and_then_counted() -> None:
    first = traced(HEADER, arn("f"))
    lineage = first.removeprefix(f"{HEADER};Lineage=")
    turn, function, returns = lineage.split(":")
    assert (turn, len(function), returns) == ("1", 8, "0")
    assert traced(first, f"{arn('f')}:live") == f"{HEADER};Lineage=2:{function}:1"
    assert traced(f"Lineage=2:{function}:1;{HEADER}", arn("f")) == f"{HEADER};Lineage=3:{function}:2"


def test_a_header_with_a_lineage_alone_or_nothing() -> None:
    only = traced("", arn("f"))
    assert only.startswith("Lineage=1:")
    assert traced(only, arn("f")).startswith("Lineage=2:")


@pytest.mark.parametrize("wrong", ["x", "1:2:3", "99999999:aaaaaaaa:1", "1:aaaaaaaa", "1:AAAAAAAG:1", ""])
def test_what_is_no_lineage_begins_anew(wrong: str) -> None:
    assert traced(f"{HEADER};Lineage={wrong}", arn("f")) == traced(HEADER, arn("f"))


def test_a_function_that_invokes_itself_runs_16_times() -> None:
    assert invoked(itertools.repeat("f")) == ["f"] * 16 == ["f"] * MOST_INVOCATIONS


@pytest.mark.parametrize("length", range(2, 12))
def test_functions_that_invoke_each_other_run_about_16_times_each(length: int) -> None:
    ran = invoked(itertools.cycle(f"f{number}" for number in range(length)))
    assert MOST_INVOCATIONS <= ran.count("f0") <= MOST_INVOCATIONS + 4


@pytest.mark.parametrize(("before", "length"), [(1, 1), (1, 2), (3, 2), (10, 3), (30, 1), (2, 40)])
def test_a_loop_is_found_wherever_it_begins(before: int, length: int) -> None:
    loop = [f"f{number}" for number in range(length)]
    ran = invoked(itertools.chain((f"g{number}" for number in range(before)), itertools.cycle(loop)))
    assert len(ran) < 32 * (before + length) * 2


def test_a_function_that_came_back_once_hides_no_loop_after_it() -> None:
    assert len(invoked(itertools.chain("aa", itertools.cycle("bc")))) < 200


def test_a_long_chain_without_a_loop_goes_on() -> None:
    names = [f"f{number}" for number in range(1_000)]
    assert invoked(names) == names
    assert invoked(["f"] * 15 + names) == ["f"] * 15 + names


def test_the_counts_of_a_loop_that_is_allowed_stay_in_their_form() -> None:
    header = HEADER
    for _ in range(300):
        header = traced(header, arn("f"))
    assert header.endswith(":255")
    assert is_loop(header, arn("f"))
