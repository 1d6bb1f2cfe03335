"""A function whose runtime's SDK could not be installed is prepared again later, when there may be a network."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from workbench.engine.allowances import Allowances
from workbench.engine.machine_sandboxes import MachineSandboxes
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.engine.trust import Trust
from workbench.model.engine_api import SandboxStatus
from workbench.model.function import FunctionConfiguration
from workbench.packages import runtime_sdks
from workbench.packages.package import Packages
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.protocol import Progress

RUNTIME = "python{}.{}".format(*sys.version_info[:2])
NO_REGISTRY = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null",
               "UV_INDEX_URL": "http://127.0.0.1:9/simple", "PATH": ""}


async def test_it_is_prepared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_sdks, "SDK_RETRY_S", 0.0)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("import six")
    six = {"runtimes": [RUNTIME], "manager": "pip", "packages": ["six==1.17.0"], "modules": ["six"], "date": "", "source": ""}
    (tmp_path / "own.json").write_bytes(msgspec.json.encode({"sdks": [six]}))
    function = FunctionConfiguration(
        name="f", logical_id="F", runtime=RUNTIME, handler="app.handler", code_path=str(tmp_path / "code"))
    packages = Packages(tmp_path / "cache", variables=NO_REGISTRY, own_sdks=tmp_path / "own.json")
    process = ProcessSandboxProvider(Launcher(), orphans_file=tmp_path / "orphans.json")
    machine = MachineSandboxes("engine", {"process": process}, _processes)
    sandboxes = SandboxSelector(machine, packages, Trust(tmp_path, lambda: ()), Allowances(tmp_path),
                                FunctionEndpoint(ServicesEndpoint(tmp_path)))
    told: list[Progress] = []
    first = await sandboxes.prepare(function, "process", told.append)
    assert any("importing six fails" in step.text for step in told)
    async with asyncio.timeout(5):
        while sandboxes.is_current(first):  # noqa: ASYNC110 - a timer of the loop sets no event
            await asyncio.sleep(0)
    assert await sandboxes.prepare(function, "process", told.append) is not first
    await machine.close()


async def _processes() -> tuple[SandboxStatus, ...]:
    return (SandboxStatus(kind="process", available=True, detail=""),)
