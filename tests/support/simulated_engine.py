"""The engine's real state machine, pool and invoker over simulated sandboxes and a held clock: no process, no disk, no thread."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from tests.support.held_clock import HeldClock
from tests.support.simulated_sandbox import Script, SimulatedProvider
from workbench.background import TaskSet, begin_awaited
from workbench.engine.admission.admission import Admission
from workbench.engine.admission.loads import AccountLoad
from workbench.engine.admission.throttle_events import ThrottleEvents
from workbench.engine.allowances import Allowances
from workbench.engine.concurrency.machine_figures import MemoryFigures
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.engine.concurrency.machine_room import MachineRoom
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.events.stream import Stream
from workbench.engine.functions import FunctionRevision, FunctionStore
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invoker import Invoker
from workbench.engine.journal.unmade import Entry, Made
from workbench.engine.leasing import Leasing
from workbench.engine.machine_sandboxes import MachineSandboxes
from workbench.engine.registry.attached import ConcurrencyRecord
from workbench.engine.registry.records import AliasRecord, Code, Definition, FunctionRecord, VersionRecord
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.engine.snapshots.snapshots import Snapshots
from workbench.engine.trust import Trust
from workbench.model.engine_api import Settings
from workbench.model.events import StreamEvent
from workbench.model.function import FunctionConfiguration
from workbench.packages.package import Packages
from workbench.sandbox.protocol import RuntimePlan
from workbench.workspace.intrinsics import PseudoParameters

_DEFINITION = Definition(Code(sha256="x"), {
    "PackageType": "Zip", "Runtime": "provided.al2023", "Handler": "a.b", "MemorySize": 128, "Timeout": 3, "Description": "",
    "EphemeralStorage": {"Size": 512}, "Architectures": ["x86_64"],
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/Versioned"}})
PSEUDO = PseudoParameters.of_workspace(Path("/simulated"), "eu-central-1", "123456789012")


class ListedEvents:
    """In the place of a journal: keeps what the stream appends."""

    is_behind = False

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def append(self, entry: Entry) -> None:
        self.rows += [row[3] for row in Made([entry]).rows]


class NothingNoted:
    """In the place of the notes of what is deployed: they read code in a thread, which keeps no order under a held clock."""

    def name(self, _prepared: ResolvedFunction, _function: FunctionConfiguration) -> str:
        return ""

    def note(self) -> None:
        """There is nothing to note."""


class SimulatedEngine:
    """One function. Everything is on the test's loop; `close` ends all."""

    def __init__(self, folder: Path, script: Script, *, timeout_s: int = 3, memory_mb: int = 128,
                 delay_s: float = 0.0) -> None:
        self.clock = HeldClock()
        self._calls = TaskSet()
        self.provider = SimulatedProvider(script, self.clock, delay_s=delay_s)
        self.function = FunctionConfiguration(
            name="Function", logical_id="Function", runtime="provided.al2023", handler="a.b", code_path=str(folder),
            timeout_s=timeout_s, memory_mb=memory_mb)
        self._listed = ListedEvents()
        stream = Stream(self._listed, self.clock)  # type: ignore[arg-type]
        packages = Packages(folder / "cache")
        functions = FunctionStore(folder, lambda: PSEUDO)
        functions._revisions = {"Function": FunctionRevision(self.function, "", 0, 0)}
        trust = Trust(folder, functions.all)
        machine = MachineSandboxes("engine", {"process": self.provider}, _no_probe)
        selector = SandboxSelector(machine, packages, trust, Allowances(folder), FunctionEndpoint(ServicesEndpoint(folder)))
        selector.settings = Settings(sandbox="process", prepared_sandboxes="none")
        self.prepared = ResolvedFunction("process", RuntimePlan(runs_on="a script"), self.function)
        selector._prepared = {self.prepared.key: (self.function, self.prepared)}
        self._selector = selector
        self.available_mb = 1_000_000.0  # of this machine, whatever its environments take
        room = MachineRoom(lambda: MemoryFigures(1_000_000, self.available_mb), cores=2)
        self.pool = EnvironmentPool(MachineMemory(lambda _: lambda _: None), room, self.clock)
        debugging = DebugService(
            functions=functions, sandboxes=selector, packages=packages, stream=stream, retire=lambda _: None)
        self.factory = EnvironmentFactory(machine.engine_id, selector, stream, debugging, self.pool)
        self.resources = resources = Resources(
            ServedWorkspace(folder, folder), functions, _no_build, self.clock, ServicesEndpoint(folder))
        self.provisioned = ProvisionedEnvironments(resources, self.pool, selector, self.factory, lambda _: lambda _: None)
        self.admission = Admission(resources.concurrency, self.provisioned, ThrottleEvents(stream), self.clock)
        self.snapshots = Snapshots(resources, self.pool, selector, self.factory, lambda _: lambda _: None)
        self.invoker = Invoker(
            resources, selector, self.admission, Leasing(self.pool, self.factory, self.admission, self.snapshots),
            NothingNoted())  # type: ignore[arg-type]

    def limit(self, *, account: int = 1_000, reserved: int | None = None, machine: int = 100, memory_mb: int = 0) -> None:
        """Change the concurrency of the account, what the function reserves, and how much the machine runs."""
        settings = Settings(account_concurrency=account, machine_environments=machine, machine_memory_mb=memory_mb)
        self.resources.concurrency.follow(settings)
        self.pool.gate.room.follow(settings)
        records = self.resources._registry._records.setdefault(ConcurrencyRecord, {})
        records.clear()
        if reserved is not None:
            record = ConcurrencyRecord(scope=self.resources.home, function_name="Function", reserved=reserved)
            records[record.key] = record
        self.resources._registry.changes += 1

    def shift(self, weight: float, *, seed: int) -> None:
        """Have a function `Versioned` with versions 1 and 2, and an alias `live` to 1 with this weight on 2."""
        scope, resources = self.resources.home, self.resources
        versions = [VersionRecord(scope=scope, function_name="Versioned", version=version, definition=_DEFINITION,
                                  revision_id="r", modified_ms=1) for version in ("1", "2")]
        alias = AliasRecord(scope=scope, function_name="Versioned", name="live", version="1", revision_id="r",
                            weights={"2": weight})
        function = FunctionRecord(scope=scope, name="Versioned", definition=_DEFINITION, revision_id="r", modified_ms=1)
        for record in (function, *versions, alias):
            resources._registry._records.setdefault(type(record), {})[record.key] = record
        resources.aliases._chance = Random(seed)
        for version in ("1", "2"):
            found = resources.functions.configuration(resources.functions.require(scope, "Versioned", version))
            resolved = ResolvedFunction("process", RuntimePlan(runs_on="a script"), found)
            self._selector._prepared[resolved.key] = (found, resolved)

    def publish_with_snapshot(self, state: str) -> None:
        """Have a function `Snap` with version 1, which has SnapStart and is in this state."""
        scope, resources = self.resources.home, self.resources
        now_ms = resources.functions.now_ms()
        settings = {**_DEFINITION.settings, "SnapStart": {"ApplyOn": "PublishedVersions"}, "Runtime": "python3.13"}
        definition = Definition(_DEFINITION.code, settings)
        version = VersionRecord(scope=scope, function_name="Snap", version="1", definition=definition, revision_id="r",
                                modified_ms=now_ms, state=state)
        function = FunctionRecord(
            scope=scope, name="Snap", definition=definition, revision_id="r", modified_ms=now_ms, state="Active")
        for record in (function, version):
            resources._registry._records.setdefault(type(record), {})[record.key] = record
        found = resources.functions.configuration(resources.functions.require(scope, "Snap", "1"))
        resolved = ResolvedFunction("process", RuntimePlan(runs_on="a script"), found)
        self._selector._prepared[resolved.key] = (found, resolved)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait, in real time, for what a thread does: what was changed is written to a file."""
        deadline_s = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < deadline_s, "It never came to it."
            await self.clock.forward(0)
            await asyncio.sleep(0.001)

    @property
    def load(self) -> AccountLoad:
        """What runs."""
        return self.admission.account(self.resources.home)

    def invoke(
        self, event: object = None, request_id: str = "", *, is_synchronous: bool = True, of: str = "Function"
    ) -> asyncio.Task[InvokeOutcome]:
        """Begin an invocation of a function, which may be named with a qualifier."""
        name, _, qualifier = of.partition(":")
        request = InvokeRequest(function_name=name, qualifier=qualifier, payload=json.dumps(event).encode(),
                                request_id=request_id, is_synchronous=is_synchronous)
        return self._calls.begin_awaited("An invocation", self.invoker.invoke(request, lambda _: None))

    async def answer(self, event: object = None, *, within_s: float = 60.0) -> Any:
        """Invoke, let time pass, return the value."""
        call = self.invoke(event)
        await self.clock.forward(within_s)
        return json.loads((await call).result.payload)

    @property
    def environments(self) -> list[Environment]:
        return list(self.pool)

    def events(self) -> list[StreamEvent]:
        """All that was told."""
        return [event for row in self._listed.rows for event in msgspec.json.decode(b"[" + row + b"]", type=list[StreamEvent])]

    def types(self, request_id: str) -> Counter[str]:
        """How often each kind of event was told of an invocation."""
        return Counter(event.type for event in self.events() if event.request_id == request_id)

    def report(self, request_id: str) -> dict[str, Any]:
        """The record of an invocation's one REPORT."""
        [report] = [event for event in self.events() if event.type == "platform.report" and event.request_id == request_id]
        assert isinstance(report.record, dict)
        return report.record

    def report_after_answer_s(self, request_id: str) -> float:
        """How long after its answer an invocation was reported."""
        times_ms = {event.type: event.time_ms for event in self.events() if event.request_id == request_id}
        answers_ms = [event.time_ms for event in self.events() if event.type == "sandbox.payload"
                      and event.request_id == request_id and event.fields()["kind"] == "result"]
        return (times_ms["platform.report"] - answers_ms[0]) / 1000

    async def close(self) -> None:
        """End calls and environments as an engine does. What still goes on when that returns, stays as it is: no time passes."""
        closing = begin_awaited("The end", self._end())
        await self.clock.forward_until(closing)
        await closing

    async def _end(self) -> None:
        await self._calls.cancel()
        await self.provisioned.close()
        await self.snapshots.close()
        self.admission.close()
        await self.pool.close()


async def _no_build(function: FunctionConfiguration) -> ResolvedFunction:
    raise AssertionError(f"Nothing of {function.name} is built here.")


async def _no_probe() -> tuple[()]:
    return ()
