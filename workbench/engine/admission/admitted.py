"""One invocation that was let in."""

from __future__ import annotations

from workbench.engine.admission.lingering import Lingering
from workbench.engine.admission.loads import AccountLoad, FunctionLoad
from workbench.engine.admission.rules import PROVISIONED, RESERVED, SHARED, Part


class Admitted:
    """Holds an invocation's part of the concurrency until `leave`.

    `is_spillover`: its version has provisioned concurrency, and none of it was free.
    """

    __slots__ = ("_account", "_function", "_is_over", "_lingering", "_part", "_version", "is_spillover")

    def __init__(
        self, account: AccountLoad, function: FunctionLoad, part: Part, version: str, *, is_spillover: bool = False
    ) -> None:
        self._account = account
        self._function = function
        self._part = part
        self._version = version
        self._is_over = False
        self._lingering: tuple[Lingering, ...] = ()
        self.is_spillover = is_spillover
        self._count(1)

    @property
    def function(self) -> FunctionLoad:
        """What runs of its function."""
        return self._function

    @property
    def concurrency(self) -> str:
        """What it runs on, as the stream tells it: "" for what is nothing special."""
        if self.is_spillover:
            return "spillover"
        return "provisioned" if self._part is PROVISIONED else ""

    @property
    def is_reserved(self) -> bool:
        """Whether it runs in what its function reserves."""
        return self._part is RESERVED

    def answered(self) -> None:
        """Note that its caller has the answer, and that its environment will be free in a moment."""
        if not self._is_over:
            self._lingering = self._all_lingering()
            for lingering in self._lingering:
                lingering.begin()

    def leave(self) -> None:
        """Give back its part: the invocation has ended. Idempotent."""
        if self._is_over:
            return
        self._is_over = True
        self._count(-1)
        for lingering in self._lingering:
            lingering.end()

    def _all_lingering(self) -> tuple[Lingering, ...]:
        account, function = self._account, self._function
        if self._part is PROVISIONED:
            return function.lingering, account.lingering, function.provisioned_lingering[self._version]
        return function.lingering, account.lingering

    def _count(self, change: int) -> None:
        self._account.running += change
        if self._part is PROVISIONED:
            self._function.provisioned[self._version] += change
            return
        self._function.on_demand += change
        if self._part is SHARED:
            self._account.shared += change
