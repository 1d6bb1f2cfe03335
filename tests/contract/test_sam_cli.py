"""A folder that was edited here still runs under AWS's own `sam local invoke`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.starters import create_workspace
from workbench.workspace.workspace import Workspace

BASE_IMAGE = "public.ecr.aws/lambda/python:3.11-x86_64"
SAMS_IMAGE = "public.ecr.aws/lambda/python:3.11-rapid-x86_64"
"""What `sam` builds on the base image."""


@pytest.fixture
def base_image(docker_images: dict[str, str]) -> Iterator[None]:
    """Our test image under the name that SAM asks for; an image of that name that is here already stays as it is."""
    present = docker("image", "inspect", BASE_IMAGE) == 0
    if not present:
        assert docker("tag", docker_images["python3.11"], BASE_IMAGE) == 0
    yield
    if not present:
        docker("rmi", "--force", SAMS_IMAGE)
        docker("rmi", BASE_IMAGE)


def docker(*arguments: str) -> int:
    """Run a `docker` command; its exit status."""
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode


@pytest.mark.docker
def test_sam_local_invoke_on_an_edited_folder(base_image: None, tmp_path: Path) -> None:
    sam = shutil.which("sam")
    if sam is None:
        pytest.skip("sam is not installed")
    folder = tmp_path / "shop"
    create_workspace(folder)
    workspace = Workspace.open(folder)
    changes = FunctionChanges(runtime="python3.11", memory_mb=512, timeout_s=7, environment={"GREETING": "Servus"})
    workspace.change("HelloFunction", changes)
    workspace.duplicate("HelloFunction", "CopyFunction")
    workspace.rename("CopyFunction", "RenamedFunction")
    command = [sam, "local", "invoke", "RenamedFunction", "-e", "events/hello.json", "--skip-pull-image"]
    surroundings = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1", "HOME": str(tmp_path)}
    for _ in range(3):  # on a busy machine, SAM now and then ends before it has read the log of its container
        done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["message"] == "Hello, World!"
        if "REPORT RequestId" in done.stderr:
            break
    assert "Memory Size: 512 MB" in done.stderr
