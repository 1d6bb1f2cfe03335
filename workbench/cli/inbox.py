"""`workbench inbox`: lists, shows and deletes what the inbox received."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.model.events import iso_time
from workbench.model.failures import InvalidInput
from workbench.model.inbox import InboxCleared, InboxFilter, InboxMessage
from workbench.model.shown import shown
from workbench.state.answers import pretty_json
from workbench.workspace.locating.options import Options

NOTHING = "The inbox is empty.\n"
_WORDS = {"success": "record of a success", "failure": "record of a failure", "dead-letter": "dead letter"}


def list_messages(workspace: Path, wanted: InboxFilter, limit: int, *, as_json: bool) -> int:
    """Print messages, newest first. Returns exit status 0; raises WorkbenchError."""
    async def ask() -> list[InboxMessage]:
        async with engine_of(workspace, Options()) as client:
            return await client.inbox.page(wanted, limit=limit)

    messages = run(ask())
    if as_json:
        write_json(msgspec.json.encode(messages))
    else:
        sys.stdout.write(shown(lines(messages)) or NOTHING)
    return 0


def show_message(workspace: Path, number: int, *, as_json: bool) -> int:
    """Print one message, the newest for 0. Returns exit status 0; raises WorkbenchError if there is none."""
    async def ask() -> InboxMessage:
        async with engine_of(workspace, Options()) as client:
            if number:
                return await client.inbox.message(number)
            newest = await client.inbox.page(limit=1)
            if not newest:
                raise InvalidInput("The inbox is empty.", "Failed events arrive there once they have no retries left.")
            return newest[0]

    message = run(ask())
    if as_json:
        write_json(msgspec.json.encode(message))
    else:
        sys.stdout.write(shown(words(message)))
    return 0


def clear_messages(workspace: Path, wanted: InboxFilter, *, as_json: bool) -> int:
    """Delete messages. Returns exit status 0; raises WorkbenchError."""
    async def ask() -> int:
        async with engine_of(workspace, Options()) as client:
            return await client.inbox.clear(wanted)

    deleted = run(ask())
    if as_json:
        write_json(msgspec.json.encode(InboxCleared(deleted)))
    else:
        sys.stdout.write(f"Deleted {deleted} {'message' if deleted == 1 else 'messages'}.\n")
    return 0


def lines(messages: Sequence[InboxMessage]) -> str:
    """Format a list for the terminal, one line per message; what could not be delivered has a second one."""
    width = max((len(str(each.id)) for each in messages), default=0)
    return "".join(
        f"{each.id:>{width}}  {iso_time(each.time_ms)}  {each.kind:<11}  {each.function_name} -> {each.target}\n"
        + (f"{'':<{width}}  {each.why}\n" if each.why else "") for each in messages)


def words(message: InboxMessage) -> str:
    """Format one message for the terminal."""
    about = {
        "Kind": _WORDS[message.kind], "To": message.target, "From": message.function_arn, "Request": message.request_id,
        "Time": iso_time(message.time_ms), "Trace": message.trace_header, "Not delivered": message.why,
        **{name: each.value for name, each in message.attributes.items()}}
    head = "".join(f"{name:<14}{value}\n" for name, value in about.items() if value)
    return f"{head}\n{pretty_json(message.body)}\n"
