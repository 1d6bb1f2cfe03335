"""The arithmetic of concurrency against the examples that Lambda publishes.

Source: Lambda guide, "Understanding Lambda function scaling" (its diagrams of reserved and provisioned concurrency, and
"Understanding concurrency and requests per second") and "Lambda scaling behavior".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.admission.admitted import Admitted
from workbench.engine.admission.loads import AccountLoad
from workbench.engine.admission.pace import Refilled
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


def test_a_function_gets_ten_thousand_more_requests_a_second_every_ten_seconds() -> None:
    """Source: Lambda guide, "Lambda scaling behavior": 1,000 environments, or 10,000 requests per second, every 10 seconds.

    30,000 a second from the start: 10,000 run at once, and 1,000 more within each second.
    """
    account = Account({"burst": Limits(account=1_000_000, shared=1_000_000)})
    found = []
    for second in range(12):
        ran = 0
        for number in range(30_000):
            account.at_ns = second * SECOND_NS + number * SECOND_NS // 30_000
            call = account.invoke("burst")
            if isinstance(call, Admitted):
                call.leave()
                ran += 1
            else:
                assert call == "FunctionInvocationRateLimitExceeded"
        found.append(ran)
    assert [round(ran, -3) for ran in found] == [11_000, *range(12_000, 23_000, 1_000)]
    account.at_ns += 60 * SECOND_NS
    assert sum(isinstance(account.invoke("burst"), Admitted) for _ in range(30_000)) == 10_000, "what is not used is not kept"


class Call(NamedTuple):
    """A request some milliseconds after the one before, of a function and a version; `waits`: its caller waits."""

    after_ms: int
    name: str
    version: str
    waits: bool
    lasts_ms: int


bursts = st.lists(st.tuples(st.integers(1, 45), st.builds(
    Call, st.sampled_from([0, 0, 1, 20, 120, 1_000, 2_500]), st.sampled_from(["reserved", "plain"]), st.sampled_from(["1", "2"]),
    st.sampled_from([True, True, False]), st.sampled_from([0, 0, 0, 1, 50, 700]))), min_size=4, max_size=16)
"""How often a call is made, the first after its time, the others at once."""
RATES = {"reserved": "ReservedFunctionInvocationRateLimitExceeded", "plain": "FunctionInvocationRateLimitExceeded"}


@settings(deadline=None, max_examples=150)
@given(bursts, st.integers(1, 3), st.integers(1, 4), st.integers(0, 2))
def test_rates_and_numbers_hold_whatever_comes_when(
        bursts: list[tuple[int, Call]], reserved: int, shared: int, provisioned: int) -> None:
    """Ten requests a second for each unit, of the account, of what is reserved and of what is provisioned, and of nothing else.

    Who is refused is refused because so many were let in within the last second, or because so many ran.
    """
    limit, provisioned = reserved + shared, min(provisioned, reserved)
    both = Limits(account=limit, shared=shared, reserved=reserved, provisioned=provisioned, all_provisioned=provisioned)
    account = Account({"reserved": both, "plain": Limits(account=limit, shared=shared)})
    running: list[tuple[int, str, Admitted]] = []
    let_in: list[tuple[int, Call, str]] = []
    for call in [call._replace(after_ms=0 if number else call.after_ms) for count, call in bursts for number in range(count)]:
        account.at_ns += call.after_ms * 1_000_000
        for ended in [each for each in running if each[0] <= account.at_ns]:
            running.remove(ended)
            ended[2].leave()
        if call.version == "2":  # nothing is provisioned for it
            account.limits["reserved"] = msgspec.structs.replace(both, provisioned=0)
        found = account.invoke(call.name, call.version, waits=call.waits)
        account.limits["reserved"] = both
        lately = [(each, how) for at_ns, each, how in let_in if account.at_ns - at_ns < SECOND_NS and each.waits]
        of_this = [each for each, _ in lately if each.name == call.name]
        on_it = [each for each, how in lately if how == "provisioned"]
        if isinstance(found, Admitted):
            running.append((account.at_ns + call.lasts_ms * 1_000_000, call.name, found))
            let_in.append((account.at_ns, call, found.concurrency))
            assert len(lately) <= 2 * 10 * limit
            assert call.name != "reserved" or len(of_this) <= 2 * 10 * reserved
            assert found.concurrency != "provisioned" or not call.waits or len(on_it) < 2 * 10 * provisioned
        elif found.endswith("RateLimitExceeded"):
            assert call.waits
            assert (found == RATES["reserved"] and len(of_this) >= 10 * reserved) or len(lately) >= 10 * limit
        else:
            own = sum(name == call.name for _, name, _ in running)
            assert own >= (reserved - provisioned if call.name == "reserved" else shared)
        assert len(running) <= limit
        assert account.load.running == len(running)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 20), st.lists(st.sampled_from([0, 0, 0, 100, 450, 1_000, 9_999, 30_000]), max_size=200))
def test_what_comes_back_is_neither_kept_nor_lost(stock: int, gaps_ms: list[int]) -> None:
    """In no time more than the stock and what came back within it; and refused only if all of it was taken lately."""
    refilled, at_ns, taken = Refilled(), 0, list[int]()
    for gap_ms in gaps_ms:
        at_ns += gap_ms * 1_000_000
        if refilled.take(stock, 10, at_ns):
            taken.append(at_ns)
        else:
            assert sum(at_ns - each < 10 * SECOND_NS for each in taken) >= stock
    for first, begin_ns in enumerate(taken):
        for last, end_ns in enumerate(taken[first:], first):
            assert last - first + 1 <= stock + stock * (end_ns - begin_ns) / (10 * SECOND_NS) + 1e-6
