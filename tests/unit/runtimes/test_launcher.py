"""The command lines of runtimes, and that the bootstraps they name are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.model.function import FunctionConfiguration
from workbench.runtimes.launcher import Launcher


def _function(runtime: str, memory_mb: int = 128) -> FunctionConfiguration:
    return FunctionConfiguration(name="f", logical_id="F", runtime=runtime, handler="app.handler", code_path="/code",
                                 memory_mb=memory_mb)


@pytest.mark.parametrize(("runtime", "interpreter"), [("python3.12", "/bin/python3.12"), ("nodejs20.x", "/bin/node")])
def test_the_interpreter_comes_first_and_an_existing_bootstrap_last(runtime: str, interpreter: str) -> None:
    command = Launcher().command(_function(runtime), interpreter)
    assert command[0] == interpreter
    assert Path(command[-1]).is_file()


def test_nodes_heap_is_nine_tenths_of_the_memory() -> None:
    assert "--max-old-space-size=900" in Launcher().command(_function("nodejs20.x", memory_mb=1000), "/bin/node")


def test_an_os_only_runtime_has_no_command_of_ours() -> None:
    assert Launcher().command(_function("provided.al2023"), "") == ()


async def test_a_deprecated_runtime_warns() -> None:
    found = await Launcher().find(_function("provided.al2"))
    assert "deprecated since 2026-07-31" in found.notices[0]
