"""How builds fail, and which have: a request does not wait for a failure that is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from workbench.model.failures import SandboxError

SOON_S = 60.0
"""For so long a failure is remembered that may pass by itself, such as one of the network."""
_MOST = 200
"""As many are remembered."""

Again = Literal["at once", "soon", "when changed"]
"""When a request builds again after a failure."""


class DependencyError(SandboxError):
    """A tool is missing or failed. `message` ends with `last_lines`, those lines of its output that say why."""

    def __init__(self, message: str, hint: str, last_lines: Sequence[str] = (), again: Again = "at once") -> None:
        super().__init__("\n".join((message, *last_lines)), hint)
        self.last_lines = tuple(last_lines)
        self.again = again
        self._said = message

    def known(self) -> DependencyError:
        """Return the same, for a request that comes later: it says when the build runs again."""
        return DependencyError(self._said, f"{self.hint} {_WHEN[self.again]}", self.last_lines, self.again)


class BuildFailures:
    """The failures of builds, each with the key that its inputs have. Use it on one event loop. `now_s`: a monotonic clock."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._known: dict[tuple[str, str], tuple[DependencyError, float]] = {}

    def note(self, kind: str, key: str, error: DependencyError) -> None:
        """Remember how a build failed, unless the next request may succeed."""
        if error.again == "at once":
            return
        self._known.pop((kind, key), None)
        self._known[kind, key] = error, self._now_s()
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def check(self, kind: str, key: str) -> None:
        """Raise DependencyError for a build that would fail as it did before."""
        error, at_s = self._known.get((kind, key), (None, 0.0))
        if error is not None and (error.again == "when changed" or self._now_s() - at_s < SOON_S):
            raise error.known()

    def forget(self) -> None:
        """Have the next request build again."""
        self._known.clear()


_ASKED = "when you invoke in the window or with workbench invoke"
_WHEN: dict[Again, str] = {
    "soon": f"This build has just failed and is not tried with every request: it runs again a minute later, or {_ASKED}.",
    "when changed": f"This build has failed before and is not tried with every request: it runs again when what it is made from "
                    f"changes, or {_ASKED}."}
