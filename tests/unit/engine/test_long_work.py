"""What takes long before a function can run: listed while it is under way, with its speed, and ended for whoever waits for it."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engines import until
from workbench.background import begin_awaited
from workbench.engine.long_work import Canceled, LongWork
from workbench.model.failures import SandboxUnavailable
from workbench.sandbox.protocol import Progress, ProgressHandler

MB = 1_000_000


class Download:
    """A preparation that does what the test says."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.work = LongWork(lambda: self.now_s, lambda: self.now_s)
        self.told: list[Progress] = []
        self.tell: ProgressHandler
        self.result: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.cleared = False

    async def run(self, told: ProgressHandler) -> str:
        self.tell = told
        told(Progress(stage="pull", text="Fetching"))
        try:
            return await self.result
        finally:
            self.cleared = True

    def begin(self, request_id: str = "") -> asyncio.Task[str]:
        return begin_awaited("a test's preparation", self.work.doing("Fn", request_id, self.told.append, self.run))


async def test_it_is_listed_until_it_is_done() -> None:
    download = Download()
    task = download.begin("r-1")
    await until(lambda: download.work.all())
    (listed,) = download.work.all()
    assert (listed.function_name, listed.request_id, listed.stage, listed.text) == ("Fn", "r-1", "pull", "Fetching")
    assert (listed.began_ms, listed.fraction, listed.bytes_per_s) == (100_000.0, None, None)
    assert download.work.request_of(listed.number) == "r-1"
    download.result.set_result("done")
    assert await task == "done"
    assert download.work.all() == ()
    assert download.work.request_of(listed.number) is None
    assert not download.work.cancel(listed.number)
    assert [step.text for step in download.told] == ["Fetching"]


async def test_its_speed_is_that_of_the_last_seconds() -> None:
    download = Download()
    task = download.begin()
    await until(lambda: download.work.all())
    for second in range(11):
        download.now_s = 100.0 + second
        done_mb = second if second <= 5 else 5 + 3 * (second - 5)  # 1 MB/s at first, then 3
        download.tell(Progress(stage="pull", text="Fetching", fraction=done_mb / 20, done_bytes=done_mb * MB))
    (listed,) = download.work.all()
    assert listed.bytes_per_s == pytest.approx(3 * MB)
    assert listed.fraction == 1.0
    download.now_s += 100  # nothing comes any more
    assert download.work.all()[0].bytes_per_s == 0
    download.tell(Progress(stage="notice", text="Something for the person"))
    assert download.work.all()[0].text == "Fetching"
    download.tell(Progress(stage="pull", text="Unpacking", fraction=1.0))
    assert download.work.all()[0].bytes_per_s is None
    download.result.set_result("")
    await task


async def test_a_person_cancels_it() -> None:
    download = Download()
    task = download.begin()
    await until(lambda: download.work.all())
    assert download.work.cancel(download.work.all()[0].number)
    with pytest.raises(Canceled, match=r"The preparation of Fn was canceled\. Invoke the function to begin it again"):
        await task
    assert download.cleared


async def test_a_download_whose_connection_was_closed_for_that_counts_as_canceled() -> None:
    download = Download()

    async def closes(told: ProgressHandler) -> str:
        try:
            return await download.run(told)
        except asyncio.CancelledError:
            raise SandboxUnavailable("The connection was closed.") from None

    task = begin_awaited("a test's preparation", download.work.doing("Fn", "", download.told.append, closes))
    await until(lambda: download.work.all())
    download.work.cancel(download.work.all()[0].number)
    with pytest.raises(Canceled):
        await task


async def test_whoever_gives_up_ends_it_too() -> None:
    download = Download()
    task = download.begin()
    await until(lambda: download.work.all())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert download.cleared
    assert download.work.all() == ()


async def test_its_own_failure_is_told() -> None:
    download = Download()
    task = download.begin()
    await until(lambda: download.work.all())
    download.result.set_exception(SandboxUnavailable("There is no such image."))
    with pytest.raises(SandboxUnavailable, match="There is no such image"):
        await task
