"""The matrix' data: a file a case in `cases/`, the columns, and what is known not to be as on Lambda."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.conformance.matrix.model import Case, Cell, Column

HERE = Path(__file__).parent
GROUPS = (
    "Answers", "Errors of the handler", "The process ends", "INIT fails", "Logs", "Runtime API of a custom runtime",
)

COLUMNS = (
    Column("python3.9-process", "python3.9", "process", "python"),
    Column("python3.11-process", "python3.11", "process", "python"),
    Column("python3.13-process", "python3.13", "process", "python"),
    Column("nodejs20-process", "nodejs20.x", "process", "node", "cjs"),
    Column("nodejs20-esm-process", "nodejs20.x", "process", "node", "esm"),
    Column("nodejs24-esm-process", "nodejs24.x", "process", "node", "esm"),
    Column("ruby3.3-process", "ruby3.3", "process", "ruby"),
    Column("provided-process", "provided.al2023", "process", "bash"),
    Column("python3.11-isolated", "python3.11", "isolated", "python"),
    Column("nodejs20-isolated", "nodejs20.x", "isolated", "node", "cjs"),
    Column("ruby3.3-isolated", "ruby3.3", "isolated", "ruby"),
    Column("provided-isolated", "provided.al2023", "isolated", "bash"),
    Column("python3.11-docker", "python3.11", "docker", "python"),
    Column("nodejs20-docker", "nodejs20.x", "docker", "node", "cjs"),
    Column("nodejs20-esm-docker", "nodejs20.x", "docker", "node", "esm"),
    Column("ruby3.3-docker", "ruby3.3", "docker", "ruby"),
    Column("java17-docker", "java17", "docker", "java"),
    Column("provided-docker", "provided.al2023", "docker", "bash"),
)

WITHOUT_A_COLUMN = {
    "Java as a process": "needs Docker: the workbench brings no runtime client for it, and says so when it is invoked.",
    ".NET": "needs Docker, and its base image: none can be made of Debian's packages, so the tests have none.",
    "Go, Rust, C": "custom runtimes as `provided.al2023`; compiled ones are in `tests/contract/test_runtimes.py`.",
    "Node.js 24 in Docker": "the test image is made of Debian's Node.js. `tests/conformance/test_node.py` compares the process "
                            "sandbox with AWS's own client for Node.js 24.",
}

WITHOUT_A_PIPE = (
    "A record of several lines is as many events, where AWS's client does not join them itself (Node.js's does).",
    "/tmp is empty after a runtime crashed in its first second, when so many environments started at once that nothing but its "
    "container held it.",
)
"""What is known not to be as on Lambda where a container's output does not come through a pipe of ours."""


def read_cases() -> tuple[Case, ...]:
    """All cases, in the order of the document."""
    cases = [_read_case(path) for path in sorted((HERE / "cases").glob("*.toml"))]
    return tuple(sorted(cases, key=lambda case: (GROUPS.index(case.group), case.order)))


def read_deviations() -> Mapping[str, str]:
    """What the workbench is known to do otherwise than Lambda, by the names that cases use."""
    return tomllib.loads((HERE / "deviations.toml").read_text(encoding="utf-8"))


def cells(cases: tuple[Case, ...]) -> tuple[Cell, ...]:
    """Every case in every column that has it."""
    pairs = (Cell(case, column) for case in cases for column in COLUMNS)
    return tuple(cell for cell in pairs if not cell.absence)


def _read_case(path: Path) -> Case:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert({"name": path.stem, **document}, Case)
