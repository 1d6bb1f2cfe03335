"""When memory is given back, and that it is."""

from __future__ import annotations

import gc

import psutil
import pytest

from workbench.engine.memory_return import CHANGE_BYTES, GROWTH_BYTES, MemoryReturn


def test_it_is_due_after_growth_and_once() -> None:
    used = [100]
    memory = MemoryReturn(lambda: used[0])
    assert not memory.is_due()
    used[0] += GROWTH_BYTES + 1
    assert memory.is_due()
    memory.give_back()
    assert not memory.is_due()  # what is in use now may be needed
    assert not memory.is_due()
    assert memory.is_due()
    memory.give_back()
    used[0] += CHANGE_BYTES + 1
    assert memory.is_due()
    memory.give_back()
    used[0] -= CHANGE_BYTES + 1
    assert memory.is_due()  # what held the rest may have gone
    used[0] = 100 + GROWTH_BYTES
    assert not memory.is_due()


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the C library has no such call")
def test_what_is_free_goes_back_to_the_machine() -> None:
    memory = MemoryReturn()
    pieces = [bytes(20_000) for _ in range(5_000)]
    kept = pieces[::50]  # so that nothing is free at its end
    cycle: list[object] = [pieces]
    cycle.append(cycle)
    gc.disable()
    try:
        del pieces, cycle
        assert memory.is_due()
        before = psutil.Process().memory_info().rss
        memory.collect()
        memory.give_back()
        assert psutil.Process().memory_info().rss < before - 50_000_000
    finally:
        gc.enable()
    assert kept
