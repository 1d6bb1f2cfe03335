"""A seeded sequence of faults against one workspace's engine, and what must hold after each of them."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import msgspec

from tests.support.engines import until
from tests.support.faults_leftovers import belongings
from tests.support.faults_victims import Victim, containers, control_groups, described, victims, volumes
from tests.support.faults_workspace import FUNCTIONS, faults_workspace
from workbench.client.api import EngineClient
from workbench.client.engine_process import EngineProcess
from workbench.engine.journal.blocks import unpack
from workbench.engine.journal.rows import Row, first_of
from workbench.model.engine_api import EnvironmentInfo, Settings, TrustAnswer
from workbench.model.events import StreamEvent
from workbench.model.function import SandboxKind
from workbench.state.invocation import Invocation, fold_invocation
from workbench.workspace.state_directory import data_directory, state_directory

PAGE = 20_000
GONE_WITHIN_S = 20.0


class Target(msgspec.Struct, frozen=True):
    """Whom a fault happens to."""

    function: str
    sandbox: SandboxKind


class FaultRun:
    """The engine (`workbench serve`, a process of its own), its functions, and the account of its journal.

    `kinds`: the sandboxes that faults happen in. `keep_prepared`: the setting of this name, so that nearly all cold starts take a
    sandbox that waited for them.
    """

    def __init__(self, folder: Path, seed: int, images: Mapping[str, str], kinds: Sequence[SandboxKind], *,
                 keep_prepared: bool = False) -> None:
        self.random = random.Random(seed)
        self.marker = uuid.uuid4().hex
        self.images = dict(images)
        self.keep_prepared = keep_prepared
        self.kinds = tuple(kinds)
        self.workspace = faults_workspace(folder / "w", self.marker)
        self.state = state_directory(self.workspace)
        self.temp = folder / "t"
        self.temp.mkdir()
        self.engine_ids: list[str] = []
        self._pids: list[int] = []
        self.engine_began: list[int] = []
        self.served_after_s: list[float] = []
        """Of engines whose predecessor was killed: from their start to each sandbox's first answer."""
        self.done: Counter[str] = Counter()
        self.took_s: defaultdict[str, float] = defaultdict(float)
        self.client: EngineClient
        self._engine: EngineProcess
        self.request_id = ""
        self._number = 0
        self._seen: dict[int, str] = {0: ""}
        self._seen_seq = 0

    # -- the engine ---------------------------------------------------------------------------------------------------------

    async def start_engine(self) -> None:
        """As a window does it. Its temporary folder is ours, so that what stays there is seen."""
        previous = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(self.temp)
        try:
            self._engine = await EngineProcess.start(self.workspace, self.state)
        finally:
            _set_variable("TMPDIR", previous)
        self.client = await self._engine.ready(self.state)
        if (await self.client.trust()).standing != "trusted":  # as a benchmark's folder is at first
            await self.client.answer_trust(TrustAnswer(trusted=True))
        self.engine_ids.append(self.client.connection.engine_id)
        self._pids.append(self.client.connection.pid)
        self.engine_began.append(self._seen_seq)
        await self.client.change_settings(Settings(
            sandbox=self.kinds[0], images=self.images, prepared_sandboxes="all" if self.keep_prepared else "none"))

    @property
    def engine_pid(self) -> int:
        """The process of the engine that runs now."""
        return self._pids[-1]

    async def kill_engine(self) -> None:
        """SIGKILL, then another one on the same workspace: what the first one left is gone soon."""
        connection = self.client.connection
        noted = belongings(connection.engine_id, connection.pid, self.marker, self.temp)
        os.kill(connection.pid, 9)
        await self._engine.wait()
        await self.client.close()
        begun_s = time.monotonic()
        await self.start_engine()
        for kind in self.kinds:
            # An engine cleans up after its predecessor when it uses a kind of sandbox for the first time.
            await self.next_is_right(Target(FUNCTIONS[0], kind))
            self.served_after_s.append(time.monotonic() - begun_s)
        try:
            await until(lambda: not noted.left(), GONE_WITHIN_S)
        except TimeoutError:
            raise AssertionError(noted.left()) from None

    async def stop_engine(self) -> None:
        """In order; nothing of it is left running or lying about."""
        await self.client.shutdown()
        await self._engine.wait()
        await self.client.close()
        assert not victims(self.marker), victims(self.marker)
        await until(lambda: not containers(self.engine_ids), GONE_WITHIN_S)  # Docker may still be removing one
        assert not volumes(self.engine_ids), volumes(self.engine_ids)
        assert not control_groups(self._pids), control_groups(self._pids)
        assert not list(self.temp.iterdir()), list(self.temp.iterdir())

    async def abandon(self) -> None:
        """After a failure: end whatever is there."""
        await self._engine.stop()
        await self.client.close()

    def log(self) -> str:
        """The engine's own messages."""
        return self._engine.log.read_text(errors="replace")

    # -- invocations --------------------------------------------------------------------------------------------------------

    def target(self) -> Target:
        """Any function in any sandbox."""
        return Target(self.random.choice(FUNCTIONS), self.random.choice(self.kinds))

    def victims(self, target: Target) -> list[Victim]:
        """Its processes."""
        return [each for each in victims(self.marker) if (each.function, each.sandbox) == (target.function, target.sandbox)]

    def call(self, target: Target, **event: object) -> asyncio.Task[Invocation]:
        """Begin an invocation."""
        return asyncio.create_task(self.invoke(target, **event))

    async def began(self, call: asyncio.Task[Invocation]) -> None:
        """Return when the handler of this, the latest call has spoken, or the call is over."""

        async def has_begun() -> bool:
            events = await self.client.events(self._seen_seq, PAGE)
            began = f"began {self._number}"
            return call.done() or any(event.record == began for event in events)

        await asyncio.sleep(0)  # the call's task takes its first step
        await until(has_begun, 30)

    async def prepared(self, target: Target) -> EnvironmentInfo:
        """The environment of a target whose sandbox was made ahead, as soon as there is one."""
        found: list[EnvironmentInfo] = []

        async def is_there() -> bool:
            found[:] = [each for each in await self.client.environments() if each.is_spare
                        and (each.function_name, each.sandbox) == (target.function, target.sandbox)]
            return bool(found)

        await until(is_there, 30)
        return found[0]

    async def invoke(self, target: Target, **event: object) -> Invocation:
        """One invocation and all that the stream says of it."""
        return await self._invoke(target, event)

    async def invoke_cold(self, target: Target) -> Invocation:
        """The same in an environment that has served no request."""
        return await self._invoke(target, {}, cold=True)

    async def _invoke(self, target: Target, event: Mapping[str, object], *, cold: bool = False) -> Invocation:
        self._number += 1
        payload = msgspec.json.encode({"n": self._number, **event})
        self.request_id = str(uuid.uuid4())
        answer = await self.client.invoke(target.function, payload, sandbox=target.sandbox, cold=cold,
                                          request_id=self.request_id)
        invocation = fold_invocation(await self.client.invocation_events(answer.request_id), answer.request_id)
        invocation.payload = answer.payload.decode()
        return invocation

    async def next_is_right(self, target: Target) -> None:
        """The next invocation of a function a fault happened to succeeds, with its own answer and its own log."""
        invocation = await self.invoke(target)
        assert (invocation.status, invocation.payload) == ("success", str(self._number)), invocation.document()
        said = [line for line in invocation.log_lines() if line.startswith("began")]
        assert said == [f"began {self._number}"], invocation.document()

    # -- what is left -------------------------------------------------------------------------------------------------------

    async def retire(self) -> None:
        """Stop all environments: their processes and containers end, those that ran away included."""
        await self.client.stop_environments()
        try:
            await until(lambda: not victims(self.marker), GONE_WITHIN_S)
        except TimeoutError:
            raise AssertionError([described(each) for each in victims(self.marker)]) from None

    async def audit(self) -> int:
        """Read on in the journal: no number is missing, and what was read before is there as it was. The last number."""
        (before, text), = self._seen.items()
        if before:
            again = await self.client.events(before - 1, 1)
            assert [(event.seq, str(event)) for event in again] == [(before, text)], (before, again)
        while events := await self.client.events(self._seen_seq, PAGE):
            numbers = [event.seq for event in events]
            assert numbers == list(range(self._seen_seq + 1, self._seen_seq + 1 + len(events))), _gaps(numbers)
            self._seen_seq = numbers[-1]
            self._seen = {events[-1].seq: str(events[-1])}
        return self._seen_seq

    def audit_file(self) -> int:
        """The whole journal on disk, once the engine has ended: no gap, one REPORT a START, one end an environment. Its size."""
        before = count = 0
        counted: Counter[str] = Counter()
        alive: dict[str, int] = {}
        with closing(sqlite3.connect(data_directory(self.workspace) / "journal.sqlite")) as database:
            for row in _rows(database):
                first, seq = first_of(row), row[0]
                assert not before or first == before + 1, (before, first, seq)
                before, count = seq, count + seq - first + 1
                if b'"type":"function"' in row[3]:
                    continue
                event = msgspec.json.decode(row[3], type=StreamEvent)
                counted[event.type] += 1
                if event.type == "sandbox.creating":
                    alive[event.environment_id] = event.seq
                elif event.type == "sandbox.stopped":
                    del alive[event.environment_id]
        assert not alive, (alive, self.engine_began)
        killed = len(self.engine_ids) - 1
        assert 0 <= counted["platform.start"] - counted["platform.report"] <= 4 * killed, counted
        return count


def _rows(database: sqlite3.Connection) -> Iterator[Row]:
    """Every row of a journal in order: those of its blocks, then the loose ones."""
    for block in database.execute("SELECT data, first_seq, seq FROM blocks ORDER BY seq"):
        yield from unpack(*block)
    yield from database.execute("SELECT seq, request_id, environment_id, event FROM events ORDER BY seq")


class Kind(msgspec.Struct, frozen=True):
    """A kind of fault: what happens, and how often beside the others."""

    happen: Callable[[FaultRun], Awaitable[Target]]
    weight: float = 1.0


async def run_faults(run: FaultRun, kinds: Mapping[str, Kind], count: int, *, limit_s: float = float("inf"),
                     told: Callable[[int], None] = lambda _: None) -> int:
    """Do `count` faults, every kind once before any comes again, or as many as begin within `limit_s`; how many it were.

    The run's engine is started and ended. `told` hears the number of each fault that is over.
    """
    await run.start_engine()
    names, weights = list(kinds), [kind.weight for kind in kinds.values()]
    begun_s = time.monotonic()
    order = [*run.random.sample(names, len(names)), *run.random.choices(names, weights, k=max(0, count - len(names)))]
    try:
        for name in order[:count]:
            await _one(run, name, kinds[name])
            told(run.done.total())
            if time.monotonic() - begun_s > limit_s:
                break
        await run.retire()
        await run.audit()
        await run.stop_engine()
    except BaseException as error:
        number = run.done.total()
        error.add_note(f"fault {number + 1} of {len(order)}: {order[number:number + 1]}; engine log:\n{run.log()[-3000:]}")
        await run.abandon()
        raise
    assert "Traceback" not in run.log(), run.log()
    return run.done.total()


async def _one(run: FaultRun, name: str, kind: Kind) -> None:
    begun_s = time.monotonic()
    async with asyncio.timeout(120):
        target = await kind.happen(run)
        await run.next_is_right(target)
        await run.next_is_right(run.target())
    await run.audit()
    if run.random.random() < 0.05:
        await run.retire()
    run.done[name] += 1
    run.took_s[name] += time.monotonic() - begun_s


def _gaps(numbers: list[int]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in pairwise(numbers) if b != a + 1]


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
        # The module keeps what it found at its first use.
        tempfile.tempdir = None
    else:
        os.environ[name] = value
