"""A fault of ours in what a sandbox does by itself: it is logged, and who waits is told at once instead of at the timeout."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.process_sandboxes import WAIT_S, function_in, start, write_bootstrap
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.endpoints import Endpoint
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.events import EndWatch
from workbench.sandbox.process.output import OutputPipe
from workbench.sandbox.process.provider import ProcessSandboxProvider


@pytest.mark.expects_log
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_runtime_whose_last_output_can_not_be_read_is_lost(
    provider: ProcessSandboxProvider, code: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: OutputPipe) -> None:
        raise ValueError("broken")

    write_bootstrap(code, "print('done')")
    started = await start(provider, function_in(code))
    monkeypatch.setattr(OutputPipe, "finish", broken)
    how = await asyncio.wait_for(started.sandbox.wait(), WAIT_S)
    assert how.lost == "Reading a runtime's last output failed (ValueError: broken); the engine's log has the details."
    assert [record.getMessage() for record in caplog.records] == ["Reading a runtime's last output failed: ValueError: broken"]


class Events:
    """A client of Docker whose event stream breaks in a way that nobody has thought of, as often as it is asked for."""

    def events(self, **_: Any) -> Any:
        yield {"Action": "start"}
        raise LookupError("unknown event")

    def close(self) -> None:
        """As the SDK's."""

    def inspect_container(self, _: str) -> dict[str, Any]:
        return {"State": {"Running": False, "Status": "exited"}}


def engine() -> EngineInfo:
    return EngineInfo(
        endpoint=Endpoint(url="", origin="a test"), product="Docker", version="1", cgroup_version=2, cpus=1, memory_mb=1,
        architecture="x86_64", rootless=False, shares_kernel=True, bridge_address="", has_init=True)


@pytest.mark.expects_log
async def test_a_stream_of_events_that_breaks_is_told_and_followed_again(caplog: pytest.LogCaptureFixture) -> None:
    calls = DockerCalls(engine())
    calls._client = Events()  # a client is made by the first thread that asks: there is one
    ends = EndWatch(calls, "test")
    try:
        end = await asyncio.wait_for(await ends.watch("c1"), WAIT_S)
        assert end.lost == "Docker's engine has stopped or was restarted."
    finally:
        await ends.close()
        calls.close()
    assert "Reading Docker's events failed: LookupError: unknown event" in [record.getMessage() for record in caplog.records]
