"""`workbench invocation`: what can be done with earlier invocations, named by the beginning of their request IDs."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from workbench.cli.examination import DEFAULT_PORT
from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.api import EngineClient
from workbench.model.failures import InvalidInput, WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.past_invocations import Deployed, Mark, PastInvocation, PastInvocationFilter, Retention
from workbench.model.shown import shown
from workbench.package_version import package_version
from workbench.state.copied_calls import FORMS, Call
from workbench.state.invocation_file import LARGEST_BYTES, exported, opened
from workbench.state.recalled import Recalled, difference, recall
from workbench.workspace.atomic_file import write_atomically
from workbench.workspace.locating.options import Options

Work = Callable[[EngineClient, list[PastInvocation]], Awaitable[str]]


def show_one(workspace: Path, request_id: str) -> int:
    """Print an invocation as JSON. Returns exit status 0; raises WorkbenchError."""
    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        found, deployed = await _recalled(client, pasts[0]), await client.history.deployed(pasts[0].seq)
        write_json(_document(found, deployed))
        return ""

    return _with(workspace, [request_id], work)


def replay_all(workspace: Path, request_ids: Sequence[str]) -> int:
    """Invoke again. Returns exit status 0, 1 if a function failed; raises WorkbenchError."""
    failed: list[str] = []

    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        for past in pasts:
            event = (await _recalled(client, past)).event()
            answer = await client.invoke(
                past.function_name, event.encode(), request_id=str(uuid.uuid4()), refresh=True,
                qualifier=past.alias or ("" if past.version == LATEST else past.version))
            failed.extend(filter(None, [answer.function_error]))
            sys.stdout.write(shown(f"{answer.request_id}  {answer.payload.decode(errors='replace')}\n"))
            told = difference(past, await client.history.deployed(past.seq))
            sys.stderr.write(shown(f"workbench: {told}\n") if told else "")
        return ""

    return _with(workspace, request_ids, work) or int(bool(failed))


def copy_one(workspace: Path, request_id: str, form: str) -> int:
    """Print a call. Returns exit status 0; raises WorkbenchError."""
    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        (past,), health = pasts, await client.health()
        call = Call(url=_lasting_url(client), region=health.settings.region, function_name=past.function_name,
                    event=(await _recalled(client, past)).event(), qualifier=past.alias or past.version)
        return FORMS[form](call)

    return _with(workspace, [request_id], work)


def _lasting_url(client: EngineClient) -> str:
    """Return where a call that is printed will be answered: not by an engine that ends with this command."""
    if client.connection.pid:
        return client.connection.url
    sys.stderr.write(f"No engine serves this workspace: the call is for port {DEFAULT_PORT}, that of workbench serve.\n")
    return f"http://127.0.0.1:{DEFAULT_PORT}"


def export_one(workspace: Path, request_id: str, file: Path, *, force: bool) -> int:
    """Write an invocation into a file. Returns exit status 0; raises WorkbenchError."""
    if file.exists() and not force:
        raise InvalidInput(f"{file} exists.", "Choose another name, or use --force to overwrite it.")

    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        found, deployed = await _recalled(client, pasts[0]), await client.history.deployed(pasts[0].seq)
        write_atomically(file, exported(f"Lambda Workbench {package_version()}", pasts[0], deployed, found.events))
        return f"{file} has the invocation. Event, result and log are in it as they were.\n"

    return _with(workspace, [request_id], work)


def open_file(file: Path) -> int:
    """Print what a file has. Returns exit status 0; raises WorkbenchError."""
    try:
        with file.open("rb") as content:
            document = opened(content.read(LARGEST_BYTES + 1))
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror or error}.") from error
    write_json(_document(Recalled(document.invocation, document.events, document.folded()), document.deployed))
    return 0


def mark_all(workspace: Path, request_ids: Sequence[str], star: bool | None, name: str | None) -> int:
    """Mark invocations. Returns exit status 0; raises WorkbenchError."""
    if star is None and name is None:
        raise InvalidInput("There is nothing to mark.", "Give --star, --no-star or --name.")

    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        await client.history.mark([past.seq for past in pasts], Mark(is_starred=star, name=name))
        return ""

    return _with(workspace, request_ids, work)


def forget_all(workspace: Path, request_ids: Sequence[str]) -> int:
    """Delete invocations. Returns exit status 0; raises WorkbenchError."""
    async def work(client: EngineClient, pasts: list[PastInvocation]) -> str:
        gone = (await client.history.forget([past.seq for past in pasts])).invocations
        return f"{gone:,} invocation{'s were' if gone != 1 else ' was'} forgotten.\n"

    return _with(workspace, request_ids, work)


def keep_so_long(workspace: Path, days: int | None, megabytes: int | None) -> int:
    """Print or change how long history is kept. Returns exit status 0; raises WorkbenchError."""
    async def ask() -> Retention:
        async with engine_of(workspace, Options()) as client:
            now = await client.history.retention()
            if days is None and megabytes is None:
                return now
            return await client.history.change_retention(
                Retention(days=days or now.days, megabytes=megabytes or now.megabytes))

    kept = run(ask())
    sys.stdout.write(f"History is kept for {kept.days:,} days, and {kept.megabytes:,} MB of it.\n")
    return 0


def _with(workspace: Path, request_ids: Sequence[str], work: Work) -> int:
    """Find the invocations, do something with them, and print what that returns."""
    async def whole() -> str:
        async with engine_of(workspace, Options()) as client:
            return await work(client, [await _found(client, each) for each in request_ids])

    sys.stdout.write(shown(run(whole())))
    return 0


async def _found(client: EngineClient, request_id: str) -> PastInvocation:
    found: list[PastInvocation] = []
    before: int | None = None
    while len(found) < 2:
        page = await client.history.invocations(PastInvocationFilter(request_id=request_id), before=before, limit=100)
        found += page.invocations
        before = page.next
        if before is None:
            break
    if not found:
        raise InvalidInput(f"There is no invocation {request_id}.", "See workbench invocations.")
    if len({past.request_id for past in found}) > 1:
        raise InvalidInput(f"Several invocations begin with {request_id!r}.", "Give more of the request id.")
    return found[0]


async def _recalled(client: EngineClient, past: PastInvocation) -> Recalled:
    return recall(past, await client.history.events_of(past))


def _document(found: Recalled, deployed: Deployed) -> bytes:
    try:
        event = found.event()
    except WorkbenchError:
        event = found.invocation.event_text
    return msgspec.json.encode({
        **found.invocation.document(), "event": event, "past": found.past, "deployed": deployed})
