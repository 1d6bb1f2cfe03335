"""`workbench serve`: run the engine of one workspace until a signal or a shutdown request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from workbench.background import begin_awaited
from workbench.cli.engine_parts import build_engine
from workbench.cli.examination import examine
from workbench.cli.log_output import log_to_standard_error
from workbench.cli.loop import run
from workbench.cli.notices import tell_notice
from workbench.cli.parent import WINDOW_GRACE_S, Parent
from workbench.cli.reaching import reach_of, warning
from workbench.client.engine_process import ALREADY_SERVED, attach, connection_file
from workbench.engine.service import Engine
from workbench.gateway.reach import LOOPBACK
from workbench.gateway.server import Gateway
from workbench.model.engine_api import Connection, SandboxChoice, Settings
from workbench.model.failures import EngineError
from workbench.model.shown import shown
from workbench.storage.open_files import allow_many_files
from workbench.storage.processes import RunningProcess
from workbench.storage.safe_files import Unfit
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import VARIABLE
from workbench.storage.temporary_state import remove_temporary_home
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import state_directory

_INSTEAD_OF_SETTINGS = ("sandbox", "services", "account_concurrency", "machine_environments", "machine_memory_mb")
ParentKind = Literal["", "window", "program"]
"""Who starts an engine as a child: the window, or a program that embeds it. "": nobody, it ends by a signal."""
SWITCH_INTERVAL_S = 0.001
"""How long the loop waits for the GIL while a thread computes (the journal's, say). Python's default, 5 ms, is as long as a warm
invocation."""


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine serves.

    `sandbox`, `services`, `account_concurrency`, `machine_environments`, `machine_memory_mb`: instead of what the settings have;
    None for what they have.

    `parent`: also end when the parent's end of standard input is closed; for a program at once, and with all data in the state
    folder and none in the workspace. `trust`: trust the folder with what it contains now.
    `read_only`: refuse changes of functions through the API. `host`: where to listen, besides loopback.
    """

    port: int
    host: str = LOOPBACK
    sandbox: SandboxChoice | None = None
    services: str | None = None
    account_concurrency: int | None = None
    machine_environments: int | None = None
    machine_memory_mb: int | None = None
    parent: ParentKind = ""
    trust: bool = False
    read_only: bool = False


def run_engine(workspace: Path, choices: Options, options: ServeOptions) -> int:
    """Serve until SIGINT, SIGTERM or a shutdown request. Returns exit status 0."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    allow_many_files()
    with log_to_standard_error():
        run(_serve(workspace, choices, options))
    return 0


async def _serve(workspace: Path, choices: Options, options: ServeOptions) -> None:
    directory = state_directory(workspace)
    await _refuse_second(directory)
    reach = reach_of(options.host)
    engine = build_engine(workspace, directory, choices, data=directory if options.parent == "program" else None)
    engine.credentials.serves_other_machines = reach.asks_for_keys
    ended = asyncio.Event()
    _end_on_signals(ended)
    gateway = Gateway(engine, shut_down=ended.set, examine=lambda: examine(engine), reach=reach)
    parent = _parent(ended, gateway, options.parent, engine.take_parting)
    await gateway.start(options.port)  # before the engine: a port that is taken is reported before a large workspace is read
    try:
        if not await _has_started(engine, ended):
            return
        if engine.is_second:  # a race: both looked for the other's connection file before either had written its own
            await _refuse_second(directory)
            raise EngineError(f"{ALREADY_SERVED}.", "Use it, or stop it first.")
        engine.settings.use(_with(engine.settings.in_force, options))
        tell_notice(engine)
        if options.trust:
            await engine.trust.agree()
        if options.read_only:
            engine.resources.refuse_changes("This engine was started with --read-only.")
        gateway.admit()
        # Last: whoever finds the file calls at once.
        with _connection_file(directory, engine, gateway):
            sys.stdout.write(f"listening on {gateway.url}\n")
            sys.stdout.flush()
            warnings = (*engine.functions.remarks.warnings, *engine.resources.declared.warnings)
            sys.stderr.write(shown("".join(f"{each}\n" for each in warnings)))
            sys.stderr.write(shown(warning(options.host, gateway.url)))
            gc.freeze()  # what the start has made stays: the garbage collector took 44 ms of the loop to look through it again
            await ended.wait()
    finally:
        await gateway.close()
        await engine.close()
        await parent.close()
        if parent.is_gone and options.parent == "program":
            remove_temporary_home(Path(os.environ.get(VARIABLE, "")))


def _parent(ended: asyncio.Event, gateway: Gateway, kind: ParentKind, tell: Callable[[str], None]) -> Parent:
    """Watch the parent, if there is one, from before the start on: it may end meanwhile."""
    grace_s = WINDOW_GRACE_S if kind == "window" else 0.0
    parent = Parent(ended, lambda: gateway.workbench.has_followers, grace_s, tell)
    if kind:
        parent.watch()
    return parent


def _with(settings: Settings, options: ServeOptions) -> Settings:
    """Return the settings with what the command named instead."""
    named = {name: getattr(options, name) for name in _INSTEAD_OF_SETTINGS}
    return msgspec.structs.replace(settings, **{name: value for name, value in named.items() if value is not None})


async def _has_started(engine: Engine, ended: asyncio.Event) -> bool:
    """Start the engine. False when it was told to end first: reading a large workspace takes a while."""
    starting, told = begin_awaited("The engine's start", engine.start()), begin_awaited("Waiting for the end", ended.wait())
    await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not starting.done():
        starting.cancel()
    await asyncio.wait({starting})
    if starting.cancelled():
        return False
    starting.result()
    return True


async def _refuse_second(directory: Path) -> None:
    running = await attach(directory)
    if running is not None:
        url, pid = running.connection.url, running.connection.pid
        await running.close()
        raise EngineError(f"{ALREADY_SERVED}: {url} (process {pid}).", "Use it, or stop it first.")


@contextlib.contextmanager
def _connection_file(directory: Path, engine: Engine, gateway: Gateway) -> Iterator[None]:
    connection, file = own_connection(engine, gateway), connection_file(directory)
    try:
        file.write(connection, durable=False)  # no wait for the disk: a crash of the machine ends this engine too
    except OSError as error:
        raise EngineError(f"{file.path} could not be written: {error.strerror or error}.",
                          "Check that the folder is writable and that the disk has space.") from error
    try:
        yield
    finally:
        if _is_still(file, connection):
            file.remove()


def own_connection(engine: Engine, gateway: Gateway) -> Connection:
    """How to reach this process's engine, with what proves that a later process of the same pid is not meant."""
    me = RunningProcess.ourselves()
    return Connection(url=gateway.url, token=gateway.token, pid=me.pid, engine_id=engine.engine_id, workspace=str(engine.root),
                      started_s=me.created_s, program=me.program)


def _is_still(file: StateFile[Connection], connection: Connection) -> bool:
    """Whether the file still names us: of two engines started at the same moment, the later one has overwritten it."""
    with contextlib.suppress(Unfit):
        return file.peek() == connection
    return False


def _end_on_signals(ended: asyncio.Event) -> None:
    """Set `ended` on SIGINT and SIGTERM. Installed before anything starts, so that an early signal cleans up as well."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
