"""Functions whose code is a container image: what runs is what the image and the function's ImageConfig say."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import docker, running, write_function
from tests.support.engines import engine_in_test
from workbench.model.failures import SandboxUnavailable, ServiceError
from workbench.model.function import ContainerImage, FunctionConfiguration
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.provider import DockerSandboxProvider

pytestmark = pytest.mark.docker

SEEN = """\
import os
def first(event, context):
    names = ("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "OF_THE_IMAGE", "AWS_REGION")
    return {"who": "first", "cwd": os.getcwd(), "event": event, **{name: os.environ.get(name) for name in names}}
def second(event, context):
    return {"who": "second", "wrapped": os.environ.get("WRAPPED")}
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image made from a base image as people make theirs: code copied in, CMD names the handler."""
    base, repository = known_images()["python3.11"], f"workbench-image/{uuid.uuid4().hex[:8]}"
    code = write_function(tmp_path_factory.mktemp("image"), SEEN)
    container = docker("create", base)
    try:
        docker("cp", f"{code}/.", f"{container}:/var/task")
        commit(container, repository, ['CMD ["app.first"]', "ENV OF_THE_IMAGE=yes"])
    finally:
        docker("rm", "-f", container)
    yield f"{repository}:latest"
    docker("rmi", "-f", f"{repository}:latest")


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    async with docker_provider(tmp_path) as provider:
        yield provider


def commit(container: str, repository: str, changes: list[str]) -> None:
    """By the SDK: Podman 4 does not understand the docker command's request for it."""
    client = connect(find_engine().endpoint)
    try:
        client.commit(container, repository, "latest", changes=changes)
    finally:
        client.close()


def of(image: ContainerImage) -> FunctionConfiguration:
    return FunctionConfiguration(name="probe", logical_id="Probe", runtime="", handler="", code_path="", memory_mb=512,
                                 image=image)


async def test_an_image_runs_as_it_is(containers: DockerSandboxProvider, image: str) -> None:
    variables = {"_HANDLER": "", "AWS_EXECUTION_ENV": "AWS_Lambda_"}
    async with running(containers, of(ContainerImage(uri=image)), variables) as environment:
        assert await environment.invoke({"a": 1}) == {
            "who": "first", "cwd": "/var/task", "event": {"a": 1}, "AWS_EXECUTION_ENV": None, "OF_THE_IMAGE": "yes",
            "AWS_LAMBDA_FUNCTION_NAME": "probe", "AWS_REGION": "us-east-1"}


async def test_the_command_can_be_replaced_alone(containers: DockerSandboxProvider, image: str) -> None:
    async with running(containers, of(ContainerImage(uri=image, command=("app.second",)))) as environment:
        assert (await environment.invoke())["who"] == "second"


async def test_the_entry_point_can_be_replaced_alone(containers: DockerSandboxProvider, image: str) -> None:
    entry_point = ("/usr/bin/env", "WRAPPED=yes", "/lambda-entrypoint.sh")
    function = of(ContainerImage(uri=image, entry_point=entry_point, command=("app.second",)))
    async with running(containers, function) as environment:
        assert await environment.invoke() == {"who": "second", "wrapped": "yes"}


async def test_the_working_directory_can_be_replaced(containers: DockerSandboxProvider, image: str) -> None:
    moved = ContainerImage(uri=image, working_directory="/var")
    async with running(containers, of(moved)) as environment:
        assert (await environment.invoke())["cwd"] == "/var"


async def test_an_image_that_is_nowhere_is_told(containers: DockerSandboxProvider) -> None:
    missing = of(ContainerImage(uri="localhost:1/workbench-nobody/has-this:latest"))
    with pytest.raises(SandboxUnavailable, match="could not be fetched"):
        await containers.prepare(missing, lambda _: None)


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Packed:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: {image}
      ImageConfig:
        Command: [app.second]
"""


async def test_from_a_template_to_the_report(image: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE.format(image=image))
    async with engine_in_test(tmp_path, sandbox="docker") as engine:
        invocation = await engine.invoke({}, "Packed")
        assert json.loads(invocation.payload) == {"who": "second", "wrapped": None}
        assert invocation.log_lines()[0] == "INIT_START"
        assert (await engine.invoke({}, "Packed")).start == "warm"
        with pytest.raises(ServiceError, match="container image, and those run in Docker only"):
            await engine.invoke({}, "Packed", sandbox="process")
