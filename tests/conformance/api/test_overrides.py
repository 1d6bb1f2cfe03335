"""A function of the template through the API: changed, published, deleted, and had again as the template has it.

No source for what is told of the template, which Lambda does not have. The answers themselves are those of any function
(test_functions.py): recorded answers of the service.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import signal
import urllib.error
import urllib.request
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, lambda_client, plain, refused, settled, waited, zipped
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.failures import ServiceError
from workbench.model.overrides import MASK, OverrideInfo
from workbench.workspace.state_directory import state_directory

NAME = "Shop"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
CODE = """
    import os
    def handler(event, context):
        return [os.environ.get("STAGE"), context.memory_limit_in_mb]
"""
OTHER = "def handler(event, context):\n    return 'brought'\n"
CHANGED = {
    "FunctionName": NAME, "FunctionArn": ARN, "Runtime": "python3.11", "Role": f"arn:aws:iam::{ACCOUNT}:role/workbench",
    "Handler": "app.handler", "Description": "from the API", "Timeout": 10, "MemorySize": 320, "Version": "$LATEST",
    "TracingConfig": {"Mode": "PassThrough"}, "PackageType": "Zip", "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512}, "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}, "State": "Active",
    "Environment": {"Variables": {"STAGE": "api"}}, "LoggingConfig": {
        "LogFormat": "Text", "LogGroup": f"/aws/lambda/{NAME}"},
}
UPDATING = {"LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being created.",
            "LastUpdateStatusReasonCode": "Creating"}
UPDATE = {"Description": "from the API", "MemorySize": 320, "Timeout": 10, "Environment": {"Variables": {"STAGE": "api"}}}


def write(root: Path, *, memory_mb: int = 256) -> Path:
    builder = WorkspaceBuilder(root)
    builder.function(NAME, {"app.py": CODE}, environment={"STAGE": "template"}, memory_mb=memory_mb)
    return builder.write()


def told(workspace: Path, ask: Callable[[EngineClient], Awaitable[Any]]) -> Any:
    """Ask the engine's own API."""

    async def asked() -> Any:
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        async with EngineClient(connection) as client:
            return await ask(client)

    return asyncio.run(asked())


def overrides(workspace: Path) -> dict[str, OverrideInfo]:
    found = told(workspace, lambda client: client.template.overrides())
    return {each.property: each for each in found}


def result(client: Any, **parameters: Any) -> Any:
    answer = client.invoke(FunctionName=NAME, **parameters)
    document = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, document
    return document


def test_settings_are_overridden_published_and_dropped(tmp_path: Path) -> None:
    workspace = write(tmp_path)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        before = plain(client.get_function_configuration(FunctionName=NAME))
        assert result(client) == ["template", "256"]
        answer = plain(client.update_function_configuration(FunctionName=NAME, RevisionId=before["RevisionId"], **UPDATE))
        assert settled(answer) == {**CHANGED, **UPDATING}
        assert plain(client.get_function_configuration(FunctionName=NAME)) == answer
        assert refused(client.update_function_configuration, FunctionName=NAME, Timeout=5) == Refusal(
            409, "ResourceConflictException", {"Type": "User", "message":
            f"The operation cannot be performed at this time. An update is in progress for resource: {ARN}"})
        waited(client, "function_updated_v2", NAME)
        after = plain(client.get_function(FunctionName=NAME))["Configuration"]
        assert settled(after) == {**CHANGED, "LastUpdateStatus": "Successful"}
        assert len({each["RevisionId"] for each in (before, answer, after)}) == 3
        assert (before["LastModified"] < after["LastModified"], before["CodeSha256"] == after["CodeSha256"]) == (True, True)
        assert refused(client.update_function_configuration, FunctionName=NAME, RevisionId=before["RevisionId"]).status == 412
        assert result(client) == ["api", "320"]
        version = client.publish_version(FunctionName=NAME)["Version"]
        assert (workspace / "template.yaml").read_text().count("320") == 0
        found = overrides(workspace)
        assert set(found) == {"Description", "MemorySize", "Environment"}  # the timeout is the template's
        assert found["Environment"].value == found["Environment"].template_value == {"Variables": {"STAGE": MASK}}
        assert found["MemorySize"] == OverrideInfo(function=NAME, property="MemorySize", template_value=256, value=320)
        assert told(workspace, lambda client: client.template.drop_overrides(NAME)) == []
        dropped = plain(client.get_function_configuration(FunctionName=NAME))
        assert settled(dropped) == settled(before)
        assert dropped["RevisionId"] != before["RevisionId"]  # a version was published
        assert result(client) == ["template", "256"]
        assert result(client, Qualifier=version) == ["api", "320"]
        with pytest.raises(ServiceError, match="The API changed nothing of Shop"):
            told(workspace, lambda client: client.template.drop_overrides(NAME))


def test_code_is_overridden_published_and_dropped(tmp_path: Path) -> None:
    workspace, package = write(tmp_path), zipped(OTHER)
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        answer = client.update_function_code(FunctionName=NAME, ZipFile=package, Publish=True)
        assert (answer["Version"], answer["CodeSha256"], answer["CodeSize"]) == ("1", digest, len(package))
        assert (answer["State"], answer["StateReasonCode"], "LastUpdateStatus" in answer) == ("Pending", "Creating", False)
        found = client.get_function(FunctionName=NAME)
        assert (found["Configuration"]["CodeSha256"], found["Configuration"]["LastUpdateStatus"]) == (digest, "InProgress")
        waited(client, "function_updated_v2", NAME)
        assert client.get_function_configuration(FunctionName=NAME, Qualifier="1")["State"] == "Active"
        assert urllib.request.urlopen(found["Code"]["Location"]).read() == package
        assert (result(client), result(client, Qualifier="1")) == ("brought", "brought")
        assert client.publish_version(FunctionName=NAME)["Version"] == "1"
        code = overrides(workspace)["Code"]
        assert (code.value, code.in_conflict) == (digest, False)
        with pytest.raises(ServiceError, match="A package has no place in the template"):
            told(workspace, lambda client: client.template.write_back_overrides(NAME))
        told(workspace, lambda client: client.template.drop_overrides(NAME, "Code"))
        assert (result(client), result(client, Qualifier="1")) == (["template", "256"], "brought")


def test_the_package_of_the_template_s_code_can_be_downloaded(tmp_path: Path) -> None:
    """As for any function: CodeSha256 and CodeSize are those of what Code.Location gives, of its versions as well."""
    workspace = write(tmp_path)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        found = client.get_function(FunctionName=NAME)
        location, shown = found["Code"]["Location"], found["Configuration"]
        package = urllib.request.urlopen(location).read()
        digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
        assert (digest, len(package)) == (shown["CodeSha256"], shown["CodeSize"])
        with zipfile.ZipFile(io.BytesIO(package)) as opened:
            assert [entry.filename for entry in opened.infolist()] == ["app.py"]
            assert opened.read("app.py") == (workspace / "shop" / "app.py").read_bytes()
        (listed,) = client.list_functions()["Functions"]
        version = client.publish_version(FunctionName=NAME, CodeSha256=shown["CodeSha256"])
        assert shown["CodeSha256"] == listed["CodeSha256"] == version["CodeSha256"]
        (workspace / "shop" / "more.py").write_text("x = 1\n")
        told(workspace, lambda client: client.refresh())
        assert client.get_function_configuration(FunctionName=NAME)["CodeSha256"] != shown["CodeSha256"]
        assert urllib.request.urlopen(location).read() == package  # the version has it
        client.delete_function(FunctionName=NAME, Qualifier=version["Version"])
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(location)


def test_a_deleted_function_is_hidden_until_that_is_dropped(tmp_path: Path) -> None:
    workspace = write(tmp_path)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        client.publish_version(FunctionName=NAME)
        client.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=7)
        client.delete_function(FunctionName=NAME)
        missing = Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": f"Function not found: {ARN}"})
        assert refused(client.get_function, FunctionName=NAME) == missing
        assert refused(client.delete_function, FunctionName=NAME) == missing
        assert refused(client.invoke, FunctionName=NAME).code == "ResourceNotFoundException"
        assert client.list_functions()["Functions"] == []
        assert told(workspace, lambda client: client.functions()) == []
        assert overrides(workspace) == {"": OverrideInfo(function=NAME, property="")}
        told(workspace, lambda client: client.template.drop_overrides(NAME))
        assert result(client) == ["template", "256"]
        assert "Concurrency" not in client.get_function(FunctionName=NAME)
        assert len(client.list_versions_by_function(FunctionName=NAME)["Versions"]) == 1


def test_a_killed_engine_keeps_overrides_and_tells_of_a_conflict(tmp_path: Path) -> None:
    workspace = write(tmp_path)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        client.update_function_configuration(FunctionName=NAME, MemorySize=320)
        waited(client, "function_updated_v2", NAME)
        client.update_function_code(FunctionName=NAME, ZipFile=zipped(OTHER))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    write(tmp_path, memory_mb=512)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        found = client.get_function_configuration(FunctionName=NAME)
        assert (found["MemorySize"], found["LastUpdateStatus"]) == (320, "Successful")
        assert result(client) == "brought"
        memory = overrides(workspace)["MemorySize"]
        assert (memory.template_value, memory.value, memory.in_conflict) == (512, 320, True)
        notice = told(workspace, lambda client: client.health()).notice
        assert "MemorySize of Shop was changed in the template after the API had changed it" in notice


def test_overrides_are_written_into_the_template(tmp_path: Path) -> None:
    workspace = write(tmp_path)
    template = workspace / "template.yaml"
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        client.update_function_configuration(FunctionName=NAME, **UPDATE, EphemeralStorage={"Size": 600},
                                             LoggingConfig={"LogFormat": "JSON"})
        waited(client, "function_updated_v2", NAME)
        left = told(workspace, lambda client: client.template.write_back_overrides(NAME, "MemorySize"))
        assert {each.property for each in left} == {"Description", "Environment", "EphemeralStorage", "LoggingConfig"}
        assert "MemorySize: 320" in template.read_text()
        (left,) = told(workspace, lambda client: client.template.write_back_overrides(NAME))
        assert (left.property, left.why_kept) == (
            "LoggingConfig", "LoggingConfig cannot be written into the template from here: write it by hand, then drop it.")
        text = template.read_text()
        assert [each in text for each in ("Description: from the API", "STAGE: 'api'", "Size: 600", "JSON")] == [
            True, True, True, False]
        found = client.get_function_configuration(FunctionName=NAME)
        assert (found["MemorySize"], found["Description"], found["LoggingConfig"]["LogFormat"]) == (320, "from the API", "JSON")
        client.delete_function(FunctionName=NAME)
        told(workspace, lambda client: client.template.write_back_overrides(NAME))
        assert (NAME in template.read_text(), overrides(workspace)) == (False, {})


def test_a_read_only_engine_drops_and_writes_nothing(tmp_path: Path) -> None:
    workspace = write(tmp_path)
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        client.update_function_configuration(FunctionName=NAME, MemorySize=320)
        waited(client, "function_updated_v2", NAME)
    before = (workspace / "template.yaml").read_text()
    with served(workspace, "--sandbox", "process", "--read-only"):
        for ask in (lambda client: client.template.drop_overrides(NAME),
                    lambda client: client.template.write_back_overrides(NAME)):
            with pytest.raises(ServiceError, match="This engine was started with --read-only"):
                told(workspace, ask)
        assert overrides(workspace)["MemorySize"].value == 320
    assert (workspace / "template.yaml").read_text() == before
