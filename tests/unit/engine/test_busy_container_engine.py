"""In `auto`, a container engine that is merely busy is asked again, and a process instead of it is said aloud."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workbench.engine.allowances import Allowances
from workbench.engine.machine_sandboxes import MachineSandboxes, StatusProbe
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.engine.trust import Trust
from workbench.model.engine_api import SandboxStatus
from workbench.model.function import FunctionConfiguration
from workbench.packages.package import Packages
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.protocol import Progress

RUNTIME = "python{}.{}".format(*sys.version_info[:2])
PROCESS = SandboxStatus(kind="process", available=True, detail="")
BUSY = SandboxStatus(kind="docker", available=False, detail="It is busy, or hangs.", is_busy=True)
ABSENT = SandboxStatus(kind="docker", available=False, detail="There is none.")


def probe_of(*dockers: SandboxStatus) -> StatusProbe:
    answers = iter(dockers)

    async def probe() -> tuple[SandboxStatus, ...]:
        return PROCESS, next(answers)

    return probe


@pytest.mark.parametrize(("dockers", "told"), [
    ((BUSY, BUSY), ["Waiting for the container engine, which was busy",
                    "It is busy, or hangs. The function runs in a local process instead."]),
    ((BUSY, ABSENT), ["Waiting for the container engine, which was busy"]),
    ((ABSENT,), []),
])
async def test_what_is_told(tmp_path: Path, dockers: tuple[SandboxStatus, ...], told: list[str]) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): ...\n")
    function = FunctionConfiguration(name="f", logical_id="F", runtime=RUNTIME, handler="app.handler", code_path=str(tmp_path))
    process = ProcessSandboxProvider(Launcher(), orphans_file=tmp_path / "orphans.json")
    machine = MachineSandboxes("engine", {"process": process}, probe_of(*dockers))
    sandboxes = SandboxSelector(machine, Packages(tmp_path / "cache"), Trust(tmp_path, lambda: ()), Allowances(tmp_path),
                                FunctionEndpoint(ServicesEndpoint(tmp_path)))
    await sandboxes.probe()
    steps: list[Progress] = []
    assert (await sandboxes.prepare(function, None, steps.append)).kind == "process"
    assert [step.text for step in steps if "ngine" in step.text or "busy" in step.text] == told
    steps.clear()
    await sandboxes.prepare(function, None, steps.append)
    assert steps == []
    await machine.close()
