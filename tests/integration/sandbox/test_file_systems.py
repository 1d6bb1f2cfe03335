"""FileSystemConfigs: folders of this machine in containers, told where there are none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import function_in, running, write_function
from workbench.model.failures import SandboxError
from workbench.model.function import FileSystem, FunctionConfiguration
from workbench.sandbox.file_systems import container_notices, mounted_folders, process_notices

ARN = "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0"
CODE = """
def handler(event, context):
    with open("/mnt/data/from_the_function", "w") as file:
        file.write("written")
    return open("/mnt/data/given").read()
"""


def with_file_system(code: Path, local_folder: str) -> FunctionConfiguration:
    mounted = FileSystem(arn=ARN, mount_path="/mnt/data", local_folder=local_folder)
    return msgspec.structs.replace(function_in(code), file_systems=(mounted,))


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "given").write_text("from this machine")
    return folder


def test_a_file_system_without_a_folder_is_told_with_how_to_give_one(tmp_path: Path) -> None:
    function = with_file_system(tmp_path, "")
    [told] = container_notices(function, checks_owner=True)
    assert told.startswith("Nothing is mounted at /mnt/data")
    assert "filesystem:/mnt/data" in told
    assert mounted_folders(function) == {}


def test_a_folder_that_lambdas_user_can_not_write_is_told(tmp_path: Path, shared: Path) -> None:
    function = with_file_system(tmp_path, str(shared))
    assert container_notices(function, checks_owner=True) == ()
    shared.chmod(0o755)
    assert [f"chmod o+rwx {shared}" in told for told in container_notices(function, checks_owner=True)] == [True]
    assert container_notices(function, checks_owner=False) == ()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="stands for /mnt/data of probe, does not exist"):
        mounted_folders(with_file_system(tmp_path, str(tmp_path / "nowhere")))


def test_a_process_has_none(tmp_path: Path, shared: Path) -> None:
    [told] = process_notices(with_file_system(tmp_path, str(shared)))
    assert told.startswith("Nothing is mounted at /mnt/data")
    assert process_notices(function_in(tmp_path)) == ()


@pytest.mark.docker
async def test_a_container_reads_and_writes_the_folder(tmp_path: Path, shared: Path) -> None:
    code = write_function(tmp_path / "code", CODE)
    async with docker_provider(tmp_path) as provider, running(provider, with_file_system(code, str(shared))) as environment:
        assert await environment.invoke() == "from this machine"
    assert (shared / "from_the_function").read_text() == "written"
