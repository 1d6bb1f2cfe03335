"""Durations and moments in words, as short as their size allows."""

from __future__ import annotations

import math

from workbench.model.moments import local_time

_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1_000.0, 60_000.0, 3_600_000.0, 86_400_000.0


def idle_words(duration_ms: float) -> str:
    """Return "idle 340 ms", "idle 12.4 s", "idle 2 min 10 s", "idle 3 h 5 min"."""
    return f"idle {long_words(duration_ms)}"


def long_words(duration_ms: float) -> str:
    """Return a duration of any length in at most two units."""
    if duration_ms < _SECOND_MS - 0.5:  # half a millisecond more is rounded to a second
        return f"{duration_ms:.0f} ms"
    if duration_ms < _MINUTE_MS:
        return f"{math.floor(max(duration_ms, _SECOND_MS) / 100) / 10:.1f} s"
    unit_ms, unit, part_ms, part = next(each for each in _UNITS if duration_ms >= each[0])
    whole, rest_ms = divmod(duration_ms, unit_ms)
    parts = int(rest_ms // part_ms)
    return f"{whole:,.0f} {unit}" + (f" {parts} {part}" if parts else "")


_UNITS = ((_DAY_MS, "d", _HOUR_MS, "h"), (_HOUR_MS, "h", _MINUTE_MS, "min"), (_MINUTE_MS, "min", _SECOND_MS, "s"))


def tick_step(wanted_ms: float) -> float:
    """Return a round step of at least that many milliseconds: 1, 2 or 5 times a power of ten, or of minutes, hours and days."""
    if wanted_ms <= 30 * _SECOND_MS:
        magnitude = 10.0 ** math.floor(math.log10(max(wanted_ms, 1e-6)))
        step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= wanted_ms * (1 - 1e-9))
        return min(step, 30 * _SECOND_MS) if step > 20 * _SECOND_MS else step
    return next((step for step in _LONG_STEPS if step >= wanted_ms), math.ceil(wanted_ms / _DAY_MS) * _DAY_MS)


_LONG_STEPS = tuple(factor * unit for unit, factors in (
    (_MINUTE_MS, (1, 2, 5, 10, 30)), (_HOUR_MS, (1, 2, 6, 12)), (_DAY_MS, (1, 2, 7))) for factor in factors)


def tick_words(at_ms: float, step_ms: float) -> str:
    """Return how far a tick is from the start of its stretch: "0 ms", "250 ms", "1.5 s", "3 min"."""
    if abs(at_ms) < step_ms / 2:
        return "0 ms" if step_ms < _SECOND_MS else "0 s"
    if step_ms < _SECOND_MS and at_ms < 10 * _SECOND_MS:
        return f"{at_ms:,.{_digits(step_ms)}f} ms"
    if at_ms < _MINUTE_MS:
        return f"{at_ms / _SECOND_MS:,.{_digits(step_ms / _SECOND_MS)}f} s"
    if step_ms >= _SECOND_MS:
        return long_words(at_ms)
    digits = _digits(step_ms / _SECOND_MS)
    minutes, rest_ms = divmod(at_ms, _MINUTE_MS)
    return f"{minutes:.0f}:{rest_ms / _SECOND_MS:0{3 + digits}.{digits}f}"


def _digits(step: float) -> int:
    return max(0, min(6, math.ceil(-math.log10(step) - 1e-9)))


def clock_words(epoch_ms: float, step_ms: float = _SECOND_MS) -> str:
    """Return the local time of day, with as many digits as a step needs."""
    at = local_time(epoch_ms / _SECOND_MS)
    digits = _digits(step_ms / _SECOND_MS)
    return at.strftime("%H:%M:%S") + (f".{at.microsecond:06d}"[:digits + 1] if digits else "")
