"""The events of a folder, and how results compare with what they expect, as in the window and with `workbench invoke`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.embedding.results import InvocationResult
from workbench.state.expectations import Expectation, Outcome, judge, read_expectation
from workbench.workspace.events import EventFiles


class ExpectedEvent(msgspec.Struct, frozen=True):
    """An event's bytes, and what it expects; None for nothing."""

    content: bytes
    expected: Expectation | None


def read_event(root: Path, name: str) -> ExpectedEvent:
    """Read an event by its name. Raises InvalidInput if what it expects is no expectation, WorkspaceError if it is not there."""
    events = EventFiles(root)
    events.path_of(name)
    expected = events.expectation(name).strip()
    return ExpectedEvent(events.read(name), read_expectation(expected) if expected else None)


def compared(result: InvocationResult, event: ExpectedEvent) -> InvocationResult:
    """Return the result with how it differs from what the event expects."""
    if event.expected is None:
        return result
    duration_ms = None if result.report is None else result.report.duration_ms
    verdict = judge(event.expected, Outcome(result.raw_payload, result.status, duration_ms))
    return msgspec.structs.replace(result, differences=verdict.differences)
