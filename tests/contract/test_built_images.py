"""Functions whose image is built from Dockerfile metadata, as `sam build` does: from a template to the answer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docker_sandboxes import docker
from tests.support.engines import EngineInTest, engine_in_test
from tests.support.workspaces import PYTHON_RUNTIME
from workbench.model.failures import ServiceError
from workbench.sandbox.docker.image_builds import PLACE_LABEL

pytestmark = pytest.mark.docker

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      Timeout: 20
    Metadata:
      Dockerfile: Dockerfile
      DockerContext: ./image
      DockerTag: v1
      DockerBuildArgs:
        WORD: given
"""
DOCKERFILE = """\
FROM {base} AS one
ARG WORD=default
ENV V_WORD=$WORD
COPY app.py ./
CMD ["app.h"]
FROM one
ENV V_LAST=yes
"""
CODE = """\
import os
def h(event, context):
    return [{word!r}, os.environ.get("V_WORD"), os.environ.get("V_LAST"), context.function_name]
def other(event, context):
    return "other"
"""


@pytest.fixture
def base(docker_images: dict[str, str]) -> Iterator[str]:
    """AWS's base image by another name, so that nobody else's is touched."""
    name = f"workbench-base/{uuid.uuid4().hex[:8]}:3.11"
    docker("tag", docker_images[PYTHON_RUNTIME], name)
    yield name
    docker("rmi", name)


@pytest.fixture
def workspace(tmp_path: Path, base: str) -> Iterator[Path]:
    root = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    (root / "image").mkdir(parents=True)
    write(root, DOCKERFILE.format(base=base), TEMPLATE)
    (root / "image" / "app.py").write_text(CODE.format(word="first"))
    before = built()
    yield root
    for name in built() - before:
        docker("rmi", "-f", name)


def write(root: Path, dockerfile: str, template: str) -> None:
    (root / "image" / "Dockerfile").write_text(dockerfile)
    (root / "template.yaml").write_text(template)


def built() -> set[str]:
    listed = docker("images", "--filter", f"label={PLACE_LABEL}", "--format", "{{.Repository}}:{{.Tag}}").split()
    return {name for name in listed if "<none>" not in name}


async def answer(engine: EngineInTest) -> object:
    invocation = await engine.invoke()
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


async def test_the_image_is_built_once_and_again_when_a_file_changes(workspace: Path) -> None:
    before = built()
    async with engine_in_test(workspace, sandbox="docker") as engine:
        assert await answer(engine) == ["first", "given", "yes", "Function"]
        [name] = built() - before
        assert ":v1-" in name
        (workspace / "image" / "app.py").write_text(CODE.format(word="second"))
        await engine.engine.refresh()
        assert await answer(engine) == ["second", "given", "yes", "Function"]
    async with engine_in_test(workspace, sandbox="docker") as engine:
        assert await answer(engine) == ["second", "given", "yes", "Function"]
        [still] = built() - before - {name}
        assert still != name


async def test_target_and_command_count(workspace: Path) -> None:
    template = TEMPLATE.replace("DockerTag: v1", "DockerTag: v1\n      DockerBuildTarget: one")
    (workspace / "template.yaml").write_text(template)
    async with engine_in_test(workspace, sandbox="docker") as engine:
        assert (await answer(engine)) == ["first", "given", None, "Function"]
        (workspace / "template.yaml").write_text(template.replace(
            "PackageType: Image", "PackageType: Image\n      ImageConfig:\n        Command: [app.other]"))
        await engine.engine.refresh()
        assert (await answer(engine)) == "other"


async def test_a_build_that_fails_is_told_with_its_line(workspace: Path, base: str) -> None:
    write(workspace, f"FROM {base}\nRUN echo hello && ls /nowhere\n", TEMPLATE)
    async with engine_in_test(workspace, sandbox="docker") as engine:
        with pytest.raises(ServiceError) as refused:
            await engine.invoke()
        assert "at step 2/3, RUN echo hello && ls /nowhere" in str(refused.value)
        assert "cannot access '/nowhere'" in str(refused.value)


async def test_a_base_image_that_is_nowhere_is_told(workspace: Path) -> None:
    write(workspace, "FROM 127.0.0.1:9/nowhere/python:3.12\nCOPY app.py ./\n", TEMPLATE)
    async with engine_in_test(workspace, sandbox="docker") as engine:
        with pytest.raises(ServiceError, match=r"python:3\.12, which Dockerfile in .* begins with, is not on"):
            await engine.invoke()


async def test_in_a_process_it_says_what_it_needs(workspace: Path) -> None:
    async with engine_in_test(workspace, sandbox="process") as engine:
        with pytest.raises(ServiceError, match="container image, and those run in Docker only"):
            await engine.invoke()
