"""How a container is planned, and whose it is, without an engine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.docker_sandboxes import function_in, write_function
from workbench.model.failures import SandboxError
from workbench.model.function import ContainerImage
from workbench.sandbox.docker.code import CodePlaces, lay_out, only_layer
from workbench.sandbox.docker.container import (
    container_environment,
    cpu_quota_us,
    runtime_command,
    working_directory,
)
from workbench.sandbox.docker.labels import engine_labels, owner_is_dead
from workbench.sandbox.protocol import EntrypointInvalid, RuntimePlan, SandboxSpec

AWS_ENTRYPOINT = ("/lambda-entrypoint.sh",)


@pytest.mark.parametrize(("memory_mb", "cpus", "quota_us"), [
    (128, 2, 1447), (1769, 2, 20_000), (3538, 8, 40_000), (10_240, 2, 40_000)])
def test_the_cpu_share_follows_the_memory_up_to_the_engines_cpus(memory_mb: int, cpus: int, quota_us: int) -> None:
    assert cpu_quota_us(memory_mb, cpus) == quota_us


def test_an_aws_image_gets_the_handler_as_its_one_argument(tmp_path: Path) -> None:
    assert runtime_command(function_in(tmp_path), AWS_ENTRYPOINT, ()) == ("/lambda-entrypoint.sh", "app.handler")


def test_an_image_of_ones_own_keeps_its_command(tmp_path: Path) -> None:
    assert runtime_command(function_in(tmp_path, handler=""), ("/start",), ("a", "b")) == ("/start", "a", "b")


@pytest.mark.parametrize(("image", "expected"), [
    (ContainerImage(uri="i"), ("/start", "a", "b")),
    (ContainerImage(uri="i", command=("c",)), ("/start", "c")),
    (ContainerImage(uri="i", entry_point=("/other",)), ("/other", "a", "b")),
    (ContainerImage(uri="i", entry_point=("/other",), command=("c",)), ("/other", "c"))])
def test_each_part_of_image_config_replaces_that_of_the_image(
        image: ContainerImage, expected: tuple[str, ...], tmp_path: Path) -> None:
    function = msgspec.structs.replace(function_in(tmp_path, handler=""), runtime="", image=image)
    assert runtime_command(function, ("/start",), ("a", "b")) == expected


@pytest.mark.parametrize(("configured", "of_the_image", "expected"), [
    ("/mine", "/app", "/mine"), ("", "/app", "/app"), ("", "", "/")])
def test_an_image_starts_in_its_own_folder(configured: str, of_the_image: str, expected: str, tmp_path: Path) -> None:
    image = ContainerImage(uri="i", working_directory=configured)
    assert working_directory(msgspec.structs.replace(function_in(tmp_path), image=image), of_the_image) == expected
    assert working_directory(function_in(tmp_path), of_the_image) == "/var/task"


def test_nothing_is_mounted_over_the_code_of_an_image(tmp_path: Path) -> None:
    function = msgspec.structs.replace(function_in(tmp_path), image=ContainerImage(uri="i"))
    assert lay_out(function, str(tmp_path)) == CodePlaces()


def test_folders_are_mounted_as_they_were_packaged(tmp_path: Path) -> None:
    code, merged = (write_function(tmp_path / name, "", file="f") for name in ("code", "merged"))
    function = function_in(code)
    assert lay_out(function, str(merged)) == CodePlaces(str(code), str(merged))
    assert lay_out(function) == CodePlaces(str(code), "")


def test_code_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="there is no folder"):
        lay_out(function_in(tmp_path / "nowhere"))


def test_one_layer_needs_no_merging(tmp_path: Path) -> None:
    function = function_in(tmp_path)
    layers = [str(write_function(tmp_path / name, "")) for name in ("one", "two")]
    assert only_layer(function) == ""
    assert only_layer(msgspec.structs.replace(function, layers=(layers[0], "arn:aws:lambda:eu-west-1:1:layer:x:1"))) == layers[0]
    assert only_layer(msgspec.structs.replace(function, layers=tuple(layers))) == ""


def test_a_bootstrap_is_looked_for_in_the_merged_layers(tmp_path: Path) -> None:
    merged = write_function(tmp_path / "merged", "", file="bootstrap", mode=0o755)
    function = function_in(write_function(tmp_path / "code", ""), runtime="provided.al2023")
    assert runtime_command(function, AWS_ENTRYPOINT, (), str(merged)) == ("/opt/bootstrap",)


def test_a_bootstrap_that_may_not_be_executed_is_told_in_lambdas_words(tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", "", file="bootstrap"), runtime="provided.al2023")
    with pytest.raises(EntrypointInvalid, match="chmod 755") as refused:
        runtime_command(function, AWS_ENTRYPOINT, ())
    assert refused.value.reason == "fork/exec /var/task/bootstrap: permission denied"


def test_places_are_those_inside_the_container(tmp_path: Path) -> None:
    environment = {"LAMBDA_TASK_ROOT": str(tmp_path), "TZ": "Europe/Paris", "A": "b"}
    spec = SandboxSpec(environment_id="e", engine_id="g", function=function_in(tmp_path), runtime_plan=RuntimePlan(runs_on=""),
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
    assert owner_is_dead({**engine_labels("g"), "workbench.pid": str(os.getpid()), "workbench.begun": "12345"})


def test_engines_of_other_machines_are_left_alone() -> None:
    assert not owner_is_dead({**engine_labels("g"), "workbench.host": platform.node() + "-other", "workbench.pid": "1"})


def test_an_engine_in_another_namespace_of_process_ids_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert not owner_is_dead({**engine_labels("g"), "workbench.pid": str(ended.pid), "workbench.pids": "pid:[1]"})


@pytest.mark.skipif(sys.platform == "win32", reason="The limit of open files is POSIX's.")
def test_who_has_no_file_descriptor_left_takes_nobody_for_dead() -> None:
    """One engine that had none would otherwise remove the containers of all that live."""
    import resource

    labels, other = engine_labels("g"), {**engine_labels("o"), "workbench.pid": str(os.getppid())}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        found = [owner_is_dead(labels), owner_is_dead(other)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [False, False]
