"""The command lines of runtimes, and that the bootstraps they name are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.model.function import FunctionConfiguration
from workbench.runtimes.launcher import BOOTSTRAPS, Launcher


def _function(runtime: str, memory_mb: int = 128, **environment: str) -> FunctionConfiguration:
    return FunctionConfiguration(name="f", logical_id="F", runtime=runtime, handler="app.handler", code_path="/code",
                                 memory_mb=memory_mb, environment=environment)


@pytest.mark.parametrize(("runtime", "interpreter"), [("python3.12", "/bin/python3.12"), ("nodejs20.x", "/bin/node")])
def test_the_interpreter_comes_first_and_an_existing_bootstrap_last(runtime: str, interpreter: str) -> None:
    command = Launcher().command(_function(runtime), interpreter)
    assert command[0] == interpreter
    assert Path(command[-1]).is_file()


def test_nodes_heap_is_nine_tenths_of_the_memory() -> None:
    assert "--max-old-space-size=900" in Launcher().command(_function("nodejs20.x", memory_mb=1000), "/bin/node")


def test_a_wrapper_finds_the_bootstrap_right_after_the_interpreters_options() -> None:
    command = Launcher().command(_function("python3.12", AWS_LAMBDA_EXEC_WRAPPER="/var/task/wrapper"), "/bin/python3.12")
    assert command == ("/bin/python3.12", "-u", "-B", "-S", str(BOOTSTRAPS / "bootstrap.py"))


def test_each_language_has_a_single_file() -> None:
    kept = [path for path in BOOTSTRAPS.iterdir() if path.name != "__pycache__"]
    assert {"bootstrap.cjs", "bootstrap.py"} <= {path.name for path in kept}
    assert all(path.is_file() and path.stem == "bootstrap" for path in kept)


def test_an_os_only_runtime_has_no_command_of_ours() -> None:
    assert Launcher().command(_function("provided.al2023"), "") == ()


async def test_a_deprecated_runtime_warns() -> None:
    found = await Launcher().find(_function("provided.al2"))
    assert "deprecated since 2026-07-31" in found.notices[0]
