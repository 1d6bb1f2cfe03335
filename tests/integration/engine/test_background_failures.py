"""Faults of ours in what an engine does by itself: shown, and nothing waits for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import engine_in_test, until
from tests.support.workspaces import one_function
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import State

HANDLER = "def handler(event, context):\n    return 'ok'"


@pytest.mark.expects_log
async def test_a_sandbox_that_can_not_be_prepared_is_told_and_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Environment) -> None:
        raise LookupError("broken")

    async with engine_in_test(one_function(tmp_path, HANDLER), prepared="one") as engine:
        monkeypatch.setattr(Environment, "prepare", broken)
        assert (await engine.invoke()).payload == '"ok"'
        await until(lambda: "Preparing an environment failed: LookupError: broken" in engine.engine.notice)
        assert (await engine.client.health()).notice == engine.engine.notice
        await until(lambda: not list(engine.pool.prepared) or all(
            environment.state is State.STOPPED for environment in engine.pool.prepared))
        assert (await engine.invoke(cold=True)).payload == '"ok"'
