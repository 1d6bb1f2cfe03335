"""Isolated sandboxes with real namespaces: what a reset keeps, what ends with an environment, and that nothing is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.process_sandboxes import is_alive
from tests.support.workspaces import one_function
from workbench.sandbox.isolated.probe import isolated_status
from workbench.sandbox.isolated.provider import IsolatedSandboxProvider
from workbench.sandbox.on_demand import ProviderOnDemand

pytestmark = pytest.mark.skipif(not isolated_status().available, reason=isolated_status().detail)

CODE = """
    import json, os, subprocess, time
    def handler(event, context):
        if event.get("write"):
            open("/tmp/kept", "w").write(event["write"])
        if event.get("daemon"):
            subprocess.Popen(["sleep", event["daemon"]], start_new_session=True)
        if event.get("end") == "timeout":
            time.sleep(60)
        if event.get("end") == "exit":
            os._exit(1)
        kept = open("/tmp/kept").read() if os.path.exists("/tmp/kept") else ""
        return {"kept": kept, "mode": oct(os.stat("/tmp").st_mode), "home": os.path.expanduser("~"),
                "HOME": os.environ.get("HOME"),
                "pids": [int(name) for name in os.listdir("/proc") if name.isdigit()]}
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(engine_in_test(one_function(tmp_path / "w", CODE, timeout_s=3), sandbox="isolated"))


def _sleepers(seconds: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found += [int(entry.name)] if words[:2] == [b"sleep", seconds.encode()] else []
    return found


@pytest.mark.parametrize("end", ["timeout", "exit"])
async def test_tmp_outlives_a_reset_and_not_the_environment(engine: EngineInTest, end: str) -> None:
    assert (await engine.invoke({"write": "x", "end": end})).function_error
    after = json.loads((await engine.invoke({})).payload)
    assert (after["kept"], after["mode"]) == ("x", "0o41777")
    assert json.loads((await engine.invoke({}, cold=True)).payload)["kept"] == ""


async def test_it_sees_its_own_processes_and_lambda_s_user(engine: EngineInTest) -> None:
    seen = json.loads((await engine.invoke({})).payload)
    assert (seen["home"], seen["HOME"]) == ("/home/sbx_user1051", None)
    assert max(seen["pids"]) < 30


async def test_what_a_function_leaves_running_ends_with_its_environment(engine: EngineInTest) -> None:
    await engine.invoke({"daemon": "31416.5"})
    await until(lambda: len(_sleepers("31416.5")) == 1)
    await engine.client.stop_environments()
    await until(lambda: not _sleepers("31416.5"))


async def test_nothing_is_left_after_the_engine(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path / "w", CODE), sandbox="isolated") as engine:
        await asyncio.gather(engine.invoke({}), engine.invoke({}))
        on_demand = engine.selector.provider("isolated")
        assert isinstance(on_demand, ProviderOnDemand)
        provider = on_demand._made
        assert isinstance(provider, IsolatedSandboxProvider)
        places = [making.result() for making in provider._places._places.values()]
        folders, pids = [place.holder.folder for place in places], [place.holder.pid for place in places]
        assert all(folder.is_dir() for folder in folders)
        assert len({place.holder.pid for place in places}) == 2
    assert not [folder for folder in folders if folder.exists()]
    await until(lambda: not any(is_alive(pid) for pid in pids))  # they end with their parents, which have ended
