"""Times that no clock had, and clocks that are wrong."""

import math

import pytest

from workbench.model.events import iso_time
from workbench.model.moments import in_calendar, is_outdated, local_time, universal_time

DAY_S = 86_400.0
NOW_S = 1_800_000_000.0


@pytest.mark.parametrize("at_s", [-1e300, -1.0, 0.0, 1e11, 1e12, 1e300, math.inf, -math.inf, math.nan])
def test_any_number_is_shown_as_some_day(at_s: float) -> None:
    assert 1970 <= universal_time(at_s).year <= 9999
    assert local_time(at_s).strftime("%H:%M:%S.%f")
    assert in_calendar(at_s) == in_calendar(in_calendar(at_s))


def test_a_time_of_these_years_stays_as_it_is() -> None:
    assert iso_time(NOW_S * 1000 + 123) == "2027-01-15T08:00:00.123Z"
    assert in_calendar(NOW_S) == NOW_S
    assert iso_time(10**18).startswith("9998-12-31") or iso_time(10**18).startswith("9999-01-01")


@pytest.mark.parametrize(("at_s", "expected"), [
    (NOW_S - 29 * DAY_S, False), (NOW_S - 31 * DAY_S, True), (NOW_S + 400 * DAY_S, False),
    (0.0, False),  # deleted while the clock had not been set yet
    (NOW_S - 40 * 365 * DAY_S, False),  # or looked at in a far future
])
def test_a_wrong_clock_makes_nothing_outdated(at_s: float, expected: bool) -> None:
    assert is_outdated(at_s, NOW_S, 30 * DAY_S) is expected
