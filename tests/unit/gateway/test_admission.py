"""A caller that is quicker than the engine's start is served once the engine has started."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.support.workspaces import one_function
from workbench.cli.engine_parts import build_engine
from workbench.engine.service import Engine
from workbench.gateway.server import Gateway
from workbench.model.engine_api import DoctorReport, Settings
from workbench.workspace.state_directory import state_directory

PATH = "/2015-03-31/functions/Function/invocations"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    workspace = one_function(tmp_path, "def handler(event, context):\n    return 'here'\n")
    return build_engine(workspace, state_directory(workspace))


async def _no_report() -> DoctorReport:
    return DoctorReport(version="test", findings=())


async def test_it_waits_for_the_start(engine: Engine) -> None:
    gateway = Gateway(engine, shut_down=lambda: None, examine=_no_report)
    await gateway.start(0)
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(gateway.url + PATH, data=b"{}"))
        refused = await session.get(gateway.url + "/_workbench/functions")  # without the token: strangers need not wait
        assert refused.status == 403
        assert not call.done()
        await engine.start()
        await engine.trust.agree()
        engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none"))
        gateway.admit()
        answer = await call
        assert (answer.status, await answer.text()) == (200, '"here"')
    await gateway.close()
    await engine.close()


async def test_an_engine_that_ends_before_it_has_started_says_so(engine: Engine) -> None:
    gateway = Gateway(engine, shut_down=lambda: None, examine=_no_report)
    await gateway.start(0)
    await engine.start()
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(gateway.url + PATH, data=b"{}"))
        await session.get(gateway.url + "/_workbench/functions")
        await gateway.close()
        answer = await call
        assert answer.status == 503
        assert "ended before it had started" in await answer.text()
    await engine.close()
