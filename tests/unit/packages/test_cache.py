"""The cache of packages: how large it is, that it stays bounded, that nothing in use is taken away."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.unit.packages.functions import DOCKER, Steps, function, write_files
from tests.unit.packages.zips import write_zip
from workbench.packages.leases import Leases, leased
from workbench.packages.package import Packages
from workbench.packages.store import LEASES, Note, Store


def put(store: Store, key: str, *, kind: str = "zip", size_mb: int = 1, used_s_ago: float = 0) -> Path:
    with store.making() as made:
        entry = store.keep(kind, key, made, Note(size_bytes=size_mb * 1_048_576))
    used = time.time() - used_s_ago
    os.utime(entry.content.parent / "entry.json", (used, used))
    return entry.content


def test_the_report_tells_how_much_there_is_of_each_kind(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key, kind, size_mb in (("a", "zip", 1), ("b", "zip", 2), ("c", "python", 1500)):
        put(store, key, kind=kind, size_mb=size_mb)
    report = store.report()
    assert [(kind.kind, kind.entries, kind.size_bytes >> 20) for kind in report.kinds] == [("python", 1, 1500), ("zip", 2, 3)]
    assert report.sentence() == "1.5 GB of 5.0 GB in 3 packages"
    assert Store(tmp_path / "nowhere").report().size_bytes == 0


def test_what_a_living_program_uses_stays_whatever_its_age(tmp_path: Path) -> None:
    store, lease = Store(tmp_path), Leases(tmp_path / LEASES)
    used, other = put(store, "used", used_s_ago=10**7), put(store, "other", used_s_ago=10**7)
    lease.hold(["zip/used"])
    assert (store.prune(), used.exists(), other.exists()) == (1, True, False)
    assert store.clear() == 0
    lease.release()
    assert (store.clear(), used.exists()) == (1, False)
    assert list((tmp_path / LEASES).iterdir()) == []


def test_the_longest_unused_goes_first_and_what_was_used_just_now_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key, used_s_ago in (("old", 9_000), ("newer", 8_000), ("now", 0)):
        put(store, key, size_mb=10, used_s_ago=used_s_ago)
    store.prune(max_size_mb=25)
    assert sorted(path.name for path in (tmp_path / "zip").iterdir()) == ["newer", "now"]
    store.prune(max_size_mb=1)
    assert [path.name for path in (tmp_path / "zip").iterdir()] == ["now"]


def test_the_lease_of_a_dead_program_counts_no_more(tmp_path: Path) -> None:
    code = "import sys, pathlib, workbench.packages.leases as l; l.Leases(pathlib.Path(sys.argv[1])).hold(['zip/a'])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert leased(tmp_path) == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_a_lease_that_can_not_be_read_is_left(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("no json")
    assert leased(tmp_path) == frozenset()
    assert (tmp_path / "x.json").exists()


async def test_what_functions_run_from_is_held_until_the_end(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "cache")
    archive = write_zip(tmp_path / "code.zip", {"app.py": "1"})
    unused = [write_zip(tmp_path / f"{number}.zip", {"app.py": number}) for number in "23"]
    layer = write_files(tmp_path / "layer", {"python/a.py": "1", ".git/HEAD": ""})
    for each in unused:
        await packages.prepare(function(each), DOCKER, Steps())
    package = await packages.prepare(function(archive, layer), DOCKER, Steps())
    assert Store(tmp_path / "cache").clear() == 1
    assert Path(package.code_path, "app.py").exists()
    assert Path(package.opt_path, "python", "a.py").exists()
    await packages.close()
    assert Store(tmp_path / "cache").clear() == 3


async def test_a_stage_counts_as_it_grows(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "cache")
    code = write_files(tmp_path / "code", {"app.py": "1", ".git/HEAD": ""})
    for text in ("1", "x" * 1000):
        (code / "app.py").write_text(text)
        await packages.prepare(function(code), DOCKER, Steps())
        assert packages.store.report().size_bytes == len(text)


async def test_what_was_cleared_is_made_again(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "cache")
    archive = write_zip(tmp_path / "code.zip", {"app.py": "1"})
    first = await packages.prepare(function(archive), DOCKER, Steps())
    await packages.close()
    packages.store.clear()
    assert not Path(first.code_path).exists()
    assert await packages.prepare(function(archive), DOCKER, Steps()) == first
    assert Path(first.code_path, "app.py").exists()


@pytest.mark.parametrize(("path", "name"), [("zip/abc/content", "zip/abc"), ("zip", ""), ("/elsewhere", "")])
def test_entries_have_names(tmp_path: Path, path: str, name: str) -> None:
    assert Store(tmp_path).name_of(tmp_path / path) == name


async def test_what_a_function_ran_from_before_is_held_for_an_invocation_under_way(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "cache")
    paths = []
    for text in ("1", "2", "3"):
        archive = write_zip(tmp_path / "code.zip", {"app.py": text})
        paths.append(Path((await packages.prepare(function(archive), DOCKER, Steps())).code_path))
    assert packages.store.clear() == 1
    assert [path.exists() for path in paths] == [False, True, True]


async def test_packages_that_are_made_at_once_are_all_held(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "cache")
    archives = [write_zip(tmp_path / f"{number}.zip", {"app.py": str(number)}) for number in range(8)]
    functions = [msgspec.structs.replace(function(archive), name=archive.stem) for archive in archives]
    await asyncio.gather(*(packages.prepare(each, DOCKER, Steps()) for each in functions))
    assert packages.store.clear() == 0
