"""Where AWS's runtime clients write their records, without an engine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.support.docker_sandboxes import function_in
from workbench.model.function import ContainerImage
from workbench.sandbox.docker.container import ContainerPlan, log_variables
from workbench.sandbox.extension_variables import RUNTIME_ONLY_VARIABLES

VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"


def plan(variables: dict[str, str], *, run_folder: str | None = "/run", init: bool = True) -> ContainerPlan:
    return ContainerPlan(
        name="n", image="i", command=("/start",), environment=variables, labels={}, memory_mb=128, ephemeral_storage_mb=512,
        network_mode="bridge", extra_hosts={}, run_folder=run_folder, has_shell=True, init=init)


def test_managed_runtimes_and_images_of_ones_own_have_it(tmp_path: Path) -> None:
    function = function_in(tmp_path)
    image = msgspec.structs.replace(function, runtime="", image=ContainerImage(uri="i"))
    for each in (function, msgspec.structs.replace(function, runtime="java21"), image):
        assert log_variables(each, has_pipe=True) == {VARIABLE: "3"}
        assert log_variables(each, has_pipe=False) == {}


def test_os_only_runtimes_and_extensions_do_not(tmp_path: Path) -> None:
    assert log_variables(function_in(tmp_path, runtime="provided.al2023"), has_pipe=True) == {}
    assert VARIABLE in RUNTIME_ONLY_VARIABLES


@pytest.mark.parametrize("init", [True, False])
def test_the_descriptor_is_another_opening_of_the_same_pipe(init: bool) -> None:
    script = plan({VARIABLE: "3"}, init=init).entrypoint()[2]
    assert ">/run/workbench/output 2>&1 3>/run/workbench/output" in script
    assert "3>" not in plan({}, init=init).entrypoint()[2]
    assert "3>" not in plan({}, run_folder=None, init=init).entrypoint()[2]
