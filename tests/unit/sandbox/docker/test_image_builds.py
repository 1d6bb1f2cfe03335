"""What an image is built from and how a build is told, without an engine."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import msgspec
import pytest

from workbench.model.failures import SandboxError
from workbench.model.function import Architecture, ImageBuild
from workbench.sandbox.docker.build_context import packed
from workbench.sandbox.docker.image_builds import BuildSteps


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "My Image"
    (folder / ".workbench").mkdir(parents=True)
    for name in ("Dockerfile", "app.py", "secret.txt", ".workbench/journal"):
        (folder / name).write_text(name)
    (folder / ".dockerignore").write_text("# comment\n*.txt\n")
    return folder


def name_of(build: ImageBuild, architecture: Architecture = "x86_64") -> str:
    with packed(build, architecture) as context:
        return context.name


def files_of(build: ImageBuild) -> set[str]:
    with packed(build, "x86_64") as context, tarfile.open(fileobj=context.archive) as archive:
        return set(archive.getnames())


def test_what_is_ignored_and_our_own_state_are_left_out(context: Path) -> None:
    assert files_of(ImageBuild(context=str(context))) == {".dockerignore", "Dockerfile", "app.py"}


def test_a_dockerfile_outside_of_its_context_is_brought_in(context: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.other").write_text("FROM x")
    build = ImageBuild(context=str(context), dockerfile="../Dockerfile.other")
    assert any(name.startswith(".dockerfile.") for name in files_of(build))
    assert len({name_of(build) for _ in range(40)}) == 1


def test_the_name_is_of_the_content_and_not_of_times(context: Path) -> None:
    build = ImageBuild(context=str(context), tag="v1")
    before = name_of(build)
    assert before.startswith("localhost/workbench-build/my-image-")
    assert ":v1-" in before
    os.utime(context / "app.py", (1, 1))
    (context / "secret.txt").write_text("changed")
    (context / ".workbench" / "journal").write_text("changed")
    assert name_of(build) == before
    (context / "app.py").write_text("changed")
    assert name_of(build) != before


@pytest.mark.parametrize("change", [{"target": "t"}, {"arguments": {"A": "b"}}, {"tag": "v2"}, {"dockerfile": "app.py"}])
def test_whatever_else_decides_has_a_name_of_its_own(context: Path, change: dict[str, object]) -> None:
    build = ImageBuild(context=str(context))
    assert name_of(msgspec.structs.replace(build, **change)) != name_of(build)
    assert name_of(build, "arm64") != name_of(build)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot be read") as refused, packed(
            ImageBuild(context=str(tmp_path), dockerfile="../nowhere/Dockerfile"), "x86_64"):
        pass
    assert "nowhere" in refused.value.message


BUILD = ImageBuild(context="/project/src")


def test_steps_are_told_with_their_fraction() -> None:
    steps = BuildSteps(BUILD)
    first = steps.add("Step 1/4 : FROM base\n")
    assert first is not None
    assert (first.text, first.fraction) == ("Building the image, step 1/4: FROM base", 0.0)
    assert steps.add(" ---> 0123\n") is None
    of_podman = steps.add("STEP 3/4: RUN make\n")
    assert of_podman is not None
    assert of_podman.fraction == 0.5


def test_a_failure_shows_the_lines_that_decided() -> None:
    steps = BuildSteps(BUILD)
    for text in ("Step 2/3 : COPY a b\n", "copied", "Step 3/3 : RUN make\n", " ---> Running in 12\n",
                 "\x1b[91mmake: no rule\n\x1b[0m"):
        steps.add(text)
    told = steps.failure("The command '/bin/sh -c make' returned a non-zero code: 2")
    assert told.message == ("The image could not be built from Dockerfile in /project/src at step 3/3, RUN make: The command "
                            "'/bin/sh -c make' returned a non-zero code: 2.\n    make: no rule")


def test_a_label_of_ours_is_no_step_that_is_told() -> None:
    assert BuildSteps(BUILD).add("Step 4/4 : LABEL workbench.image=0123\n") is None


def test_the_command_that_shows_more_names_the_dockerfile() -> None:
    assert "docker build -f " not in BuildSteps(BUILD).failure("no").hint
    other = msgspec.structs.replace(BUILD, dockerfile="docker/Dockerfile.dev")
    named = Path(BUILD.context, "docker/Dockerfile.dev")
    assert f"docker build -f {named} {BUILD.context} shows" in BuildSteps(other).failure("no").hint


def test_a_base_image_that_can_not_be_had_is_named() -> None:
    steps = BuildSteps(BUILD)
    steps.add("Step 1/3 : FROM public.ecr.aws/lambda/python:3.11 AS base\n")
    told = steps.failure("no such host")
    assert told.message == ("The image public.ecr.aws/lambda/python:3.11, which Dockerfile in /project/src begins with, is not "
                            "on this machine and could not be fetched: no such host.")
    assert "docker pull public.ecr.aws/lambda/python:3.11" in told.hint


def test_what_this_builder_can_not_do_is_told() -> None:
    assert "ImageUri" in BuildSteps(BUILD).failure("the --mount option requires BuildKit").hint
