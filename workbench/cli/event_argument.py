"""Read the event that `-e` names: a file, an event of the workspace, a JSON document, or - for standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from workbench.model.failures import InvalidInput
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.events import EXPECTATION_LIMIT_BYTES, EventFiles, expectation_file

_SHOWN_CHARACTERS = 80
_DOCUMENT_STARTS = ("{", "[", '"')


def read_event(event: str, workspace: Path) -> bytes:
    """The event's bytes; `{}` for "". A file or event of that name takes precedence over a document.

    Raises InvalidInput when it is neither a file, nor an event, nor a JSON document, and when a file cannot be read.
    """
    if not event:
        return b"{}"
    if event == "-":
        return sys.stdin.buffer.read()
    path = _file(event, workspace)
    if path is None:
        return _document(event, workspace)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The event {_shortened(event)} cannot be read: {error.strerror}.",
                           "Check the file's permissions.") from error


def read_expected(event: str, workspace: Path) -> bytes:
    """What the event's file, which `-e` names, has beside it as the expected answer. Raises InvalidInput if there is none."""
    path = _file(event, workspace) if event not in ("", "-") else None
    if path is None:
        raise InvalidInput("--expect needs an event that is a file.", "Name an event in events/ with -e.")
    expected = expectation_file(path)
    try:
        content = read_bounded(expected, EXPECTATION_LIMIT_BYTES) if expected.exists() else b""
    except OSError as error:
        raise InvalidInput(f"{expected.name} cannot be read: {error.strerror}.", "Check the file's permissions.") from error
    if not content.strip():
        raise InvalidInput(f"There is nothing that {path.name} expects.",
                           f'Write the JSON that the answer must contain into {expected.name} beside it: {{"statusCode": 200}}.')
    return content


def _file(event: str, workspace: Path) -> Path | None:
    events = workspace / "events"
    for path in (Path(event), events / event, events / f"{event}.json"):
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):  # not a path: a document is often longer than a file name may be
            return None
    return None


def _document(event: str, workspace: Path) -> bytes:
    try:
        json.loads(event)
    except ValueError as error:
        if event.lstrip().startswith(_DOCUMENT_STARTS):
            raise InvalidInput(f"The event {_shortened(event)} is not JSON: {error}.", _QUOTING) from error
        raise InvalidInput(f"There is no event {_shortened(event)}.", _known_events(workspace)) from error
    return event.encode("utf-8", "surrogateescape")


_QUOTING = "Check the quotes: shells remove those that are not inside others. A file or standard input (-e -) needs no quotes."


def _shortened(event: str) -> str:
    return repr(event if len(event) <= _SHOWN_CHARACTERS else event[: _SHOWN_CHARACTERS - 1] + "…")


def _known_events(workspace: Path) -> str:
    known = ", ".join(event.name for event in EventFiles(workspace).list())
    return f"This workspace has the events {known}." if known else "Name a JSON file, or give a JSON document."
