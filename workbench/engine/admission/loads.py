"""What runs at a time: of a function, and of all functions of an account in a Region."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from workbench.engine.admission.lingering import Lingering
from workbench.engine.admission.pace import PerSecond, Refilled, Rising
from workbench.engine.registry.concurrency import AsOf


class Share(msgspec.Struct, frozen=True):
    """How many invocations of a function run, and how many may as long as those of others go on."""

    running: int
    most: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one invocation now.

    `account`: the account's concurrency; `shared`: what functions that reserve nothing share of it. `reserved`: the function's,
    None for none. `provisioned`: what the version may use of its own; `all_provisioned`: what the function's versions may use.
    """

    account: int
    shared: int
    reserved: int | None = None
    provisioned: int = 0
    all_provisioned: int = 0


class FunctionLoad:
    """Counts what runs of one function, in which version on provisioned concurrency, and what was refused and why.

    `lingering`: those that have answered while their environments still work; `provisioned_lingering`: of these, what ran on
    provisioned concurrency, by version. `requests` counts synchronous ones,
    `rise` how fast they become more, `growth` new environments. By version: `provisioned_invocations` counts what ran on
    provisioned concurrency, `spillovers` what found none free, `most_utilization` is the largest share that was in use.
    `concurrency`: what it may have at a time, reserved or of the account, when it was last asked for. `known`: the limits of
    versions without provisioned concurrency, where the function reserves nothing, and as of what (see `ReservedConcurrency`).
    """

    def __init__(self) -> None:
        self.on_demand = 0
        self.provisioned: Counter[str] = Counter()
        self.lingering = Lingering()
        self.provisioned_lingering: defaultdict[str, Lingering] = defaultdict(Lingering)
        self.requests = PerSecond()
        self.provisioned_requests: defaultdict[str, PerSecond] = defaultdict(PerSecond)
        self.rise = Rising()
        self.growth = Refilled()
        self.concurrency = 0
        self.known: tuple[Limits, AsOf] | None = None
        self.throttles: Counter[str] = Counter()
        self.provisioned_invocations: Counter[str] = Counter()
        self.spillovers: Counter[str] = Counter()
        self.most_utilization: dict[str, float] = {}

    def note_provisioned(self, version: str, usable: int) -> None:
        """Count an invocation that runs on provisioned concurrency now, of which so much can be used."""
        self.provisioned_invocations[version] += 1
        utilization = min(self.provisioned[version] / usable, 1.0)
        self.most_utilization[version] = max(utilization, self.most_utilization.get(version, 0.0))

    @property
    def running(self) -> int:
        """All invocations of the function that run."""
        return self.on_demand + self.provisioned.total()


class AccountLoad:
    """Counts what runs in one Region of an account. `shared`: in what no function has reserved or provisioned."""

    def __init__(self) -> None:
        self.running = 0
        self.shared = 0
        self.lingering = Lingering()
        self.requests = PerSecond()
        self.functions: defaultdict[str, FunctionLoad] = defaultdict(FunctionLoad)
