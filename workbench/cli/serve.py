"""`workbench serve`: one engine for one workspace, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.cli.doctor import examine
from workbench.cli.engine_parts import build_engine
from workbench.cli.loop import run
from workbench.client.engine_process import CONNECTION_FILE, attach
from workbench.engine.service import Engine
from workbench.gateway.server import Gateway
from workbench.model.engine_api import Connection, SandboxChoice
from workbench.model.failures import EngineError
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import state_directory

PARENT_GRACE_S = 30.0
"""How long an engine whose window is gone waits for another one before it ends."""


def run_engine(
    workspace: Path, port: int, sandbox: SandboxChoice | None, choices: Options, *, is_child: bool
) -> int:
    """Serve until SIGINT, SIGTERM or a call of shutdown. The exit status: 0."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run(_serve(workspace, port, sandbox, choices, is_child=is_child))
    return 0


async def _serve(
    workspace: Path, port: int, sandbox: SandboxChoice | None, choices: Options, *, is_child: bool
) -> None:
    directory = state_directory(workspace)
    await _refuse_second(directory)
    engine = build_engine(workspace, directory, choices)
    ended = asyncio.Event()
    _end_on_signals(ended)
    gateway = Gateway(engine, shut_down=ended.set, examine=lambda: examine(engine))
    await gateway.start(port)
    try:
        await engine.start()
        if engine.is_second:  # both looked for the other's file before either had written it
            await _refuse_second(directory)
            raise EngineError("An engine serves this workspace already.", "Use it, or end it first.")
        if sandbox is not None:
            engine.sandboxes.settings = msgspec.structs.replace(engine.sandboxes.settings, sandbox=sandbox)
        with _connection_file(directory, engine, gateway):
            sys.stdout.write(f"listening on {gateway.url}\n")
            sys.stdout.flush()
            await _until(ended, gateway, is_child=is_child)
    finally:
        await gateway.close()
        await engine.close()


async def _refuse_second(directory: Path) -> None:
    running = await attach(directory)
    if running is not None:
        url, pid = running.connection.url, running.connection.pid
        await running.close()
        raise EngineError(f"An engine serves this workspace already: {url} (process {pid}).", "Use it, or end it first.")


@contextlib.contextmanager
def _connection_file(directory: Path, engine: Engine, gateway: Gateway) -> Iterator[None]:
    connection = Connection(
        url=gateway.url, token=gateway.token, pid=os.getpid(), engine_id=engine.engine_id, workspace=str(engine.root)
    )
    path, temporary = directory / CONNECTION_FILE, directory / f"{CONNECTION_FILE}.{os.getpid()}"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(connection))
    temporary.replace(path)
    try:
        yield
    finally:
        if _is_ours(path, connection):
            path.unlink(missing_ok=True)


def _is_ours(path: Path, connection: Connection) -> bool:
    """Whether the file still names us: of two engines started at the same moment, the later one has written it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Connection) == connection
    except (OSError, msgspec.DecodeError):
        return False


def _end_on_signals(ended: asyncio.Event) -> None:
    """From the start on: a signal that comes before we listen must clean up as well."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))


async def _until(ended: asyncio.Event, gateway: Gateway, *, is_child: bool) -> None:
    orphaned = asyncio.get_running_loop().create_task(_parent_gone(ended, gateway)) if is_child else None
    await ended.wait()
    if orphaned is not None:
        orphaned.cancel()


async def _parent_gone(ended: asyncio.Event, gateway: Gateway) -> None:
    """A window's engine outlives a crash of its window for a while, so that the next one finds everything as it was."""
    await _input_ended()
    alone_s = 0.0
    while alone_s < PARENT_GRACE_S:
        await asyncio.sleep(1)
        alone_s = 0.0 if gateway.workbench.has_followers else alone_s + 1
    ended.set()


async def _input_ended() -> None:
    """Wait for the end of standard input. A daemon thread: one of an executor would hold up our end until the parent's."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def read_to_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin.read: its lock is fatal at the interpreter's end
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=read_to_end, name="parent", daemon=True).start()
    await closed.wait()
