"""What is made ahead of requests: prepared sandboxes and provisioned environments, in every sandbox."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from tests.contract.conftest import StartEngine, in_a_process
from tests.support.engines import EngineInTest, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.engine.concurrency import ahead
from workbench.engine.environment.state import State
from workbench.model.engine_api import PreparedSandboxes, ProvisionedConcurrency, Settings
from workbench.model.failures import ServiceError
from workbench.model.platform_lines import platform_lines

WHO = """
    import os, time, uuid
    instance = str(uuid.uuid4())

    def handler(event, context):
        if event == "die":
            os._exit(1)
        if event == "slow":
            time.sleep(0.5)
        return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], instance]
"""


WITH_A_NOTICE = (
    "FileSystemConfigs: [{Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0', "
    "LocalMountPath: /mnt/data}]")


async def keep_prepared(engine: EngineInTest, whose: PreparedSandboxes = "all") -> None:
    settings = (await engine.client.health()).settings
    await engine.client.change_settings(msgspec.structs.replace(settings, prepared_sandboxes=whose))


async def is_spare(engine: EngineInTest) -> bool:
    return any(environment.is_spare for environment in await engine.client.environments())


async def prepared_of(engine: EngineInTest) -> list[str]:
    return [environment.function_name for environment in await engine.client.environments() if environment.is_spare]


async def status(engine: EngineInTest) -> ProvisionedConcurrency:
    (described,) = await engine.client.provisioned()
    return described


async def test_a_cold_start_takes_the_sandbox_that_was_prepared_and_a_change_ends_it(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    await keep_prepared(engine)
    await engine.invoke({})
    await until(lambda: is_spare(engine), 30)
    (prepared,) = [environment for environment in await engine.client.environments() if environment.is_spare]
    assert prepared.idle_since_ms is not None

    cold = await engine.invoke({}, cold=True)

    assert (cold.status, cold.start, cold.environment_id) == ("success", "cold", prepared.environment_id), cold.document()
    assert cold.metrics is not None
    assert cold.metrics.init_duration_ms is not None
    kinds = [event.type for event in await engine.client.invocation_events(cold.request_id)]
    assert kinds.index("sandbox.ready") < kinds.index("sandbox.assigned") < kinds.index("sandbox.started")
    await until(lambda: is_spare(engine), 30)
    (tmp_path / "w" / "function" / "app.py").write_text("def handler(event, context):\n    return 'new'\n")
    await engine.client.refresh()  # which ends the one that was prepared since
    assert (await engine.invoke({})).payload == '"new"'


@in_a_process
async def test_one_that_was_not_made_yet_is_not_told_of(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    await keep_prepared(engine)
    invocation = await engine.invoke({})
    await engine.client.stop_environments()

    async def stopped() -> list[str]:
        return [event.environment_id for event in await engine.client.events() if event.type == "sandbox.stopped"]

    await until(stopped, 30)
    assert await stopped() == [invocation.environment_id]


@in_a_process
async def test_one_is_kept_ready_for_what_is_worked_on(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SETTLE_S", 0.3)
    builder = WorkspaceBuilder(tmp_path / "w").function("One", {"app.py": WHO}).function("Other", {"app.py": WHO})
    engine = await start(builder.write())
    await keep_prepared(engine, "one")
    await engine.invoke({}, "One")
    await until(lambda: is_spare(engine), 30)
    await asyncio.gather(engine.invoke({}, "Other"), engine.invoke({}, "One"))
    await engine.invoke({}, "One")
    assert await prepared_of(engine) == ["One"]  # functions that take turns do not take it from each other

    await engine.invoke({}, "Other")

    async def has_moved() -> bool:
        return await prepared_of(engine) == ["Other"]

    await until(has_moved, 30)
    cold = await engine.invoke({}, "Other", cold=True)
    assert [event.record["ahead"] for event in await engine.client.invocation_events(cold.request_id)
            if event.type == "sandbox.creating"] == [True]


@in_a_process
async def test_the_one_that_a_person_turns_to_gets_it(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SETTLE_S", 0.1)
    builder = WorkspaceBuilder(tmp_path / "w").function("One", {"app.py": WHO}).function("Other", {"app.py": WHO})
    engine = await start(builder.write())
    await keep_prepared(engine, Settings().prepared_sandboxes)
    await engine.client.work_on("Other")
    await asyncio.gather(engine.invoke({}, "Other"), engine.invoke({}, "One"))
    await until(lambda: is_spare(engine), 30)
    for name in ("One", "Other", "One"):
        await engine.client.work_on(name)
        await until(lambda name=name: has_it(engine, name), 30)  # type: ignore[misc]
    with pytest.raises(ServiceError, match=r"Function not found: arn:.*:function:None"):
        await engine.client.work_on("None")


async def has_it(engine: EngineInTest, name: str) -> bool:
    return await prepared_of(engine) == [name]


@in_a_process
async def test_nothing_is_made_for_one_that_was_never_invoked(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    await keep_prepared(engine, "one")
    await engine.client.work_on("Function")
    assert await engine.client.environments() == []
    assert engine.selector.known(engine.engine.functions.all()[0]) is None


@in_a_process
async def test_after_an_edit_it_is_made_anew_and_what_is_to_be_told_is_told(start: StartEngine, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": WHO}, properties=WITH_A_NOTICE)
    engine = await start(builder.write())
    await keep_prepared(engine, "one")
    await engine.invoke({})
    await until(lambda: is_spare(engine), 30)
    (before,) = [each.environment_id for each in await engine.client.environments() if each.is_spare]
    (code,) = (tmp_path / "w").rglob("app.py")
    code.write_text("def handler(event, context):\n    return 'new'\n")
    await engine.client.refresh()

    async def is_another() -> bool:
        return [each.environment_id for each in await engine.client.environments() if each.is_spare] not in ([], [before])

    await until(is_another, 30)
    cold = await engine.invoke({})
    assert (cold.payload, cold.start) == ('"new"', "cold")
    events = await engine.client.invocation_events(cold.request_id)
    assert [event.record["ahead"] for event in events if event.type == "sandbox.creating"] == [True]
    assert any("/mnt/data" in str(event.fields()["text"]) for event in events if event.type == "sandbox.progress")


@in_a_process
async def test_where_memory_is_short_none_is_kept(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SPARE_MB", 10**9)
    engine = await start(one_function(tmp_path / "w", WHO))
    await keep_prepared(engine, "one")
    await engine.invoke({})
    assert [environment.is_spare for environment in await engine.client.environments()] == [False]
    assert not [event for event in await engine.client.events() if event.type == "sandbox.creating" and event.record["ahead"]]


async def test_provisioned_environments_are_initialized_before_their_first_request(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    asked = await engine.client.provision("Function", 2)
    assert (asked.requested, asked.status) == (2, "IN_PROGRESS")
    await until(lambda: is_ready(engine), 30)
    told = [event for event in await engine.client.events() if event.type == "platform.initReport"]
    assert [event.fields()["initializationType"] for event in told] == ["provisioned-concurrency"] * 2
    for (line,) in map(platform_lines, told):  # always, not only where it failed
        assert re.fullmatch(r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init", line)

    first, second = await asyncio.gather(engine.invoke("slow"), engine.invoke("slow"))

    assert [first.start, second.start] == ["warm", "warm"]
    answers = [msgspec.json.decode(invocation.payload) for invocation in (first, second)]
    assert {answer[0] for answer in answers} == {"provisioned-concurrency"}
    assert answers[0][1] != answers[1][1]
    assert first.metrics is not None
    assert first.metrics.init_duration_ms is None
    assert first.metrics.billed_duration_ms - first.metrics.duration_ms < 1
    three = await asyncio.gather(*(engine.invoke("slow") for _ in range(3)))
    assert sorted(invocation.start for invocation in three) == ["cold", "warm", "warm"]


async def is_ready(engine: EngineInTest) -> bool:
    return (await status(engine)).status == "READY"


@in_a_process
async def test_a_provisioned_environment_that_was_lost_is_made_again(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    await engine.client.provision("Function", 1)
    await until(lambda: is_ready(engine), 30)
    dead = await engine.invoke("die")
    assert dead.status == "error"
    await until(lambda: is_ready(engine), 30)

    again = await engine.invoke({})

    assert (again.start, msgspec.json.decode(again.payload)[0]) == ("warm", "provisioned-concurrency")
    assert again.environment_id != dead.environment_id


@in_a_process
async def test_an_init_that_fails_is_told_and_tried_again_after_a_change(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", "raise ValueError('no')"))
    await engine.client.provision("Function", 1)
    await until(lambda: has_failed(engine), 30)
    assert (await status(engine)).status_reason == "FUNCTION_ERROR_INIT_FAILURE"
    (tmp_path / "w" / "function" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    await engine.client.refresh()
    await until(lambda: is_ready(engine), 30)
    assert (await engine.client.provision("Function", 0)).requested == 0
    await until(lambda: not list(engine.pool), 30)


async def has_failed(engine: EngineInTest) -> bool:
    return (await status(engine)).status == "FAILED"


@in_a_process
async def test_idle_ones_are_reclaimed_but_not_provisioned_ones(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", WHO))
    await engine.client.provision("Function", 1)
    await until(lambda: is_ready(engine), 30)
    await asyncio.gather(*(engine.invoke("slow") for _ in range(2)))
    await until(lambda: all(environment.state is State.IDLE for environment in engine.pool), 30)

    engine.pool.reclaim(2**62, 1)

    assert [environment.initialization_type for environment in await engine.client.environments()] == ["provisioned-concurrency"]
