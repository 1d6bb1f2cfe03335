"""Cases x runtimes x sandboxes: payload, error document, log lines and REPORT, literally as on Lambda."""

from __future__ import annotations

import math

import pytest

from tests.conformance.matrix.catalogue import COLUMNS, cells, read_cases, read_deviations
from tests.conformance.matrix.compose import first_log, next_log
from tests.conformance.matrix.document import DOCUMENT, document
from tests.conformance.matrix.literal import literal, own_lines
from tests.conformance.matrix.model import Cell, found
from tests.conformance.matrix.runs import Seen
from tests.support.matrix_interpreters import missing
from workbench.state.invocation import Invocation

CASES = read_cases()
DEVIATIONS = read_deviations()
_ANSWERS = {"warm": "2", "anew": "1"}
"""The next invocation's answer is how many this process has served."""


def _parameter(cell: Cell) -> object:
    marks = [pytest.mark.xfail(reason=DEVIATIONS[cell.deviation])] if cell.deviation else []
    marks += [pytest.mark.docker] if cell.column.sandbox == "docker" else []
    return pytest.param(cell, id=cell.name, marks=marks)


@pytest.mark.parametrize("cell", [_parameter(cell) for cell in cells(CASES)])
def test_as_on_lambda(cell: Cell, request: pytest.FixtureRequest) -> None:
    seen = _seen(cell, request)
    first = literal(seen.first, seen)
    expected = cell.expected
    assert (first.payload, first.error) == (expected.payload, expected.error)
    _assert_log(first.log, first_log(cell))
    _assert_next(cell, seen)
    _assert_figures(cell, seen.first)
    _assert_figures(cell, seen.second)


def _seen(cell: Cell, request: pytest.FixtureRequest) -> Seen:
    in_docker = cell.column.sandbox == "docker"
    if not in_docker and (reason := missing(cell.column.runtime)):
        pytest.skip(reason)
    seen = request.getfixturevalue("seen_in_docker" if in_docker else "seen_in_processes")[cell.name]
    if isinstance(seen, Exception):
        raise seen
    assert isinstance(seen, Seen)
    return seen


def _assert_next(cell: Cell, seen: Seen) -> None:
    """Whatever happened, the next invocation comes to the same environment."""
    expected, second = cell.expected, literal(seen.second, seen)
    assert (seen.second.start, seen.second.environment_id) == ("warm", seen.first.environment_id)
    answer = expected.again or _ANSWERS.get(expected.next, expected.payload)
    assert second.payload == answer
    if (log := next_log(cell)) is not None:
        _assert_log(second.log, log)


def _assert_log(seen: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """All lines in their order."""
    assert seen == expected


def _assert_figures(cell: Cell, invocation: Invocation) -> None:
    """REPORT's figures fit each other: they differ from run to run."""
    metrics = invocation.metrics
    assert metrics is not None
    init_ms = metrics.init_duration_ms or 0.0
    assert init_ms >= 0
    together_ms = metrics.duration_ms + init_ms
    assert metrics.billed_duration_ms in (math.ceil(together_ms - 0.001), math.ceil(together_ms + 0.001))
    assert metrics.max_memory_used_mb > 0 or invocation.function_error
    assert metrics.memory_size_mb == cell.case.memory_mb
    if invocation.status == "timeout":
        assert metrics.duration_ms >= cell.case.timeout_s * 1000
    if invocation.out_of_memory:
        assert metrics.max_memory_used_mb >= 0.9 * cell.case.memory_mb


def test_every_case_says_what_it_expects_of_every_column() -> None:
    known = {key for column in COLUMNS for key in column.keys}
    for case in CASES:
        tables = (case.expected, case.bodies, case.inits, case.files, case.absent, case.handlers, case.deviates)
        assert {key for table in tables for key in table} <= known, case.name
        assert set(case.deviates.values()) <= DEVIATIONS.keys(), case.name
    for cell in cells(CASES):
        sources = (cell.case.bodies, cell.case.inits, cell.case.files)
        assert any(found(source, cell.column) is not None for source in sources), cell.name
        assert cell.expected.payload is not None


def test_document_is_what_the_cases_give() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(CASES), "python -m tests.conformance.matrix.document writes it"


def test_what_lambda_says_in_the_middle_of_a_dump_is_seen() -> None:
    dump = ["node:internal/process/promises:394", "    ^", "START RequestId: <id> Version: $LATEST", "", "Node.js v24.21.0"]
    assert list(own_lines([*dump, "END RequestId: <id>"])) == ["START RequestId: <id> Version: $LATEST", "END RequestId: <id>"]
