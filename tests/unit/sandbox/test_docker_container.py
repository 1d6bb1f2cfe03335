"""How a container is planned, and whose it is, without an engine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.docker_sandboxes import function_in, write_function
from workbench.sandbox.docker.container import container_environment, cpu_quota_us, engine_labels, owner_is_dead, runtime_command
from workbench.sandbox.protocol import EntrypointInvalid, Preparation, SandboxSpec

AWS_ENTRYPOINT = ("/lambda-entrypoint.sh",)


@pytest.mark.parametrize(("memory_mb", "cpus", "quota_us"), [
    (128, 2, 1447), (1769, 2, 20_000), (3538, 8, 40_000), (10_240, 2, 40_000)])
def test_the_cpu_share_follows_the_memory_up_to_the_engines_cpus(memory_mb: int, cpus: int, quota_us: int) -> None:
    assert cpu_quota_us(memory_mb, cpus) == quota_us


def test_an_aws_image_gets_the_handler_as_its_one_argument(tmp_path: Path) -> None:
    assert runtime_command(function_in(tmp_path), AWS_ENTRYPOINT, ()) == ("/lambda-entrypoint.sh", "app.handler")


def test_an_image_of_ones_own_keeps_its_command(tmp_path: Path) -> None:
    assert runtime_command(function_in(tmp_path, handler=""), ("/start",), ("a", "b")) == ("/start", "a", "b")


def test_a_bootstrap_that_may_not_be_executed_is_told_in_lambdas_words(tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", "", file="bootstrap"), runtime="provided.al2023")
    with pytest.raises(EntrypointInvalid, match="chmod 755") as refused:
        runtime_command(function, AWS_ENTRYPOINT, ())
    assert refused.value.reason == "fork/exec /var/task/bootstrap: permission denied"


def test_a_layer_may_bring_the_bootstrap(tmp_path: Path) -> None:
    layer = write_function(tmp_path / "layer", "", file="bootstrap", mode=0o755)
    function = function_in(write_function(tmp_path / "code", ""), runtime="provided.al2023", layers=(str(layer),))
    assert runtime_command(function, AWS_ENTRYPOINT, ()) == ("/opt/bootstrap",)


def test_places_are_those_inside_the_container(tmp_path: Path) -> None:
    environment = {"LAMBDA_TASK_ROOT": str(tmp_path), "TZ": "Europe/Paris", "A": "b"}
    spec = SandboxSpec(environment_id="e", engine_id="g", function=function_in(tmp_path), preparation=Preparation(runs_on=""),
                       environment=environment, runtime_api="172.17.0.1:9")
    assert container_environment(spec) == {
        "LAMBDA_TASK_ROOT": "/var/task", "LAMBDA_RUNTIME_DIR": "/var/runtime", "TZ": "Europe/Paris", "A": "b",
        "AWS_LAMBDA_RUNTIME_API": "172.17.0.1:9"}


def test_this_engine_is_not_dead() -> None:
    assert not owner_is_dead(engine_labels("g"))


def test_an_engine_whose_process_ended_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert owner_is_dead({**engine_labels("g"), "workbench.pid": str(ended.pid)})


def test_a_process_that_has_the_number_of_a_dead_engine_is_not_taken_for_it() -> None:
    assert owner_is_dead({**engine_labels("g"), "workbench.pid": str(os.getpid()), "workbench.started": "12345"})


def test_engines_of_other_machines_are_left_alone() -> None:
    assert not owner_is_dead({**engine_labels("g"), "workbench.host": platform.node() + "-other", "workbench.pid": "1"})
