"""An environment that is stopped while it works stays stopped, with real processes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.engine.environment.state import State
from workbench.model.failures import WorkbenchError

ANSWERS_AND_STAYS_AWAY = """\
#!/usr/bin/env python3
import os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
with urllib.request.urlopen(api + "next") as event:
    request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
urllib.request.urlopen(api + request_id + "/response", data=b"1").close()
time.sleep(60)
"""


async def test_during_init(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, "import time\ntime.sleep(60)\n")) as engine:
        call = asyncio.create_task(engine.client.invoke("Function", b"{}"))
        await until(lambda: [each.state for each in engine.pool] == [State.INITIALIZING])
        (environment,) = engine.pool
        await environment.stop("shutdown")
        async with asyncio.timeout(5):  # and not only at INIT's limit of 10 s
            with pytest.raises(WorkbenchError, match="The execution environment was stopped"):
                await call
        assert environment.state is State.STOPPED
        assert list(engine.pool) == []


@pytest.mark.skipif(os.name != "posix", reason="the program is a script that begins with #!")
async def test_between_its_answer_and_its_return(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path).function(
        "Function", {"bootstrap": ANSWERS_AND_STAYS_AWAY}, runtime="provided.al2023", handler="any.thing").write()
    (workspace / "function" / "bootstrap").chmod(0o755)
    async with engine_in_test(workspace) as engine:
        assert (await engine.client.invoke("Function", b"{}")).payload == b"1"
        (environment,) = engine.pool
        assert environment.answered
        engine.pool.discard(environment.key, environment, "changed")
        await until(lambda: environment.state is State.STOPPED)
        await until(lambda: not environment.answered)
        assert list(engine.pool) == []
        assert (await engine.client.invoke("Function", b"{}")).payload == b"1"
        assert environment.state is State.STOPPED
