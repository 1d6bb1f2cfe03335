"""IDs are UUIDs, and nobody gets the same: no thread, no process."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.model.random_ids import new_uuid, random_digits


def test_they_are_random_uuids() -> None:
    made = [uuid.UUID(text) for text in (new_uuid() for _ in range(1_000))]
    assert {each.version for each in made} == {4}
    assert {each.variant for each in made} == {uuid.RFC_4122}
    assert len(set(made)) == 1_000


def test_digits_are_as_many_as_asked_for() -> None:
    assert [len(random_digits(count)) for count in (16, 24, 40)] == [16, 24, 40]
    assert int(random_digits(24), 16) != int(random_digits(24), 16)


def test_threads_get_different_ones() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [text for texts in threads.map(lambda _: [new_uuid() for _ in range(2_000)], range(8)) for text in texts]
    assert len(set(made)) == 16_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_fork_gets_other_ones_than_its_parent() -> None:
    new_uuid()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, "".join(new_uuid() for _ in range(20)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_child = os.read(read, 4_096).decode()
    os.close(read)
    os.close(write)
    of_parent = [new_uuid() for _ in range(20)]
    assert len(of_child) == 20 * 36
    assert not any(each in of_child for each in of_parent)
