"""The cache of folders by hash."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from workbench.model.failures import SandboxError
from workbench.packages.store import Entry, Note, Store


def put(store: Store, key: str, *, size_mb: int = 0, used_s_ago: float = 0) -> Entry:
    with store.making() as made:
        (made / "x").write_text(key)
        entry = store.keep("zip", key, made, Note(size_bytes=size_mb * 1_048_576, notices=("said",)))
    used = time.time() - used_s_ago
    os.utime(entry.content.parent / "entry.json", (used, used))
    return entry


def test_an_entry_is_there_with_its_note_once_it_is_whole(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    assert store.find("zip", "abc") is None
    put(store, "abc", size_mb=2)
    found = Store(tmp_path / "cache").find("zip", "abc")
    assert found is not None
    assert ((found.content / "x").read_text(), found.note) == ("abc", Note(size_bytes=2 * 1_048_576, notices=("said",)))
    assert store.find("layers", "abc") is None


def test_everybody_may_look_into_an_entry(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        store = Store(tmp_path)
        with store.making() as made:
            (made / "inner").mkdir()
            entry = store.keep("zip", "abc", made, Note())
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (entry.content, entry.content / "inner")] == [0o755, 0o755]


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)


    def break_off() -> None:
        with store.making() as made:
            (made / "x").write_text("half")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        break_off()
    assert [path for path in tmp_path.rglob("*") if path.name not in ("making", ".workbench-cache")] == []


def test_of_two_at_once_the_first_stays(tmp_path: Path) -> None:
    both = Barrier(2)

    def make(number: int) -> str:
        store = Store(tmp_path)
        with store.making() as made:
            (made / "x").write_text(str(number))
            both.wait()
            return (store.keep("zip", "abc", made, Note()).content / "x").read_text()

    with ThreadPoolExecutor(2) as threads:
        texts = set(threads.map(make, range(2)))
    assert len(texts) == 1
    assert len(list(tmp_path.rglob("x"))) == 1


def test_old_entries_go_and_then_the_longest_unused_until_the_rest_fits(tmp_path: Path) -> None:
    store = Store(tmp_path)
    day = 86_400
    for key, size_mb, days in (("ancient", 1, 40), ("old", 30, 20), ("newer", 30, 10), ("today", 90, 0)):
        put(store, key, size_mb=size_mb, used_s_ago=days * day)
    assert store.prune(max_size_mb=125) == 2
    assert [key for key in ("ancient", "old", "newer", "today") if store.find("zip", key)] == ["newer", "today"]
    assert store.prune(max_size_mb=10, spare_s=day) == 0  # looking for it was a use: both may be in use now


def test_leftovers_of_a_crash_go_after_a_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, new = store.aside(), store.aside()
    os.utime(old, (time.time() - 90_000,) * 2)
    store.prune()
    assert (old.exists(), new.exists()) == (False, True)


def test_a_cache_that_can_only_be_read_serves_what_it_has(tmp_path: Path, read_only) -> None:
    store = Store(tmp_path / "cache")
    put(store, "abc")
    with read_only(tmp_path / "cache"):
        assert store.find("zip", "abc") is not None
        with pytest.raises(SandboxError, match="cannot be written: Permission denied"), store.making():
            pass


def test_entries_and_leftovers_of_a_clock_that_was_ahead_are_bounded_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(4):
        put(store, f"ahead-{number}", size_mb=2, used_s_ago=-400 * 86_400)
    left = store.aside()
    os.utime(left, (time.time() + 400 * 86_400,) * 2)
    assert store.prune(max_size_mb=4) == 2
    assert not left.exists()
    assert store.clear() == 2
