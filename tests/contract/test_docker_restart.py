"""Docker is restarted under the engine: what runs fails in words, the next invocation is right, nothing is left, nothing is lost.

On a daemon of this test's own, for that of a machine has other users.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docker_daemon import DockerDaemon, daemon_or_reason
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import one_function
from workbench.model.failures import ServiceError
from workbench.state.invocation import Invocation

pytestmark = [
    pytest.mark.docker, pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # the SDK forgets sockets that could not connect
]

SLEEPER = """
    import time

    def handler(event, context):
        print("began", flush=True)
        time.sleep(event.get("s", 0))
        return "done"
"""


@pytest.fixture
def daemon(docker_images: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerDaemon]:
    """One that has the image for Python, and that our engine finds."""
    reason = daemon_or_reason()
    if reason is None and os.environ.get("DOCKER_HOST"):
        reason = "the test images are copied from Docker's usual socket"
    if reason:
        pytest.skip(reason)
    with DockerDaemon() as own:
        own.copy_image(docker_images["python3.11"])
        monkeypatch.setenv("DOCKER_HOST", own.url)
        yield own
        gc.collect()


async def under_way(engine: EngineInTest) -> asyncio.Task[Invocation]:
    """An invocation whose handler runs."""
    before = len(await engine.client.events(0, 10_000))
    call = asyncio.create_task(engine.invoke({"s": 60}))

    async def has_begun() -> bool:
        return any(event.record == "began" for event in await engine.client.events(before, 10_000))

    await until(has_begun, 30)
    return call


async def is_right(engine: EngineInTest) -> None:
    """The next invocation."""
    invocation = await engine.invoke({})
    assert (invocation.status, invocation.payload) == ("success", '"done"'), invocation.document()


def fails_in_words(invocation: Invocation) -> None:
    """What Docker's end looks like depends on what is heard of first."""
    assert '"Sandbox.Failure"' in invocation.payload, invocation.document()
    said = ("or Docker itself was", "its network is gone", "engine has stopped", "was removed")
    assert any(words in invocation.payload for words in said), invocation.payload


async def test_docker_is_restarted(daemon: DockerDaemon, docker_images: dict[str, str], tmp_path: Path) -> None:
    """In order and after a crash: killed, it ends nothing, and once it is back it ends what ran meanwhile."""
    workspace = one_function(tmp_path / "w", SLEEPER)
    async with engine_in_test(workspace, sandbox="docker", images={"python3.11": docker_images["python3.11"]}) as engine:
        await is_right(engine)
        await asyncio.to_thread(daemon.stop)
        await asyncio.to_thread(daemon.start)
        await is_right(engine)

        for signal_ in (signal.SIGTERM, signal.SIGKILL):
            call = await under_way(engine)
            await asyncio.to_thread(daemon.stop, signal_)
            fails_in_words(await call)
            with pytest.raises(ServiceError, match="its engine does not answer"):
                await engine.invoke({}, cold=True)
            await asyncio.to_thread(daemon.start)
            await is_right(engine)

        events = await engine.client.events(0, 10_000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        kinds = [event.type for event in events]
        assert kinds.count("platform.start") == kinds.count("platform.report")
    await until(lambda: daemon.command("ps", "-aq") == daemon.command("volume", "ls", "-q") == "")
