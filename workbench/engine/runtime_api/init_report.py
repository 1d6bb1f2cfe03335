"""What our bootstraps report about their own start, in the `Workbench-Init` header of their first request.

Times are readings of the system's monotonic clock, the same that the engine reads. AWS's runtime clients send nothing like it;
for the Python one, the Docker sandbox notes the same where it can (`Sandbox.init_report`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

Span = tuple[int, int]
"""Start and end, monotonic nanoseconds."""


class InitReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The spans of INIT and the imports of the function.

    A row of `imports`: module, index of the importing row or -1, start, duration, duration without its own imports (all in ns).
    """

    runtime_init: Span
    function_init: Span
    imports: tuple[tuple[str, int, int, int, int], ...] = ()

    def record(self, epoch_ms: Callable[[int], float]) -> dict[str, Any]:
        """Return the record of `sandbox.spans`."""
        return {
            "spans": [_span("runtimeInit", self.runtime_init, epoch_ms), _span("functionInit", self.function_init, epoch_ms)],
            "imports": [
                {"module": module, "parent": parent, "startMs": epoch_ms(start), "durationMs": total / 1e6, "selfMs": own / 1e6}
                for module, parent, start, total, own in self.imports
            ],
        }


def read_init_report(header: str) -> InitReport | None:
    """Return the report in a header, or None if the runtime sends none or something else."""
    if not header:
        return None
    try:
        return msgspec.json.decode(header, type=InitReport)
    except msgspec.DecodeError:  # a function can send this header itself: it must not be able to break its INIT with it
        return None


def _span(name: str, span: Span, epoch_ms: Callable[[int], float]) -> dict[str, Any]:
    start, end = span
    return {"name": name, "startMs": epoch_ms(start), "durationMs": (end - start) / 1e6}
