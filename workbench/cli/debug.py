"""`workbench debug`: keep a function's debugger port open until Ctrl+C, and invoke the function if an event is given."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.background import begin_awaited
from workbench.cli.event_argument import read_event
from workbench.cli.function_argument import function_named
from workbench.cli.invoke import InvokeOptions, engine_of, invoke_once, show
from workbench.cli.loop import run
from workbench.cli.progress import told_progress
from workbench.client.api import EngineClient
from workbench.client.stream import follow
from workbench.model.engine_api import DebuggedFunction, TrustAnswer
from workbench.model.failures import InvalidInput, ServiceError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.workspace.debug_configurations import Ide, WrittenConfiguration, write_configuration
from workbench.workspace.locating.options import Options

_PROTOCOLS = {"python": "Python (debugpy)", "nodejs": "Node.js (inspector)"}

_PLACES: Mapping[SandboxKind, str] = {"process": "in a process", "isolated": "in an isolated process", "docker": "in a container"}


class DebugOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asked for.

    `event`: invoke the function with it (see InvokeOptions); "" only opens the port. `ide`: write its attach configuration.
    """

    function: str
    workspace: Path
    port: int = 0
    sandbox: SandboxKind | None = None
    event: str = ""
    ide: Ide | None = None
    choices: Options = Options()
    trust: bool = False


def run_debugging(options: DebugOptions) -> int:
    """Debug until Ctrl+C, then switch debugging off again.

    Returns exit status 0; raises WorkbenchError when the function cannot be debugged.
    """
    invocation = InvokeOptions(
        function=options.function, workspace=options.workspace, event=options.event, sandbox=options.sandbox)
    payload = read_event(options.event, options.workspace) if options.event else None
    return run(_run(options, invocation, payload))


async def _run(options: DebugOptions, invocation: InvokeOptions, payload: bytes | None) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        function = await _function(client, options.function)
        if options.trust:
            await client.answer_trust(TrustAnswer(trusted=True))
        name = function.name if function else options.function
        async with _debugged(client, name, options) as debugged:
            _tell(debugged)
            if options.ide is not None:
                _tell_configuration(await asyncio.to_thread(write_configuration, options.ide, options.workspace, debugged))
            with _ended_by_signals() as ended:
                work = [_tell_states(client, name)]
                if payload is not None:
                    work.append(_invoke(client, name, function, payload, invocation))
                await _until(ended, work)
    return 0


async def _function(client: EngineClient, asked: str) -> FunctionConfiguration | None:
    return function_named(asked, await client.refresh())


@contextlib.asynccontextmanager
async def _debugged(client: EngineClient, name: str, options: DebugOptions) -> AsyncIterator[DebuggedFunction]:
    """Debug the function during the block. One that was already being debugged keeps its port and stays debugged."""
    before = [each.function_name for each in await client.debugging.debugged()]
    async with told_progress(client, name):
        try:
            debugged = await client.debugging.start(name, port=options.port, sandbox=options.sandbox)
        except ServiceError as error:
            raise InvalidInput(error.message, error.hint) from error
    try:
        yield debugged
    finally:
        if name not in before:  # otherwise the window, or another terminal, has switched it on and still uses it
            await client.debugging.stop(name)


def _tell(debugged: DebuggedFunction) -> None:
    where = _PLACES[debugged.sandbox]
    sys.stdout.write(f"Attach a {_PROTOCOLS[debugged.language]} debugger to 127.0.0.1:{debugged.port}: "
                     f"{debugged.function_name} runs {where} and waits for it before loading its module. Press Ctrl+C to stop.\n")
    if debugged.local_root != debugged.remote_root:
        sys.stdout.write(f"There, {debugged.local_root} is {debugged.remote_root}.\n")
    sys.stdout.flush()


def _tell_configuration(written: WrittenConfiguration) -> None:
    if written.path is not None:
        sys.stdout.write(f'"{written.name}" is in {written.path}.\n')
    else:
        sys.stdout.write(f"{written.why}\n{written.text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C and SIGTERM set during the block instead of ending the process."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    for number in numbers:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    try:
        yield ended
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


async def _until(ended: asyncio.Event, parts: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all parts until `ended` is set, or until one of them fails."""
    work = {begin_awaited("Debugging", part) for part in parts}
    leaving = begin_awaited("Waiting for the end", ended.wait())
    try:
        while not ended.is_set() and work:
            done, _ = await asyncio.wait({leaving, *work}, return_when=asyncio.FIRST_COMPLETED)
            work -= done
            for task in done - {leaving}:
                task.result()  # raises what it failed with, which ends the others
    finally:
        for task in (leaving, *work):
            task.cancel()
        await asyncio.gather(leaving, *work, return_exceptions=True)


async def _invoke(
    client: EngineClient, name: str, function: FunctionConfiguration | None, payload: bytes, options: InvokeOptions
) -> None:
    """Invoke and print. Needs no wait for the debugger: the environment waits for it before its INIT."""
    show(await invoke_once(client, name, payload, options, is_first=True), options, function)


async def _tell_states(client: EngineClient, name: str) -> None:
    async for batch in follow(client, (await client.health()).seq):
        for event in batch:
            if event.type == "sandbox.debugger" and event.function_name == name:
                sys.stderr.write(f"{name}: {event.fields()['state']}\n")

