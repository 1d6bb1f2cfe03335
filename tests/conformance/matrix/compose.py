"""The logs that an expectation stands for, as the Lambda guide shows them ("Log formats" and the lifecycle's page)."""

from __future__ import annotations

from tests.conformance.matrix.model import Cell

_START = "START RequestId: <id> Version: $LATEST"
_END = "END RequestId: <id>"


def first_log(cell: Cell) -> tuple[str, ...]:
    """The log of the first invocation. A failed INIT is followed by the one inside the invocation, both before START."""
    expected = cell.expected
    if expected.log:
        return expected.log
    if expected.init == "fails":
        return (*_init(cell), _init_report(cell, "init"), *_outcome(cell, with_init=True))
    return (*_init(cell), *_outcome(cell, with_init=False))


def next_log(cell: Cell) -> tuple[str, ...] | None:
    """The log of the invocation after it, None where only its answer is looked at."""
    expected = cell.expected
    if expected.log:
        return None
    if expected.next == "same":
        return _outcome(cell, with_init=True)
    init = _init(cell) if expected.next == "anew" else ()
    return (*init, _START, _END, _report(cell, "", ""))


def _outcome(cell: Cell, *, with_init: bool) -> tuple[str, ...]:
    """From the INIT inside the invocation, if there is one, to REPORT, which then has no Init Duration."""
    expected = cell.expected
    failed = (_init_report(cell, "invoke"),) if expected.init == "fails" else ()
    init = (*_init(cell), *failed) if with_init else ()
    report = _report(cell, "" if with_init else "Init Duration: <ms>\t", expected.report)
    return (*init, _START, *expected.output, *expected.ended, _END, report)


def _init(cell: Cell) -> tuple[str, ...]:
    return ("INIT_START Runtime Version: <version>", *cell.expected.init_output)


def _init_report(cell: Cell, phase: str) -> str:
    return f"INIT_REPORT Init Duration: <ms>\tPhase: {phase}\t{cell.expected.init_report}"


def _report(cell: Cell, init: str, status: str) -> str:
    figures = f"Duration: <ms>\tBilled Duration: <ms>\tMemory Size: {cell.case.memory_mb} MB\tMax Memory Used: <mb>\t"
    return f"REPORT RequestId: <id>\t{figures}{init}{status}"
