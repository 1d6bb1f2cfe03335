"""Handles times read from files and clocks, which can be any number: the clock may have been wrong, or the file forged."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_EARLIEST_S = 86_400.0
_LATEST_S = 253_370_764_800.0
"""Excludes the first day of 1970 and the year 9999, which are not representable in all time zones and on all systems."""
LONGEST_AGE_S = 10 * 365 * 86_400.0
"""No file of ours is older. If one seems to be, the clock is wrong now or was when the file was dated."""


def in_calendar(at_s: float) -> float:
    """Clamp a time in seconds since 1970 to the range that every calendar function accepts."""
    return _EARLIEST_S if math.isnan(at_s) else min(max(at_s, _EARLIEST_S), _LATEST_S)


def local_time(at_s: float) -> datetime:
    """Convert seconds since 1970 to local time, clamped by `in_calendar`."""
    return datetime.fromtimestamp(in_calendar(at_s))


def universal_time(at_s: float) -> datetime:
    """Convert seconds since 1970 to UTC, clamped by `in_calendar` except that UTC has all of the first day of 1970."""
    return datetime.fromtimestamp(at_s if 0 <= at_s < _EARLIEST_S else in_calendar(at_s), UTC)


def is_outdated(at_s: float, now_s: float, most_s: float) -> bool:
    """Whether something is older than `most_s`; false for implausible ages, because a wrong clock must not delete new files."""
    return most_s < now_s - at_s < LONGEST_AGE_S
