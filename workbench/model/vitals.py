"""How the engine itself does, and what it is busy with before anything can run: `/_workbench/vitals`, `/_workbench/long-work`."""

from __future__ import annotations

import msgspec


class LongWorkInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A preparation that is under way: an image is fetched, a package is built, dependencies are installed.

    `request_id` is the invocation that waits for it, "" if none does. `fraction` is from 0 to 1, None if it is unknown.
    `bytes_per_s` is the speed of a download over its last seconds, None where nothing is counted in bytes.
    """

    number: int
    function_name: str
    request_id: str
    stage: str
    text: str
    began_ms: float
    fraction: float | None = None
    bytes_per_s: float | None = None


class Vitals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The engine's own health. `loop_lag_ms` is the uncertainty of every figure that it measures (99th percentile, one minute).

    `started_ms` is epoch time, `memory_mb` the resident memory of the engine's process without its sandboxes, `followers` how
    many programs follow the stream, `journal_limit_mb` the size above which the oldest events are deleted.
    """

    started_ms: float
    loop_lag_ms: float
    memory_mb: float
    journal_mb: float
    journal_limit_mb: float
    followers: int
    long_work: tuple[LongWorkInfo, ...] = ()
