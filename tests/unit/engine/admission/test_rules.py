"""The arithmetic of concurrency against the examples that Lambda publishes.

Source: Lambda guide, "Understanding Lambda function scaling" (its diagrams of reserved and provisioned concurrency, and
"Understanding concurrency and requests per second") and "Lambda scaling behavior".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from workbench.engine.admission.admitted import Admitted
from workbench.engine.admission.loads import AccountLoad
from workbench.engine.admission.rules import Limits, Part, Request, may_grow, part_for

SECOND_NS = 1_000_000_000
RESERVED_FULL = "ReservedFunctionConcurrentInvocationLimitExceeded"
SHARED_FULL = "ConcurrentInvocationLimitExceeded"


class Account:
    """An account with some functions; its clock is the test's."""

    def __init__(self, limits: dict[str, Limits]) -> None:
        self.limits = limits
        self.load = AccountLoad()
        self.at_ns = 0

    def invoke(self, name: str, version: str = "1", *, waits: bool = True) -> Admitted | str:
        function, limits = self.load.functions[name], self.limits[name]
        part = part_for(self.load, function, limits, Request(version, waits, self.at_ns))
        return Admitted(self.load, function, part, version) if isinstance(part, Part) else part

    def outcomes(self, count: int, name: str, version: str = "1") -> Counter[str]:
        """Invoke so often, with nothing ending, and count what came of it."""
        found = (self.invoke(name, version, waits=False) for _ in range(count))
        return Counter(each if isinstance(each, str) else each.concurrency or "on demand" for each in found)


def test_two_functions_that_reserve_400_leave_200_for_all_others() -> None:
    account = Account({
        "orange": Limits(account=1_000, shared=200, reserved=400), "blue": Limits(account=1_000, shared=200, reserved=400),
        "other": Limits(account=1_000, shared=200), "another": Limits(account=1_000, shared=200)})
    assert account.outcomes(401, "orange") == {"on demand": 400, RESERVED_FULL: 1}
    assert account.outcomes(150, "other") == {"on demand": 150}
    assert account.outcomes(60, "another") == {"on demand": 50, SHARED_FULL: 10}
    assert account.outcomes(400, "blue") == {"on demand": 400}
    assert account.load.running == 1_000


def test_what_is_provisioned_serves_first_and_then_what_all_share() -> None:
    account = Account({
        "orange": Limits(account=1_000, shared=600, provisioned=400, all_provisioned=400),
        "other": Limits(account=1_000, shared=600)})
    assert account.outcomes(500, "orange") == {"provisioned": 400, "on demand": 100}
    assert account.outcomes(501, "other") == {"on demand": 500, SHARED_FULL: 1}


def test_beyond_what_is_provisioned_a_function_has_what_it_reserves() -> None:
    account = Account({"orange": Limits(account=1_000, shared=600, reserved=400, provisioned=200, all_provisioned=200)})
    assert account.outcomes(401, "orange") == {"provisioned": 200, "on demand": 200, RESERVED_FULL: 1}


def test_where_all_that_is_reserved_is_provisioned_the_unpublished_version_is_throttled() -> None:
    latest = Limits(account=1_000, shared=900, reserved=100, all_provisioned=100)
    account = Account({"orange": latest})
    assert account.outcomes(1, "orange", "$LATEST") == {RESERVED_FULL: 1}
    account.limits["orange"] = Limits(account=1_000, shared=900, reserved=100, provisioned=100, all_provisioned=100)
    assert account.outcomes(101, "orange") == {"provisioned": 100, RESERVED_FULL: 1}


def test_a_reserved_concurrency_of_0_lets_nothing_run() -> None:
    assert Account({"off": Limits(account=1_000, shared=1_000, reserved=0)}).outcomes(2, "off") == {RESERVED_FULL: 2}


def test_what_ends_makes_room() -> None:
    account = Account({"small": Limits(account=1_000, shared=900, reserved=1)})
    first = account.invoke("small")
    assert isinstance(first, Admitted)
    assert account.invoke("small") == RESERVED_FULL
    first.leave()
    first.leave()
    assert isinstance(account.invoke("small"), Admitted)


def in_each_second(account: Account, name: str, per_second: int, duration_ms: int, seconds: int) -> list[Counter[str]]:
    """Call so often in each second, each taking this long; what came of it, second by second."""
    running: list[tuple[int, Admitted]] = []
    found = []
    for second in range(seconds):
        outcomes: Counter[str] = Counter()
        for number in range(per_second):
            account.at_ns = second * SECOND_NS + number * SECOND_NS // per_second
            while running and running[0][0] <= account.at_ns:
                running.pop(0)[1].leave()
            call = account.invoke(name)
            if isinstance(call, Admitted):
                running.append((account.at_ns + duration_ms * 1_000_000, call))
            outcomes[call if isinstance(call, str) else "runs"] += 1
        found.append(outcomes)
    return found


def test_an_account_takes_ten_requests_a_second_for_each_unit_of_its_concurrency() -> None:
    """20,000 requests of 50 ms need a concurrency of 1,000; an account that has that handles 10,000. Here a tenth of both."""
    account = Account({"quick": Limits(account=100, shared=100)})
    assert in_each_second(account, "quick", 2_000, 50, 2) == 2 * [{"runs": 1_000, "FunctionInvocationRateLimitExceeded": 1_000}]
    enough = Account({"quick": Limits(account=200, shared=200)})
    assert in_each_second(enough, "quick", 2_000, 50, 2) == 2 * [{"runs": 2_000}]


def test_a_function_takes_ten_requests_a_second_for_each_unit_that_it_reserves() -> None:
    """Asynchronous invocations are limited by concurrency alone. Source: Lambda guide, "Lambda quotas"."""
    account = Account({"quick": Limits(account=1_000, shared=900, reserved=10)})
    [second] = in_each_second(account, "quick", 150, 20, 1)
    assert second == {"runs": 100, "ReservedFunctionInvocationRateLimitExceeded": 50}
    for _ in range(1_000):
        call = account.invoke("quick", waits=False)
        assert isinstance(call, Admitted)
        call.leave()


def test_provisioned_concurrency_spills_over_by_number_and_by_rate() -> None:
    """10 of it spill over after 10 at a time or 100 requests a second, whichever comes first."""
    limits = Limits(account=1_000, shared=900, provisioned=10, all_provisioned=10)
    by_number = Account({"orange": limits})
    assert by_number.outcomes(12, "orange") == {"provisioned": 10, "on demand": 2}
    by_rate, found = Account({"orange": limits}), Counter[str]()
    for _ in range(120):
        call = by_rate.invoke("orange")
        assert isinstance(call, Admitted)
        found[call.concurrency or "on demand"] += 1
        call.leave()
    assert found == {"provisioned": 100, "on demand": 20}


def grown(load: AccountLoad, at_s: float) -> int:
    grows: Callable[[], bool] = lambda: may_grow(load.functions["burst"], round(at_s * SECOND_NS))  # noqa: E731
    return next(count for count in range(10_000) if not grows())


def test_a_function_gains_a_thousand_environments_every_ten_seconds() -> None:
    """They come back continuously, and those that are not taken do not accumulate."""
    load = AccountLoad()
    assert [grown(load, at_s) for at_s in (0, 0, 0.5, 5.5, 15.5, 100)] == [1_000, 0, 50, 500, 1_000, 1_000]
    assert may_grow(load.functions["another"], 100 * SECOND_NS)
