"""What a function in a container finds around it is what Lambda's have, and what Lambda lacks is not there either."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.contract.test_image_functions import commit
from tests.support.docker_sandboxes import docker, write_function
from tests.support.engines import EngineInTest
from tests.support.extensions import workspace_with_extensions
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder

pytestmark = [pytest.mark.docker, pytest.mark.parametrize("sandbox", ["docker"])]

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


async def result(engine: EngineInTest, function: str = "Function") -> Any:
    invocation = await engine.invoke(function=function)
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


async def test_user_home_variables_and_shared_memory_are_lambdas(start: StartEngine, tmp_path: Path) -> None:
    """Node.js is in the test images of all runtimes, and finds the same user.

    Without the folder for shared memory, a C library newer than Lambda's (the test image's) would say that it is not there.
    """
    builder = WorkspaceBuilder(tmp_path / "w").function("Plain", {"app.py": IDENTITY})
    builder.function("Node", {"app.py": HOME_OF_NODE}, timeout_s=30)
    builder.function("OwnHome", {"app.py": IDENTITY}, environment={"HOME": "/tmp", "HOSTNAME": "mine"})
    builder.function("Processes", {"app.py": PROCESSES})
    builder.function("Variables", {"app.py": VARIABLES}, environment={"OWN": "1"})
    engine = await start(builder.write())
    assert await result(engine, "Plain") == OF_LAMBDA
    assert await result(engine, "Node") == [None, "/home/sbx_user1051", "sbx_user1051"]
    assert (await result(engine, "OwnHome"))[:3] == ["/tmp", "mine", "/tmp"]
    *refused, is_piped, has_folder = await result(engine, "Processes")
    assert set(refused) == {"[Errno 38] Function not implemented"}
    assert (is_piped, has_folder) == (True, False)
    assert set(await result(engine, "Variables")) <= RECORDED  # none but those recorded on Lambda


async def test_an_extension_is_the_same_user_without_a_home(start: StartEngine, tmp_path: Path) -> None:
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
    assert await result(await start(workspace)) == [None, None, "sbx_user1051", False]


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


async def test_what_an_image_sets_itself_is_kept(start: StartEngine, tmp_path: Path, image_with_home: str) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Function:\n    Type: AWS::Serverless::Function\n"
        f"    Properties:\n      PackageType: Image\n      ImageUri: {image_with_home}\n")
    assert (await result(await start(tmp_path / "w")))[:4] == ["/opt/home", None, "/opt/home", "sbx_user1051"]
