"""`chalice deploy`, with one endpoint for everything: Lambda is ours, IAM, EventBridge and SQS are moto's.

Source of what Chalice makes: its documentation, "Configuration File" and "Event Sources". An app with routes is left out: Chalice
imports them into API Gateway as Swagger 2, which moto refuses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, lambda_client
from tests.support.engines import served
from tests.support.packages import NotInstalled, python_packages
from tests.support.workspaces import WorkspaceBuilder

pytestmark = pytest.mark.skipif(find_spec("moto") is None, reason="moto is not installed")

APP = """
from chalice import Chalice

app = Chalice(app_name="greeter")


@app.lambda_function(name="bare")
def bare(event, context):
    return {"seen": event, "function": context.function_name}


@app.schedule("rate(5 minutes)")
def tick(event):
    return "tick"


@app.on_sqs_message(queue="jobs", batch_size=5)
def work(event):
    return [record.body for record in event]
"""
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:greeter-dev"


class App:
    """A folder with an app, and Chalice to run in it."""

    def __init__(self, folder: Path, chalice: Path, url: str) -> None:
        self.folder = folder
        self._surroundings = {
            **os.environ, "PYTHONPATH": str(chalice), "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "HOME": str(folder.parent)}
        (folder / ".chalice").mkdir(parents=True)
        (folder / ".chalice" / "config.json").write_text('{"version": "2.0", "app_name": "greeter", "stages": {"dev": {}}}')
        (folder / "requirements.txt").touch()
        # Chalice names boto3 in its texts. An app that brings its own spares the engine from installing the runtime's.
        (folder / "vendor" / "boto3").mkdir(parents=True)
        (folder / "vendor" / "boto3" / "__init__.py").touch()
        (folder / "app.py").write_text(APP)

    def run(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run([sys.executable, "-c", "from chalice.cli import main; main()", *arguments], input=given, text=True,
                              capture_output=True, timeout=120, cwd=self.folder, env=self._surroundings, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An engine that passes requests for other services to moto."""
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "person"))
    with served(WorkspaceBuilder(tmp_path / "workspace").write(), "--sandbox", "process", "--services", "moto") as process:
        yield process.url


@pytest.fixture
def app(tmp_path: Path, url: str) -> App:
    try:
        return App(tmp_path / "app", python_packages("chalice==1.34.0"), url)
    except NotInstalled as reason:
        pytest.skip(str(reason))


def names(found: list[dict[str, Any]], member: str) -> list[str]:
    return sorted(each[member].rpartition(":")[2] for each in found)


def test_an_app_is_deployed_answers_and_is_deleted(app: App, url: str) -> None:
    """Functions, their role, a rule of EventBridge with its permission, and an event source mapping."""
    with (closing(lambda_client(url)) as client, closing(lambda_client(url, service="iam")) as iam,
          closing(lambda_client(url, service="events")) as events):
        told = app.run("deploy")
        assert f"Lambda ARN: {FUNCTION}-bare" in told
        assert json.loads(app.run("invoke", "-n", "bare", given='{"a": 1}')) == {
            "seen": {"a": 1}, "function": "greeter-dev-bare"}
        assert names(client.list_functions()["Functions"], "FunctionName") == [
            "greeter-dev-bare", "greeter-dev-tick", "greeter-dev-work"]
        mappings = client.list_event_source_mappings()["EventSourceMappings"]
        assert [(each["FunctionArn"], each["BatchSize"]) for each in mappings] == [(f"{FUNCTION}-work", 5)]
        policy = json.loads(client.get_policy(FunctionName="greeter-dev-tick")["Policy"])
        assert [each["Principal"] for each in policy["Statement"]] == [{"Service": "events.amazonaws.com"}]
        assert names(iam.list_roles()["Roles"], "RoleName") == ["greeter-dev"]
        assert names(events.list_rules()["Rules"], "Name") == ["greeter-dev-tick-event"]
        app.run("delete")
        assert client.list_functions()["Functions"] == []
        assert (iam.list_roles()["Roles"], events.list_rules()["Rules"]) == ([], [])
