"""An invocation as a row of the index."""

from __future__ import annotations

import msgspec

from workbench.engine.journal.tallies import Kind


class Noted(msgspec.Struct):
    """A row of the index, in the order of its columns; times in microseconds. Names are given by their numbers."""

    seq: int
    request_id: bytes | str
    environment_id: bytes | str
    function: int
    version: int
    sandbox: int
    is_cold: bool
    received_us: int
    ended_us: int | None = None
    status: int | None = None
    error: int | None = None
    duration_us: int | None = None
    billed_ms: int | None = None
    init_us: int | None = None
    memory_mb: int | None = None
    used_mb: int | None = None
    circumstance: int | None = None
    counted: Kind | None = None
    """As what it is counted in the tallies; this is no column."""

    @property
    def kind(self) -> Kind:
        """As what it is to be counted."""
        return self.function, self.version, self.status or 0, self.is_cold

    @property
    def row(self) -> tuple[object, ...]:
        """Its columns.

        Bytes and truth values are told otherwise: of types but a few plain ones, `sqlite3` looks for adapters, which takes
        longer than all else that it does with a value.
        """
        return (self.seq, _unadapted(self.request_id), _unadapted(self.environment_id), self.function, self.version, self.sandbox,
                int(self.is_cold), *msgspec.structs.astuple(self)[_RECEIVED:-1])


def _unadapted(name: bytes | str) -> bytearray | str:
    return bytearray(name) if isinstance(name, bytes) else name


_RECEIVED = Noted.__struct_fields__.index("received_us")
