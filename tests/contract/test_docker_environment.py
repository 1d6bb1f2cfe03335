"""What a function in a container finds around it is what Lambda's have, and what Lambda lacks is not there either."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_image_functions import commit
from tests.support.docker_sandboxes import docker, write_function
from tests.support.engines import engine_in_test
from tests.support.extensions import workspace_with_extensions
from tests.support.workspaces import PYTHON_RUNTIME, one_function

pytestmark = pytest.mark.docker

IDENTITY = """
import getpass, os
def handler(event, context):
    set_here = [os.environ.get("HOME"), os.environ.get("HOSTNAME")]
    return [*set_here, os.path.expanduser("~"), getpass.getuser(), os.getuid(), os.getgid()]
"""
OF_LAMBDA = [None, None, "/home/sbx_user1051", "sbx_user1051", 993, 990]

PROCESSES = """
import multiprocessing as mp
import os
def send(connection):
    connection.send(os.getpid())
def refused(make):
    try:
        make()
    except OSError as error:
        return str(error)
def handler(event, context):
    receiving, sending = mp.Pipe()
    child = mp.Process(target=send, args=(sending,))
    child.start()
    piped = receiving.recv() == child.pid
    child.join()
    return [refused(lambda: mp.Pool(2)), refused(mp.Lock), refused(mp.Queue), piped, os.path.exists("/dev/shm")]
"""

VARIABLES = """
import os
def handler(event, context):
    return sorted(name for name in os.environ if not name.startswith(("AWS_", "_AWS", "LAMBDA_", "_X_AMZN")))
"""
RECORDED = {"LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PWD", "PYTHONPATH", "SHLVL", "TZ", "_HANDLER", "OWN"}
"""Recorded of Lambda's Python beside the AWS, Lambda and X-Ray ones, and the function's own."""

HOME_OF_NODE = """
import json, subprocess
PROGRAM = "const os = require('os'); console.log(JSON.stringify([process.env.HOME, os.homedir(), os.userInfo().username]))"
def handler(event, context):
    return json.loads(subprocess.run(["node", "-e", PROGRAM], capture_output=True, check=True).stdout)
"""


async def result(workspace: Path, images: dict[str, str], event: Any = None) -> Any:
    async with engine_in_test(workspace, sandbox="docker", images=images) as engine:
        invocation = await engine.invoke(event)
        assert not invocation.function_error, invocation.payload
        return json.loads(invocation.payload)


async def test_the_user_is_lambdas_and_has_no_home(tmp_path: Path, docker_images: dict[str, str]) -> None:
    assert await result(one_function(tmp_path / "w", IDENTITY), docker_images) == OF_LAMBDA


async def test_node_js_finds_the_same_user(tmp_path: Path, docker_images: dict[str, str]) -> None:
    """Node.js is in the test images of all runtimes."""
    workspace = one_function(tmp_path / "w", HOME_OF_NODE, timeout_s=30)
    assert await result(workspace, docker_images) == [None, "/home/sbx_user1051", "sbx_user1051"]


async def test_a_home_of_the_functions_own_is_kept(tmp_path: Path, docker_images: dict[str, str]) -> None:
    workspace = one_function(tmp_path / "w", IDENTITY, environment={"HOME": "/tmp", "HOSTNAME": "mine"})
    assert (await result(workspace, docker_images))[:3] == ["/tmp", "mine", "/tmp"]


async def test_shared_memory_is_not_implemented(tmp_path: Path, docker_images: dict[str, str]) -> None:
    """Without the folder, a C library newer than Lambda's (the test image's) would say that it is not there."""
    *refused, is_piped, has_folder = await result(one_function(tmp_path / "w", PROCESSES), docker_images)
    assert set(refused) == {"[Errno 38] Function not implemented"}
    assert (is_piped, has_folder) == (True, False)


async def test_there_are_no_variables_but_those_recorded_on_lambda(tmp_path: Path, docker_images: dict[str, str]) -> None:
    workspace = one_function(tmp_path / "w", VARIABLES, environment={"OWN": "1"})
    assert set(await result(workspace, docker_images)) <= RECORDED


async def test_an_extension_is_the_same_user_without_a_home(tmp_path: Path, docker_images: dict[str, str]) -> None:
    looking = """
        import getpass, json, os
        found = [os.environ.get("HOME"), os.environ.get("HOSTNAME"), getpass.getuser(), os.path.exists("/dev/shm")]
        open("/tmp/found", "w").write(json.dumps(found))
        register(["INVOKE"])
        while True:
            next_event()
    """
    read = "import json\ndef handler(event, context):\n    return json.load(open('/tmp/found'))\n"
    workspace = workspace_with_extensions(tmp_path / "w", {"looking": looking}, read)
    assert await result(workspace, docker_images) == [None, None, "sbx_user1051", False]


@pytest.fixture
def image_with_home(tmp_path: Path, docker_images: dict[str, str]) -> Iterator[str]:
    """An image that sets HOME, without a list of users."""
    repository = f"workbench-image/{uuid.uuid4().hex[:8]}"
    code = write_function(tmp_path / "code", IDENTITY)
    container = docker("create", docker_images[PYTHON_RUNTIME])
    try:
        docker("cp", f"{code}/.", f"{container}:/var/task")
        commit(container, repository, ['CMD ["app.handler"]', "ENV HOME=/opt/home"])
    finally:
        docker("rm", "-f", container)
    yield f"{repository}:latest"
    docker("rmi", "-f", f"{repository}:latest")


async def test_what_an_image_sets_itself_is_kept(tmp_path: Path, image_with_home: str) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Function:\n    Type: AWS::Serverless::Function\n"
        f"    Properties:\n      PackageType: Image\n      ImageUri: {image_with_home}\n")
    assert (await result(tmp_path / "w", {}))[:4] == ["/opt/home", None, "/opt/home", "sbx_user1051"]
