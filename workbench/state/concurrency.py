"""What runs at a time, as a grid: a cell for each execution environment, in rows of functions and versions.

Beside the cells stand the ceilings (reserved and provisioned concurrency, the account's limit), what was throttled, and which
requests wait for this machine. Cells, throttles and waits are folded from the stream; the ceilings are the engine's report.
No I/O; for use on one thread. Times are epoch milliseconds by the engine's clock.
"""

from __future__ import annotations

from collections import deque

from workbench.model.concurrency import AccountConcurrency, ConcurrencyReport, MachineConcurrency
from workbench.model.events import StreamEvent
from workbench.state.concurrency_rows import Cell, FunctionGrid, Spark
from workbench.state.environments import Environment

SPARK_MS = 4_000.0
"""How long a throttle is seen before it has faded."""
GONE_MS = 700.0
"""How long a cell is seen to fade after its environment is gone."""
GLOW_MS = 300.0
"""How long a cell glows after an invocation: most are over before anyone could see them run."""
WAITS_KEPT = 10_000
"""Requests that wait for this machine and are remembered."""


class ConcurrencyGrid:
    """All functions that have environments, ceilings, throttles or waits. `account` and `machine` are None until they are told.

    Throttles from before `since_ms`, which the journal still has, do not count.
    """

    def __init__(self, since_ms: float = 0.0) -> None:
        self.since_ms = since_ms
        self.functions: dict[str, FunctionGrid] = {}
        self.account: AccountConcurrency | None = None
        self.machine: MachineConcurrency | None = None
        self._cells: dict[str, Cell] = {}
        self._gone: deque[Cell] = deque()
        self._waits = ""
        self._lively_until_ms = 0.0

    @property
    def environments(self) -> int:
        """How many environments this machine runs, without those that are prepared ahead."""
        return len([cell for cell in self._cells.values() if cell.gone_ms is None and cell.environment.state != "prepared"])

    @property
    def prepared(self) -> int:
        """How many sandboxes are prepared ahead."""
        return len([cell for cell in self._cells.values() if cell.gone_ms is None and cell.environment.state == "prepared"])

    @property
    def running(self) -> int:
        """How many invocations run."""
        return sum(function.running for function in self.functions.values())

    @property
    def waiting(self) -> int:
        """How many requests wait for this machine."""
        return sum(len(function.waiting) for function in self.functions.values())

    @property
    def waits(self) -> str:
        """The sentence on the requests that wait for this machine, "" if none does."""
        return self._waits if self.waiting else ""

    def ordered(self) -> list[FunctionGrid]:
        """Return the functions by name."""
        return [self.functions[name] for name in sorted(self.functions)]

    def cell(self, environment_id: str) -> Cell | None:
        """Return the cell of an environment; None if it is gone."""
        return self._cells.get(environment_id)

    def is_lively(self, now_ms: float) -> bool:
        """Whether something fades, so that the next frame differs from this one."""
        return now_ms < self._lively_until_ms

    def apply(self, event: StreamEvent, environment: Environment | None) -> bool:
        """Take in one event and return whether the grid changed. `environment` is the event's, which has taken it in already."""
        if event.type == "sandbox.throttled":
            return self._throttled(event)
        if event.type == "sandbox.progress":
            return self._progress(event)
        if environment is None or event.type not in _SEEN:
            return False
        self._see(event, environment)
        return True

    def take_report(self, report: ConcurrencyReport, asked_ms: float) -> None:
        """Take over the ceilings of the workspace's account. `asked_ms` is when the engine was asked.

        If nothing waits for this machine, waits from before that are over: of a caller who has gone, the stream does not tell.
        """
        self.account, self.machine = report.accounts[0], report.machine
        told = {function.function_name: function for function in self.account.functions}
        for name, limits in told.items():
            if limits.reserved is not None or limits.provisioned:
                self._function(name)
        for function in self.functions.values():
            function.take(told.get(function.name))
            if not report.machine.waiting:
                function.waiting = {each: since_ms for each, since_ms in function.waiting.items() if since_ms > asked_ms}
        self._drop_empty()

    def settle(self, now_ms: float) -> None:
        """Forget what has faded by now."""
        while self._gone and now_ms - (self._gone[0].gone_ms or 0.0) >= GONE_MS:
            cell = self._gone.popleft()
            del self._cells[cell.environment.environment_id]
            function = self.functions.get(cell.environment.function_name)
            if function is not None:
                function.settle(cell)
            self._drop_empty()

    def _throttled(self, event: StreamEvent) -> bool:
        if event.time_ms < self.since_ms:
            return False
        record = event.fields()
        function, spark = self._function(event.function_name), Spark(event.time_ms, record["count"], record["reason"])
        function.sparks.append(spark)
        function.throttles[spark.reason] += spark.requests
        self._stay_lively(event.time_ms + SPARK_MS)
        return True

    def _progress(self, event: StreamEvent) -> bool:
        record = event.fields()
        if record.get("stage") != "wait" or not event.request_id:
            return False
        if record.get("fraction") is not None:
            return self._waits_no_more(event.function_name, event.request_id)
        if self.waiting >= WAITS_KEPT:
            return False
        self._function(event.function_name).waiting[event.request_id] = event.time_ms
        self._waits = str(record.get("text", ""))
        return True

    def _waits_no_more(self, function_name: str, request_id: str) -> bool:
        function = self.functions.get(function_name)
        if function is None or function.waiting.pop(request_id, None) is None:
            return False
        self._drop_empty()
        return True

    def _see(self, event: StreamEvent, environment: Environment) -> None:
        if event.type == "sandbox.assigned":
            self._waits_no_more(event.function_name, event.request_id)
        cell = self._cells.get(environment.environment_id)
        if cell is None:
            if environment.state == "stopped":
                return
            cell = self._cells[environment.environment_id] = Cell(environment)
        self._place(cell)
        if event.type == "platform.report":
            cell.reported_ms = event.time_ms
            self._stay_lively(event.time_ms + GLOW_MS)
        elif event.type == "sandbox.stopped":
            self.settle(event.time_ms)  # here as well: nobody may look, and what is gone must not pile up
            cell.gone_ms = event.time_ms
            self._gone.append(cell)
            self._stay_lively(event.time_ms + GONE_MS)

    def _place(self, cell: Cell) -> None:
        """Put a cell into the row of its version, which only later events may tell of an old stream."""
        environment = cell.environment
        if cell.row is not None and cell.row.version == environment.version:
            return
        function = self._function(environment.function_name)
        if cell.row is not None:
            function.settle(cell)
        function.row(environment.version).put(cell)

    def _function(self, name: str) -> FunctionGrid:
        return self.functions.setdefault(name, FunctionGrid(name))

    def _drop_empty(self) -> None:
        for name in [name for name, function in self.functions.items() if function.is_empty]:
            del self.functions[name]

    def _stay_lively(self, until_ms: float) -> None:
        self._lively_until_ms = max(self._lively_until_ms, until_ms)


_SEEN = frozenset({
    "sandbox.assigned", "sandbox.creating", "sandbox.ready", "platform.initStart", "platform.initReport", "platform.start",
    "platform.report", "sandbox.reset", "sandbox.stopping", "sandbox.stopped",
})
"""The events that change how an environment's cell looks, or where it is."""
