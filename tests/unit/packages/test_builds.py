"""Builds into a store: shared, bounded, cancelled cleanly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.engines import until
from tests.unit.packages.functions import Steps
from workbench.packages.build_failures import SOON_S, Again, BuildFailures, DependencyError
from workbench.packages.builds import Builds
from workbench.packages.cancellation import StepHandler
from workbench.packages.store import Note, Store


class Work:
    """Something to build that waits until it may end, and counts."""

    def __init__(self, awaited: int = 1) -> None:
        self.begun = asyncio.Event()
        self.awaited = awaited
        self.may_end = asyncio.Event()
        self.running, self.most, self.times = 0, 0, 0

    async def make(self, aside: Path, _progress: StepHandler) -> Note:
        self.times += 1
        self.running += 1
        self.most = max(self.most, self.running)
        if self.running == self.awaited:
            self.begun.set()
        try:
            (aside / "content" / "made").write_text("x")
            (aside / "scratch").mkdir()
            await self.may_end.wait()
        finally:
            self.running -= 1
        return Note(size_bytes=1)


def leftovers(cache: Path) -> list[str]:
    return [path.name for path in (cache / "making").iterdir()]


async def test_no_more_run_at_once_than_there_are_places(tmp_path: Path) -> None:
    builds, work = Builds(Store(tmp_path), at_once=2), Work(awaited=2)
    tasks = [asyncio.create_task(builds.ensure("x", str(number), "it", work.make, Steps())) for number in range(5)]
    await work.begun.wait()
    work.may_end.set()
    entries = await asyncio.gather(*tasks)
    assert (work.times, work.most) == (5, 2)
    assert {entry.content.parent.name for entry in entries} == set("01234")
    assert all({path.name for path in entry.content.parent.iterdir()} == {"entry.json", "content"} for entry in entries)
    assert leftovers(tmp_path) == []


async def test_another_program_is_waited_for(tmp_path: Path) -> None:
    one, other, work, steps = Builds(Store(tmp_path)), Builds(Store(tmp_path)), Work(), Steps()
    waits = asyncio.Event()
    first = asyncio.create_task(one.ensure("x", "key", "it", work.make, Steps()))
    await work.begun.wait()
    second = asyncio.create_task(other.ensure("x", "key", "the thing", work.make, lambda step: (steps(step), waits.set())[0]))
    await waits.wait()
    assert steps.texts == "Waiting for the thing: another program is building it"
    work.may_end.set()
    assert (await first).content == (await second).content
    assert (work.times, leftovers(tmp_path)) == (1, [])


async def test_the_last_who_waits_ends_the_build(tmp_path: Path) -> None:
    builds, work, steps = Builds(Store(tmp_path)), Work(), Steps()
    tasks = [asyncio.create_task(builds.ensure("x", "key", "it", work.make, steps)) for _ in range(2)]
    await work.begun.wait()
    await until(lambda: "which is already being built" in steps.texts)
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    assert work.running == 1
    tasks[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    assert (work.running, leftovers(tmp_path)) == (0, [])

    work.may_end.set()
    assert (await builds.ensure("x", "key", "it", work.make, Steps())).note.size_bytes == 1
    assert work.times == 2


async def test_who_comes_while_a_build_is_being_cancelled_gets_one_of_its_own(tmp_path: Path) -> None:
    builds, work = Builds(Store(tmp_path)), Work()
    first = asyncio.create_task(builds.ensure("x", "key", "it", work.make, Steps()))
    await work.begun.wait()
    first.cancel()
    await asyncio.sleep(0)
    work.may_end.set()
    assert (await builds.ensure("x", "key", "it", work.make, Steps())).note.size_bytes == 1
    assert first.cancelled()


@pytest.mark.expects_log
async def test_a_fault_of_ours_in_a_build_that_nobody_waits_for_any_more_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    builds, begun, may_end = Builds(Store(tmp_path)), asyncio.Event(), asyncio.Event()

    async def make(_aside: Path, _progress: StepHandler) -> Note:
        begun.set()
        try:
            await may_end.wait()
        except asyncio.CancelledError as error:
            raise LookupError("no such step") from error
        raise AssertionError("it was not ended")

    waiting = asyncio.create_task(builds.ensure("x", "key", "it", make, Steps()))
    await begun.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert [record.getMessage() for record in caplog.records] == ["The build of x key failed: LookupError: no such step"]
    assert leftovers(tmp_path) == []


class Failing:
    """A build that fails, and counts."""

    def __init__(self, again: Again) -> None:
        self.times = 0
        self._again = again

    async def make(self, _aside: Path, _progress: StepHandler) -> Note:
        self.times += 1
        raise DependencyError("npm could not.", "Correct it.", ["npm error"], self._again)

    async def hint(self, builds: Builds, key: str = "key") -> str:
        """Build, and return what the error advises."""
        with pytest.raises(DependencyError) as failed:
            await builds.ensure("x", key, "it", self.make, Steps())
        assert (failed.value.message, failed.value.last_lines) == ("npm could not.\nnpm error", ("npm error",))
        return failed.value.hint


async def test_a_failure_is_told_again_until_something_changes_or_somebody_asks(tmp_path: Path) -> None:
    builds, failing = Builds(Store(tmp_path)), Failing("when changed")
    assert await failing.hint(builds) == "Correct it."
    for _ in range(2):
        assert "not tried with every request: it runs again when what it is made from changes" in await failing.hint(builds)
    assert failing.times == 1
    assert await failing.hint(builds, "another") == "Correct it."
    builds.failures.forget()
    assert await failing.hint(builds) == "Correct it."
    assert failing.times == 3
    work = Work()
    work.may_end.set()
    builds.failures.forget()
    assert (await builds.ensure("x", "key", "it", work.make, Steps())).note.size_bytes == 1


async def test_a_failure_that_may_pass_is_told_again_for_a_minute(tmp_path: Path) -> None:
    builds, failing, now_s = Builds(Store(tmp_path)), Failing("soon"), 100.0
    builds.failures = BuildFailures(lambda: now_s)
    assert await failing.hint(builds) == "Correct it."
    now_s += SOON_S - 1
    assert "it runs again a minute later" in await failing.hint(builds)
    assert failing.times == 1
    now_s += 1
    assert await failing.hint(builds) == "Correct it."
    assert failing.times == 2


async def test_what_fails_at_once_is_tried_with_every_request(tmp_path: Path) -> None:
    builds, failing = Builds(Store(tmp_path)), Failing("at once")
    assert {await failing.hint(builds) for _ in range(2)} == {"Correct it."}
    assert failing.times == 2


def test_only_so_many_failures_are_remembered() -> None:
    failures = BuildFailures()
    for number in range(1_000):
        failures.note("x", str(number), DependencyError("It failed.", "Correct it.", (), "when changed"))
    failures.check("x", "1")
    with pytest.raises(DependencyError):
        failures.check("x", "999")
