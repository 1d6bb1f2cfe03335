"""The sandboxes of one environment, one after the other: made (also ahead of need), initialized, cleared away.

Only the first INIT of an environment is INIT to Lambda; after a timeout or a crash it is repeated inside the next invocation.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.events.environment_events import EnvironmentEvents, Phase
from workbench.engine.events.log_frames import RecordSplitter
from workbench.engine.lifecycle.initialization import InitOutcome
from workbench.engine.lifecycle.runtime_process import RuntimeProcess
from workbench.engine.lifecycle.sandbox_life import SandboxLife
from workbench.engine.lifecycle.shutdown import ShutdownReason
from workbench.engine.runtime_api.http_exchange import RuntimeRequest
from workbench.engine.runtime_api.init_report import read_init_report
from workbench.engine.runtime_api.listener import INIT_REPORT_HEADER
from workbench.model.failures import FunctionFailure, SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import RuntimePlan


class SandboxLives:
    """At most one life at a time: `current`, None between two. On the engine's loop.

    `broken` is told of a failure outside INIT that ends a sandbox, `extensions_idle` when all its extensions wait again.
    """

    def __init__(
        self, *, process: RuntimeProcess, events: EnvironmentEvents, clock: Clock, function: FunctionConfiguration,
        runtime_plan: RuntimePlan, limits: TimeLimits, broken: Callable[[FunctionFailure], None],
        extensions_idle: Callable[[], None],
    ) -> None:
        self._process = process
        self._events = events
        self._clock = clock
        self._function = function
        self._runtime_plan = runtime_plan
        self._limits = limits
        self._broken = broken
        self._extensions_idle = extensions_idle
        self._lines = RecordSplitter()
        self._early = b""
        self.current: SandboxLife | None = None
        self.is_spare = False

    async def prepare(self) -> None:
        """Make the first sandbox ahead of a request, and all of it ready that needs no runtime. Raises SandboxError."""
        life = await self._create_first(ahead=True)
        await life.make_ready()
        self.is_spare = True

    async def begin_first(self, limit_s: float, *, ahead: bool, began: Callable[[int], None]) -> tuple[SandboxLife, InitOutcome]:
        """INIT. `ahead`: nobody waits for it; `began` is told when it began (monotonic ns). Raises SandboxError."""
        was_prepared, self.is_spare = self.is_spare, False
        life = self.current if was_prepared else None
        try:
            life = life or await self._create_first(ahead=ahead)
            return life, await self._initialize(life, "init", limit_s, began)
        except SandboxError:
            if not was_prepared:
                raise
        # What was prepared is lost by now: it is done as if there had been nothing.
        await self.clear("FAILURE")
        return await self.begin_first(limit_s, ahead=ahead, began=began)

    async def begin_again(self, limit_s: float, began: Callable[[int], None]) -> tuple[SandboxLife, InitOutcome]:
        """INIT in a new sandbox, inside an invocation; `began` is told when it began (monotonic ns). Raises SandboxError."""
        life = await self._create()
        return life, await self._initialize(life, "invoke", limit_s, began)

    async def clear(self, reason: ShutdownReason) -> None:
        """End the current one, if there is one; nothing of it is left."""
        life, self.current = self.current, None
        if life is not None:
            await life.shut_down(reason)
        else:
            await self._process.clear()
        self.flush_lines()
        self._events.lines(self._lines.end())

    def tell_spans(self, request: RuntimeRequest, life: SandboxLife) -> None:
        """The runtime's account of INIT, or the sandbox's; its part begins with its process, before its own first instruction."""
        report = read_init_report(request.headers.get(INIT_REPORT_HEADER, "") or self._process.init_report())
        if report is not None:
            begun_ns = min(life.init.runtime_started_ns or report.runtime_init[0], report.runtime_init[0])
            life.init.runtime_began(begun_ns)
            self._events.spans(msgspec.structs.replace(report, runtime_init=(begun_ns, report.runtime_init[1])))

    def output(self, data: bytes) -> bool:
        """The runtime wrote something. What it says before INIT_START could be told comes after that."""
        self._early += data
        return (self.current is None or self.current.init.is_told) and self._tell_early()

    def flush_lines(self) -> None:
        """What it wrote without an end of line is a line."""
        self._tell_early()
        self._events.lines(self._lines.flush())

    def _tell_early(self) -> bool:
        data, self._early = self._early, b""
        return self._events.lines(self._lines.feed(data))

    async def _create_first(self, *, ahead: bool) -> SandboxLife:
        self._events.creating(self._process.provider.kind, self._runtime_plan, ahead=ahead)
        return await self._create()

    async def _create(self) -> SandboxLife:
        life = self.current = SandboxLife(
            process=self._process, events=self._events, clock=self._clock, function=self._function, limits=self._limits,
            broken=self._broken, extensions_idle=self._extensions_idle,
        )
        await life.create()
        return life

    async def _initialize(self, life: SandboxLife, phase: Phase, limit_s: float, began: Callable[[int], None]) -> InitOutcome:
        outcome = await life.initialize(phase, limit_s, self._runtime_plan.runs_on, began)
        self._process.initialized()
        self.flush_lines()
        life.tell_init_end(phase, outcome)
        return outcome
