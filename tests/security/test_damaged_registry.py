"""The file that keeps what the API made may be anything: it is set aside and told, and a new one is begun."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.security.damages import FORMS, Damage, everything_below
from tests.security.test_damaged_state import DAMAGES, JOURNAL_DAMAGES
from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import archive, resources_in
from tests.support.small_disks import NEEDS_ROOT, fill, small_disk
from workbench.engine.registry.resources import Resources
from workbench.model.failures import WorkspaceError
from workbench.storage.state_file import untold
from workbench.storage.state_home import own_folder

REGISTRY = "lambda/registry.sqlite"
FUNCTION = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": "r", "Description": "d" * 200,
            "Code": {"ZipFile": archive()}}
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:before"


async def _made(folder: Path) -> None:
    """A registry with 40 functions that the API made."""
    async with resources_in(folder, HeldClock()) as resources:
        for number in range(40):
            await resources.changes.create(resources.home, f"f{number}", FUNCTION, publish=False)
        await resources.settling.settle()


@pytest.fixture(scope="module")
def sound_registry(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sound-registry")
    asyncio.run(_made(folder))
    return (folder / REGISTRY).read_bytes()


def _with_statement(statement: str) -> Damage:
    def put(path: Path, sound: bytes) -> None:
        path.write_bytes(sound)
        with closing(sqlite3.connect(path)) as database:
            database.executescript(statement)
            database.commit()

    return put


def _without_cells(path: Path, sound: bytes) -> None:
    """A page with records has zeros in their place, and its head is sound. Source: sqlite.org/fileformat2.html, 1.6."""
    at = next(at for at in range(4096, len(sound), 4096) if sound[at] == 10)
    head_bytes = 8 + 2 * int.from_bytes(sound[at + 3 : at + 5])
    path.write_bytes(sound[: at + head_bytes] + bytes(4096 - head_bytes) + sound[at + 4096 :])


REGISTRY_DAMAGES: dict[str, tuple[Damage, str]] = {
    **{name: (damage, r"(is|can|belongs) .*") for name, damage in JOURNAL_DAMAGES.items() if name != "huge"},
    **{name: (FORMS[name], "belongs to another user") for name in FORMS if name == "foreign"},
    "a page without its cells": (_without_cells, "is damaged"),
    "huge": (DAMAGES["huge"], "is too large"),
    "later": (_with_statement("PRAGMA user_version = 1000"), "was written by a later version of Lambda Workbench"),
    "earlier with another table": (_with_statement("PRAGMA user_version = 0"), "is damaged"),
    "a trigger": (_with_statement("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END"), "is damaged"),
    "another table": (_with_statement("CREATE TABLE passwords (x)"), "is damaged"),
    "no record": (_with_statement("UPDATE records SET record = x'7b7d' WHERE kind = 'FunctionRecord'"), "is damaged"),
    "a number": (_with_statement("UPDATE records SET record = 5 WHERE kind = 'FunctionRecord'"), "is damaged"),
}


@pytest.mark.parametrize("damage", REGISTRY_DAMAGES)
async def test_a_registry_that_can_not_be_read_is_set_aside_and_told(damage: str, tmp_path: Path, sound_registry: bytes) -> None:
    folder = own_folder(tmp_path / "state")
    own_folder(folder / "lambda")
    put, said = REGISTRY_DAMAGES[damage]
    await asyncio.to_thread(put, folder / REGISTRY, sound_registry)
    around = len(everything_below(folder))
    async with resources_in(folder, HeldClock()) as resources:
        (told,) = untold(folder / "lambda")
        assert re.match(rf"registry\.sqlite {said}: it was set aside as .*, and a new one is started\.", told)
        assert resources.functions.all(resources.home) == []
        assert len(everything_below(folder)) >= around  # nothing is lost: it has another name
        await resources.changes.create(resources.home, "f", FUNCTION, publish=False)
    async with resources_in(folder, HeldClock()) as resources:
        assert [each.name for each in resources.functions.all(resources.home)] == ["f"]
    assert untold(folder / "lambda") == []
    assert not (folder / REGISTRY).is_symlink()
    victim = folder / "victim-of-registry.sqlite"
    assert not victim.exists() or victim.read_bytes() == sound_registry


async def test_an_empty_registry_is_begun(tmp_path: Path) -> None:
    own_folder(tmp_path / "lambda")
    (tmp_path / REGISTRY).touch()
    async with resources_in(tmp_path, HeldClock()) as resources:
        await resources.changes.create(resources.home, "f", FUNCTION, publish=False)
    assert untold(tmp_path / "lambda") == []


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("damage", FORMS)
async def test_what_lies_beside_a_registry_is_not_opened(
        suffix: str, damage: str, tmp_path: Path, sound_registry: bytes) -> None:
    if damage == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads every file")
    folder = own_folder(tmp_path / "state")
    own_folder(folder / "lambda")
    (folder / REGISTRY).write_bytes(sound_registry)
    await asyncio.to_thread(FORMS[damage], folder / f"{REGISTRY}{suffix}", b"sound")
    async with asyncio.timeout(20), resources_in(folder, HeldClock()) as resources:
        (told,) = untold(folder / "lambda")
        assert told.startswith("registry.sqlite ")
        await resources.changes.create(resources.home, "f", FUNCTION, publish=False)
    victim = folder / f"victim-of-registry.sqlite{suffix}"
    assert not victim.exists() or victim.read_bytes() == b"sound"


async def _tag_until_it_fails(resources: Resources) -> None:
    for number in range(1000):
        await resources.tags.add(resources.home, ARN, {f"k{number % 50}": f"{number}" * 50})


@NEEDS_ROOT
async def test_a_full_disk_refuses_a_change_and_leaves_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        folder = own_folder(disk / "state")
        async with resources_in(folder, HeldClock()) as resources:
            await resources.changes.create(resources.home, "before", FUNCTION, publish=False)
            await resources.settling.settle()
            fill(disk)
            with pytest.raises(WorkspaceError, match="could not be saved"):
                await resources.changes.create(
                    resources.home, "refused", {**FUNCTION, "Code": {"ZipFile": archive("y" * 100_000)}}, publish=False)
            with pytest.raises(WorkspaceError, match=r"The change could not be saved: .*full"):
                await _tag_until_it_fails(resources)
            kept = resources.tags.of(resources.home, ARN)
            assert [each.name for each in resources.functions.all(resources.home)] == ["before"]
            (disk / "filling").unlink()
            await resources.changes.create(resources.home, "after", FUNCTION, publish=False)
        async with resources_in(folder, HeldClock()) as resources:
            assert [each.name for each in resources.functions.all(resources.home)] == ["after", "before"]
            assert resources.tags.of(resources.home, ARN) == kept


@NEEDS_ROOT
async def test_a_sound_registry_that_a_full_disk_keeps_from_being_read_stays(tmp_path: Path, sound_registry: bytes) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        folder = own_folder(disk / "state")
        own_folder(folder / "lambda")
        (folder / REGISTRY).write_bytes(sound_registry)
        fill(disk)
        async with resources_in(folder, HeldClock()) as resources:
            readable = not resources.problem
            assert readable or "cannot be read" in resources.problem
            assert len(resources.functions.all(resources.home)) == (40 if readable else 0)
        assert untold(folder / "lambda") == []
        (disk / "filling").unlink()
        async with resources_in(folder, HeldClock()) as resources:
            assert len(resources.functions.all(resources.home)) == 40
