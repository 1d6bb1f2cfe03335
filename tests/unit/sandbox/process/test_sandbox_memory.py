"""Memory is measured of a runtime that is no member yet when its sandbox is looked at first."""

from __future__ import annotations

import os
from collections.abc import Sequence

from workbench.sandbox.process.control_group import NoControlGroup
from workbench.sandbox.process.sandbox_memory import SandboxMemory


class QuietGroup(NoControlGroup):
    """A group whose listing does not change: the runtime was in it before it ran its program."""

    def listing(self) -> bytes:
        return b"1\n2\n"


class Members:
    """Lists the runtime from the second look on."""

    def __init__(self, *others: int) -> None:
        self._others = others
        self.looks = 0

    def __call__(self) -> Sequence[int]:
        self.looks += 1
        return self._others if self.looks == 1 else (*self._others, os.getpid())


def test_a_runtime_that_is_no_member_at_first_is_measured_all_the_same() -> None:
    members = Members()
    memory = SandboxMemory(100_000, QuietGroup(), members)
    memory.begin(os.getpid())
    assert not memory.is_over()
    assert memory.peak() > 0
    memory.is_over()
    looks = members.looks
    memory.is_over()
    assert members.looks == looks, "from then on the members are remembered"
    memory.ended(was_killed=False)
    peak_mb = memory.peak()
    assert peak_mb > 0
    assert members.looks == looks, "of a runtime that has ended nothing is looked at"


def test_it_is_measured_beside_an_extension_that_was_there_first() -> None:
    members = Members(os.getppid())
    memory = SandboxMemory(100_000, QuietGroup(), members)
    memory.begin(os.getpid())
    memory.is_over()
    memory.is_over()
    assert members.looks == 2
    memory.ended(was_killed=False)
