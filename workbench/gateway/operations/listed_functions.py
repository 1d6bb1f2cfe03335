"""The entries of lists of functions, encoded once for as long as a function stays what it is."""

from __future__ import annotations

import msgspec

from workbench.engine.registry.views import FunctionView
from workbench.gateway.operations.descriptions import listed
from workbench.gateway.wire.answers import encoded

_MOST = 10_000
"""Entries of a few hundred bytes; more functions than that are described each time."""


class ListedFunctions:
    """Remembers entries. Use it on the server's loop."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[FunctionView, msgspec.Raw]] = {}

    def entry(self, view: FunctionView) -> msgspec.Raw:
        """Return a function as lists have it."""
        arn = view.arn
        known = self._known.get(arn)
        if known is not None and known[0] == view:
            return known[1]
        if len(self._known) >= _MOST:  # many of them are gone by now
            self._known.clear()
        entry = encoded("FunctionConfiguration", listed(view))
        self._known[arn] = view, entry
        return entry
