"""A function that only a container can run: why there is no engine is told, and a busy one is not to be started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import workbench.sandbox.docker.engine as engine_module
from tests.support.engines import engine_in_test
from workbench.model.failures import ServiceError

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: somebody/something:latest
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "template.yaml").write_text(TEMPLATE)
    return tmp_path / "w"


async def test_a_busy_engine_is_not_told_to_be_started(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "CHOSEN_TIMEOUT_S", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen(20)
        async with engine_in_test(workspace, sandbox="auto") as engine:
            with pytest.raises(ServiceError, match=r"run in Docker only.* is there and has not answered") as refused:
                await engine.invoke()
    assert "Start Docker" not in str(refused.value)


async def test_an_engine_that_is_not_running_is_told_to_be_started(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")
    async with engine_in_test(workspace, sandbox="auto") as engine:
        with pytest.raises(ServiceError, match=r"run in Docker only.*Start Docker"):
            await engine.invoke()
