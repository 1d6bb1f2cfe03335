"""Writes MATRIX.md from the cases: `python -m tests.conformance.matrix.document`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conformance.matrix.catalogue import (
    COLUMNS,
    GROUPS,
    WITHOUT_A_COLUMN,
    WITHOUT_A_PIPE,
    cells,
    read_cases,
    read_deviations,
)
from tests.conformance.matrix.model import Case, Cell, Column

DOCUMENT = Path(__file__).parents[1] / "MATRIX.md"

_HEAD = """\
# Conformance matrix

Written by `python -m tests.conformance.matrix.document` from the cases in `tests/conformance/matrix/cases`; a test fails when it
is out of date.

Every ✓ is one function that `tests/conformance/matrix/test_matrix.py` runs in that sandbox and compares **literally** with what
Lambda does: the payload or error document, every line of the log (the platform's INIT_START, START, END, INIT_REPORT and REPORT
as well as the function's), the fields of REPORT and how its figures fit each other, and whether the next invocation finds the
same process, a new one, or the same failure. What differs from run to run (ids, times, figures) is compared by its place and
form only; stack frames of the language and of its runtime client are left out.
"""


def document(cases: tuple[Case, ...]) -> str:
    """The whole text."""
    notes = _Notes()
    parts = [_HEAD, _summary(cases)]
    for group in GROUPS:
        members = [case for case in cases if case.group == group]
        parts.append("\n".join(_table(group, members, notes)))
    parts += [notes.text(), _remarks(cases), _without_a_pipe(), _without_a_column()]
    return "\n".join(part for part in parts if part)


class _Notes:
    """Numbers reasons in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        return f"<sup>{self._numbers.setdefault(reason, len(self._numbers) + 1)}</sup>"

    def text(self) -> str:
        lines = [f"{number}. {_sentence(reason)}" for reason, number in self._numbers.items()]
        signs = "— there is no such case here, ✗ the workbench is known to differ."
        return "\n".join(["## Notes", "", signs, "", *lines, ""])


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:].rstrip('.')}."


def _summary(cases: tuple[Case, ...]) -> str:
    there = cells(cases)
    differ = sum(1 for cell in there if cell.deviation)
    kinds = Counter(cell.column.sandbox for cell in there)
    return (f"{len(cases)} cases, {len(there)} cells: {kinds['process']} in processes, {kinds['isolated']} in isolated "
            f"processes, {kinds['docker']} in Docker; {differ or 'none'} of them known to differ.\n")


def _table(group: str, cases: list[Case], notes: _Notes) -> Iterator[str]:
    columns = [column for column in COLUMNS if any(not Cell(case, column).absence for case in cases)]
    yield f"## {group}\n"
    yield "| | " + " | ".join(_heading(column) for column in columns) + " | Lambda guide |"
    yield "|---|" + ":-:|" * len(columns) + "---|"
    for case in cases:
        marks = " | ".join(_mark(Cell(case, column), notes) for column in columns)
        yield f"| {case.title} | {marks} | {case.section} |"
    yield from _nowhere(columns, notes, cases)
    yield ""


def _nowhere(columns: list[Column], notes: _Notes, cases: list[Case]) -> Iterator[str]:
    """Columns that a whole group lacks are told below its table."""
    left_out = [column for column in COLUMNS if column not in columns]
    if left_out:
        reasons = {notes.mark(Cell(case, column).absence) for case in cases for column in left_out}
        yield f"\nNo other runtime: {' '.join(sorted(reasons))}"


def _heading(column: Column) -> str:
    form = {"esm": " (ES module)", "cjs": " (CommonJS)"}.get(column.form, "")
    return f"{column.runtime}{form}<br>{'Docker' if column.sandbox == 'docker' else column.sandbox}"


def _mark(cell: Cell, notes: _Notes) -> str:
    if cell.absence:
        return f"—{notes.mark(cell.absence)}"
    return f"✗{notes.mark(read_deviations()[cell.deviation])}" if cell.deviation else "✓"


def _remarks(cases: tuple[Case, ...]) -> str:
    lines = [f"- *{case.title}*: {case.remark}" for case in cases if case.remark]
    return "\n".join(["## Remarks", "", *lines, ""])


def _without_a_pipe() -> str:
    lines = [f"- {text}" for text in WITHOUT_A_PIPE]
    head = ("The Docker columns are run with containers on this machine's kernel and a shell in the image. In a virtual machine "
            "(Docker Desktop) or without a shell, two things are otherwise than on Lambda:")
    return "\n".join(["## Docker Desktop, images without a shell", "", head, "", *lines, ""])


def _without_a_column() -> str:
    reasons: Mapping[str, str] = WITHOUT_A_COLUMN
    lines = [f"- **{runtime}**: {reason}" for runtime, reason in reasons.items()]
    return "\n".join(["## Runtimes without a column", "", *lines, ""])


if __name__ == "__main__":
    DOCUMENT.write_text(document(read_cases()), encoding="utf-8")
