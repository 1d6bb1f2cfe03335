"""Images whose entry point or working directory Lambda could not use: told in Lambda's words, where Docker would make do."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.contract.test_image_functions import commit, of
from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import created, docker, write_function
from tests.support.engines import engine_in_test
from workbench.model.function import ContainerImage
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import EntrypointInvalid

pytestmark = pytest.mark.docker

_X86_64, _ARM64 = 62, 183
_HANDLER = "import os\ndef handler(event, context):\n    return os.getcwd()\n"


def elf(machine: int, loader: str = "") -> bytes:
    """The beginning of a program: its header, and one segment that names the loader."""
    header = struct.pack("<4s12BHHIQQQIHHH", b"\x7fELF", 2, 1, 1, *[0] * 9, 2, machine, 1, 0, 64, 0, 0, 64, 56, bool(loader))
    segment = struct.pack("<IIQQQQQQ", 3, 4, 200, 0, 0, len(loader) + 1, 0, 1)
    return (header.ljust(64, b"\0") + segment).ljust(200, b"\0") + loader.encode() + b"\0"


PROGRAMS = {
    "run": b"#!/bin/sh\nexec /lambda-entrypoint.sh \"$@\"\n",
    "plain": b"exec /lambda-entrypoint.sh \"$@\"\n",
    "windows": b"#!/bin/sh\r\nexec /lambda-entrypoint.sh \"$@\"\r\n",
    "lost": b"#!/opt/none/bash -e\n",
    "nested": b"#!/app/plain\n",
    "empty": b"",
    "arm": elf(_ARM64),
    "musl": elf(_X86_64, "/lib/ld-musl-none.so.1"),
    "closed": b"#!/bin/sh\n",
    "private/run": b"#!/bin/sh\n",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A base image with programs of all kinds in /app."""
    base, repository = known_images()["python3.11"], f"workbench-image/{uuid.uuid4().hex[:8]}"
    code = write_function(tmp_path_factory.mktemp("code"), _HANDLER)
    programs = write_function(tmp_path_factory.mktemp("programs"), "")
    (programs / "private").mkdir(mode=0o700)
    for name, content in PROGRAMS.items():
        (programs / name).write_bytes(content)
        (programs / name).chmod(0o744 if name == "closed" else 0o755)
    (programs / "link").symlink_to("/app/run")
    (programs / "dangling").symlink_to("/app/none")
    container = docker("create", base)
    try:
        docker("cp", f"{code}/.", f"{container}:/var/task")
        docker("cp", f"{programs}/.", f"{container}:/app")
        commit(container, repository, ['CMD ["app.handler"]'])
    finally:
        docker("rm", "-f", container)
    yield f"{repository}:latest"
    docker("rmi", "-f", f"{repository}:latest")


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    async with docker_provider(tmp_path) as provider:
        yield provider


async def refusal(provider: DockerSandboxProvider, image: ContainerImage) -> tuple[str, str]:
    """The error type and text with which its container is not made."""
    with pytest.raises(EntrypointInvalid) as refused:
        async with created(provider, of(image)):
            pass
    return refused.value.error_type, refused.value.reason


REFUSED = {
    "/app/none": "fork/exec /app/none: no such file or directory",
    "./none": "fork/exec ./none: no such file or directory",
    "/app/dangling": "fork/exec /app/dangling: no such file or directory",
    "app.handler": 'exec: "app.handler": executable file not found in $PATH',
    "/app": "fork/exec /app: permission denied",
    "/app/closed": "fork/exec /app/closed: permission denied",
    "/app/private/run": "fork/exec /app/private/run: permission denied",
    "/app/plain": "fork/exec /app/plain: exec format error",
    "/app/nested": "fork/exec /app/nested: exec format error",
    "/app/empty": "fork/exec /app/empty: exec format error",
    "/app/arm": "fork/exec /app/arm: exec format error",
    "/app/windows": "fork/exec /app/windows: no such file or directory",
    "/app/lost": "fork/exec /app/lost: no such file or directory",
    "/app/musl": "fork/exec /app/musl: no such file or directory",
}


async def test_entry_points_that_do_not_start(containers: DockerSandboxProvider, image: str) -> None:
    assert {entry_point: await refusal(containers, ContainerImage(uri=image, entry_point=(entry_point,)))
            for entry_point in REFUSED} == {
        entry_point: ("Runtime.InvalidEntrypoint", reason) for entry_point, reason in REFUSED.items()}


DIRECTORIES = {
    "/none/at/all": ("Runtime.InvalidWorkingDir", "the working directory doesn't exist: /none/at/all"),
    "app": ("Runtime.InvalidWorkingDir", "the working directory 'app' is invalid, it needs to be an absolute path"),
    "/app/run": ("Runtime.InvalidEntrypoint", "fork/exec /lambda-entrypoint.sh: not a directory"),
    "/app/private": ("Runtime.InvalidEntrypoint", "fork/exec /lambda-entrypoint.sh: permission denied"),
}


async def test_working_directories_that_can_not_be_used(containers: DockerSandboxProvider, image: str) -> None:
    assert {directory: await refusal(containers, ContainerImage(uri=image, working_directory=directory))
            for directory in DIRECTORIES} == DIRECTORIES


@pytest.mark.parametrize(("entry_point", "directory"), [
    (("/app/link",), "/var/task/"), (("./run",), "/app"), (("env", "/app/run"), "/var"), ((), "/tmp"),
])
async def test_what_can_be_started_is(
        containers: DockerSandboxProvider, image: str, entry_point: tuple[str, ...], directory: str) -> None:
    function = of(ContainerImage(uri=image, entry_point=entry_point, working_directory=directory))
    async with created(containers, function, {"PYTHONPATH": "/var/task"}) as environment:
        await environment.sandbox.start()
        await environment.ready()
        assert await environment.invoke() == directory.rstrip("/")


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: {image}
      ImageConfig: {{Command: [app.handler], WorkingDirectory: /none}}
"""


async def test_the_answer_is_lambdas(image: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE.format(image=image, name="Lost"))
    async with engine_in_test(tmp_path, sandbox="docker") as engine:
        invocation = await engine.invoke({}, "Lost")
        answer = json.loads(invocation.payload)
        assert answer == {
            "errorType": "Runtime.InvalidWorkingDir",
            "errorMessage": f"RequestId: {invocation.request_id} Error: the working directory doesn't exist: /none"}
        assert invocation.function_error == "Unhandled"
