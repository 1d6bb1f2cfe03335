"""What the conformance matrix is made of: cases, columns (a runtime in a sandbox) and what Lambda does, literally.

Texts are what Lambda writes, with `/var/task` as it stands: in the process sandbox the function's folder takes its place.
Placeholders in angle brackets (`<id>`, `<time>`, `<ms>`, …) stand for what differs from run to run; `literal` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec

from workbench.model.function import SandboxKind

Value = TypeVar("Value")
Language = Literal["python", "node", "ruby", "java", "bash"]
Init = Literal["succeeds", "fails"]
"""How the function's INIT goes. One that fails is done once more inside the invocation, and fails again."""

Next = Literal["warm", "anew", "same"]
"""The next invocation: by the same process, by a new one (INIT inside the invocation), or with the same outcome again."""


class Column(msgspec.Struct, frozen=True):
    """A runtime in a sandbox. `form` tells two ways to write a module apart; `name` is its place in test ids."""

    name: str
    runtime: str
    sandbox: SandboxKind
    language: Language
    form: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Under what names cases may tell of this column, the most particular first."""
        version = self.runtime.removesuffix(".x")
        forms = (f"{version}-{self.form}", f"{self.language}-{self.form}") if self.form else ()
        return (self.name, *forms, version, f"{self.language}-{self.sandbox}", self.language, "*")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a function's first invocation gives. `output` are its log lines in the invocation, `init_output` those of each INIT.

    `ended` are the lines that stand before END when the platform itself ended the invocation. `report` and `init_report` are
    what REPORT and INIT_REPORT say after their figures. `again` is the next invocation's answer where no count is given.
    `log` is the whole log where it is not in the text format.
    """

    payload: str
    error: bool = False
    init: Init = "succeeds"
    init_output: tuple[str, ...] = ()
    init_report: str = ""
    output: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    report: str = ""
    next: Next = "warm"
    again: str = ""
    log: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that may happen to a function, and what every language makes of it. Mappings have `Column.keys`.

    `order` is its place in the document, `section` the page of the Lambda guide that describes it. `bodies` are the last
    statements of a handler, `inits` of a shell runtime's INIT, `files` whole files instead. `absent` says why a column has no
    such cell. `deviates` names the entry of deviations.toml where the workbench is known not to do as Lambda.
    """

    name: str
    title: str
    group: str
    order: int
    section: str
    expected: Mapping[str, Expected]
    remark: str = ""
    event: str = '"first"'
    event_letters: int = 0
    timeout_s: int = 20
    memory_mb: int = 512
    properties: str = ""
    handlers: Mapping[str, str] = {}
    bodies: Mapping[str, str] = {}
    inits: Mapping[str, str] = {}
    files: Mapping[str, Mapping[str, str]] = {}
    absent: Mapping[str, str] = {}
    deviates: Mapping[str, str] = {}

    @property
    def payload(self) -> bytes:
        """The event's bytes: `event`, or a text of so many letters."""
        return b'"' + b"x" * self.event_letters + b'"' if self.event_letters else self.event.encode()

    @property
    def waits(self) -> bool:
        """Whether it mostly sleeps: such a case is run beside the others."""
        return self.timeout_s < 20


class Cell(msgspec.Struct, frozen=True):
    """A case in a column: one function of the workspace."""

    case: Case
    column: Column

    @property
    def name(self) -> str:
        """As in test ids: case-runtime-sandbox."""
        return f"{self.case.name}-{self.column.name}"

    @property
    def function(self) -> str:
        """The function's name, a logical id of the template."""
        return "".join(part.capitalize() for part in self.name.replace(".", "-").split("-"))

    @property
    def expected(self) -> Expected:
        """What Lambda does."""
        expected = found(self.case.expected, self.column)
        assert expected is not None, f"{self.name}: nothing is expected"
        return expected

    @property
    def absence(self) -> str:
        """Why it is not there, "" when it is."""
        return found(self.case.absent, self.column) or ""

    @property
    def deviation(self) -> str:
        """The entry of deviations.toml that says what the workbench does otherwise, "" for nothing."""
        return found(self.case.deviates, self.column) or ""


def found(entries: Mapping[str, Value], column: Column) -> Value | None:
    """The entry that is most particular to a column."""
    return next((entries[key] for key in column.keys if key in entries), None)
