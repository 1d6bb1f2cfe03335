"""The parts of the grid of concurrency: cells for environments, in rows of versions, of functions. See `concurrency`."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from workbench.model.concurrency import FunctionConcurrency, ProvisionedUse
from workbench.model.function_version import LATEST
from workbench.state.environments import Environment

Look = Literal["initializing", "busy", "idle", "provisioned", "prepared", "stopping"]
"""How an environment stands. `provisioned`: an idle one of provisioned concurrency; `prepared`: a sandbox whose INIT waits."""

SPARKS_KEPT = 60
"""Throttles of a function that are remembered one by one; all are counted."""


class Cell:
    """One environment in the grid. `reported_ms`: when its last invocation ended; `gone_ms`: when it was gone, None before."""

    __slots__ = ("environment", "gone_ms", "reported_ms", "row")

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.reported_ms = 0.0
        self.gone_ms: float | None = None
        self.row: VersionRow | None = None

    @property
    def look(self) -> Look:
        """How it stands."""
        look = _LOOKS[self.environment.state]
        return "provisioned" if look == "idle" and self.environment.startup.is_provisioned else look


_LOOKS: dict[str, Look] = {
    "creating": "initializing", "initializing": "initializing", "prepared": "prepared", "idle": "idle", "reset": "idle",
    "busy": "busy", "stopping": "stopping", "stopped": "stopping",
}


class Spark(NamedTuple):
    """Requests that were throttled at about the same time, for one reason."""

    time_ms: float
    requests: int
    reason: str


class VersionRow:
    """The environments of one version. A cell keeps its place in `provisioned` or `on_demand` while it is there; None is free.

    `use` is what the engine says of the version's provisioned concurrency, None where it has none.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.provisioned: list[Cell | None] = []
        self.on_demand: list[Cell | None] = []
        self.use: ProvisionedUse | None = None

    @property
    def requested(self) -> int:
        """Its provisioned concurrency."""
        return self.use.requested if self.use is not None else 0

    def cells(self) -> Iterator[Cell]:
        """Yield its cells in their places."""
        yield from (cell for place in (self.provisioned, self.on_demand) for cell in place if cell is not None)

    def put(self, cell: Cell) -> None:
        """Give a cell the first free place, so that the others stay where they are."""
        places = self.provisioned if cell.environment.startup.is_provisioned else self.on_demand
        if None in places:
            places[places.index(None)] = cell
        else:
            places.append(cell)
        cell.row = self

    def drop(self, cell: Cell) -> None:
        """Free a cell's place."""
        for places in (self.provisioned, self.on_demand):
            if cell in places:
                places[places.index(cell)] = None
            while places and places[-1] is None:
                places.pop()
        cell.row = None


class FunctionGrid:
    """The rows of one function by version. `reserved`: its reserved concurrency, None for none.

    `sparks` are its newest throttles, `throttles` counts all of them by reason; `waiting` are the requests that wait for this
    machine, with the time since when.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[str, VersionRow] = {}
        self.reserved: int | None = None
        self.sparks: deque[Spark] = deque(maxlen=SPARKS_KEPT)
        self.throttles: Counter[str] = Counter()
        self.waiting: dict[str, float] = {}

    @property
    def running(self) -> int:
        """How many of its invocations run; one that waits for this machine was let in as well."""
        running = len(self.waiting)
        for row in self.rows.values():  # in each frame, for each cell: so without a generator
            for places in (row.provisioned, row.on_demand):
                for cell in places:
                    if cell is not None and cell.environment.request_id:
                        running += 1
        return running

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of it."""
        return not (self.rows or self.waiting or self.throttles) and self.reserved is None

    def ordered(self) -> list[VersionRow]:
        """Return its rows: `$LATEST`, then the versions, the oldest first."""
        return sorted(self.rows.values(), key=lambda row: (row.version != LATEST, len(row.version), row.version))

    def row(self, version: str) -> VersionRow:
        """Return the row of a version, a new one if it has none."""
        return self.rows.setdefault(version, VersionRow(version))

    def take(self, limits: FunctionConcurrency | None) -> None:
        """Take over its ceilings; None for a function that the report does not have."""
        self.reserved = limits.reserved if limits is not None else None
        uses = {use.version: use for use in limits.provisioned} if limits is not None else {}
        for version in uses:
            self.row(version)
        for row in self.rows.values():
            row.use = uses.get(row.version)
        self._drop_empty()

    def settle(self, cell: Cell) -> None:
        """Remove a cell that has faded."""
        if cell.row is not None:
            cell.row.drop(cell)
        self._drop_empty()

    def _drop_empty(self) -> None:
        for version in [row.version for row in self.rows.values() if not (row.use or row.provisioned or row.on_demand)]:
            del self.rows[version]
