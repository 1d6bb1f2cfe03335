"""The AWS CDK as it comes from npm, with nothing but AWS_ENDPOINT_URL: bootstrap, deploy, deploy a change, destroy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, lambda_client
from tests.support.nodes import NotInstalled, cdk
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.stacks import outputs, physical
from tests.support.workspaces import WorkspaceBuilder

pytestmark = pytest.mark.node

APP = Path(__file__).with_name("client_cdk.js")


class Project:
    """A folder with the app, and how its commands are run."""

    def __init__(self, folder: Path, node: str, installed: Path, url: str) -> None:
        self._folder = folder
        self._node = node
        self._modules = installed / "node_modules"
        self._environment: Mapping[str, str] = {
            "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "NODE_PATH": str(self._modules), "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
            "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_OUTDIR": str(folder / "cdk.out")}
        (folder / "home").mkdir()
        (folder / "code").mkdir()
        shutil.copy(APP, folder / "app.js")

    def synthesize(self, said: str) -> None:
        """Write the template and the code of the app, whose function says something."""
        (self._folder / "code" / "app.py").write_text(f"def handler(event, context):\n    return {said!r}\n")
        self._run("app.js")

    def cdk(self, *arguments: str) -> str:
        """Run a command of the CDK, and return what it prints."""
        return self._run(str(self._modules / "aws-cdk" / "bin" / "cdk"), *arguments, "--app", "cdk.out")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self._node, *arguments], cwd=self._folder, env=self._environment, capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve --services moto`."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with shared_by_tests(tmp_path_factory, builder.write(), "--services", "moto") as engine:
        yield engine


@pytest.fixture(scope="module")
def project(shared_engine: SharedEngine, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The app, in an account that is bootstrapped."""
    try:
        node, installed = cdk()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    project = Project(tmp_path_factory.mktemp("cdk"), node, installed, shared_engine.url)
    project.synthesize("one")
    assert "bootstrapped" in project.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
    return project


def said(functions: Any, name: str) -> Any:
    return json.loads(functions.invoke(FunctionName=name)["Payload"].read())


def test_deploy_and_deploy_again_and_destroy(project: Project, engine: SharedEngine, functions: Any, stacks: Any) -> None:
    project.cdk("deploy", "--require-approval", "never")
    name = outputs(stacks, "Orders")["Name"]
    live = outputs(stacks, "Orders")["Live"]
    assert [said(functions, each) for each in (name, live)] == ["one", "one"]
    with closing(lambda_client(engine.url, service="sqs")) as queues:
        resources = physical(stacks, "Orders")
        queue = next(each for logical_id, each in resources.items() if logical_id.startswith("Queue"))
        assert queue.rpartition("/")[2] in [url.rpartition("/")[2] for url in queues.list_queues()["QueueUrls"]]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert mapping["EventSourceArn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rpartition('/')[2]}"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert variables["QUEUE_URL"] == queue

    project.synthesize("two")
    project.cdk("deploy", "--require-approval", "never")
    assert [said(functions, each) for each in (name, live)] == ["two", "two"]
    assert [each["Version"] for each in functions.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST", "2"]
    project.cdk("destroy", "--force")
    assert name not in [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    assert [each["StackName"] for each in stacks.describe_stacks()["Stacks"]] == ["CDKToolkit"]
