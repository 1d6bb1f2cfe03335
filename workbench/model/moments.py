"""Times of day as they are read from files and clocks: any number, from a clock that was wrong or somebody who made it up."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_EARLIEST_S = 86_400.0
_LATEST_S = 253_370_764_800.0
"""The first day of 1970 and the year 9999 exist in some time zones and on some systems only."""
LONGEST_AGE_S = 10 * 365 * 86_400.0
"""Nothing of ours is older. What seems to be was dated by a clock that was wrong, or is looked at by one."""


def in_calendar(at_s: float) -> float:
    """A time in seconds since 1970 that every calendar function takes: the nearest one."""
    return _EARLIEST_S if math.isnan(at_s) else min(max(at_s, _EARLIEST_S), _LATEST_S)


def local_time(at_s: float) -> datetime:
    """As clocks on the wall show it."""
    return datetime.fromtimestamp(in_calendar(at_s))


def universal_time(at_s: float) -> datetime:
    """In UTC."""
    return datetime.fromtimestamp(in_calendar(at_s), UTC)


def is_outdated(at_s: float, now_s: float, most_s: float) -> bool:
    """Whether something is older than `most_s`, as far as clocks can be believed: a wrong one must not delete what is new."""
    return most_s < now_s - at_s < LONGEST_AGE_S
