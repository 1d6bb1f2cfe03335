"""A warning before environments may use more memory than the machine has: once, and again after they had fallen below."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import Progress, RuntimePlan

HELLO = "def handler(event, context):\n    return 1\n"


class Environment:
    """The memory of one."""

    def __init__(self, memory_mb: int, *, tmp_mb: int = 512, is_tmp_memory: bool = False) -> None:
        self.function = FunctionConfiguration(
            logical_id="F", name="F", runtime="python3.13", handler="app.handler", code_path="/code", memory_mb=memory_mb,
            ephemeral_storage_mb=tmp_mb)
        self.runtime_plan = RuntimePlan(runs_on="", is_tmp_memory=is_tmp_memory)
        self.is_stopped = False


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def memory(told: list[Progress]) -> MachineMemory:
    return MachineMemory(lambda _name: told.append, 1_000)


def test_the_one_that_exceeds_it_is_told_and_none_after_it(memory: MachineMemory, told: list[Progress]) -> None:
    environments = [Environment(500) for _ in range(4)]
    for environment in environments[:2]:
        memory.made(environment)
    assert told == []  # exactly all of it
    for environment in environments[2:]:
        memory.made(environment)
    (text,) = [progress.text for progress in told]
    assert text.startswith("3 execution environments may use 1,500 MB of memory; this machine has 1,000 MB.")
    assert all(cure in text for cure in ("Stop environments", "smaller MemorySize", "fewer sandboxes prepared"))


def test_it_is_told_again_when_they_had_fallen_below(memory: MachineMemory, told: list[Progress]) -> None:
    environments = [Environment(600) for _ in range(4)]
    for environment in environments[:3]:
        memory.made(environment)
    environments[0].is_stopped = True
    memory.made(environments[3])  # above still
    assert len(told) == 1
    for environment in environments[1:]:
        environment.is_stopped = True
    again = [Environment(600), Environment(600)]
    for environment in again:
        memory.made(environment)
    assert len(told) == 2


def test_tmp_counts_where_it_lies_in_memory(memory: MachineMemory, told: list[Progress]) -> None:
    on_disk = Environment(900, tmp_mb=10_240)
    memory.made(on_disk)
    assert told == []
    on_disk.is_stopped = True
    alone = Environment(900, tmp_mb=10_240, is_tmp_memory=True)
    memory.made(alone)
    (text,) = [progress.text for progress in told]
    assert text.startswith("This execution environment may use 11,140 MB of memory, 10,240 MB of it for /tmp; this machine has")


async def test_it_is_a_notice_in_the_stream_whoever_makes_environments(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w").function("Large", {"app.py": HELLO}, memory_mb=10_240)
    async with engine_in_test(builder.write()) as engine:
        engine.memory.total_mb = 15_000
        await engine.invoke({}, "Large")
        assert await notices(engine) == []
        await engine.client.provision("Large", 1)
        await until(lambda: notices(engine))
        (text,) = await notices(engine)
        assert text.startswith("2 execution environments may use 20,480 MB of memory")
        assert "this machine has 15,000 MB" in text


async def notices(engine: EngineInTest) -> list[str]:
    return [str(event.fields()["text"]) for event in await engine.client.events(limit=10_000)
            if event.type == "sandbox.progress" and event.fields()["stage"] == "notice"]
