"""One engine with moto's services for all tests of what asynchronous invocations end in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec

import pytest

from tests.conformance.api.asynchronous.functions import CHANGES_NOTHING, FIFO, LETTERS, LOOP, TOPIC
from tests.support.api_clients import lambda_client
from tests.support.packaged_boto3 import package_boto3
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    if find_spec("moto") is None:
        pytest.skip("moto is not installed")
    workspace = tmp_path_factory.mktemp("workspace")
    builder = WorkspaceBuilder(workspace).function("Next", {"app.py": CHANGES_NOTHING})
    for name, code, kind, target in (
            ("Orders", CHANGES_NOTHING, "SQS", LETTERS), ("Topical", CHANGES_NOTHING, "SNS", TOPIC), ("Loop", LOOP, "SQS", FIFO)):
        builder.function(name, {"app.py": code},
                         properties=f"      DeadLetterQueue: {{Type: {kind}, TargetArn: '{target}'}}\n")
    builder.write()
    package_boto3(workspace / "loop", "lambda")
    with shared_by_tests(tmp_path_factory, workspace, "--services", "moto") as engine:
        with closing(lambda_client(engine.url)) as client, closing(lambda_client(engine.url, service="sqs")) as sqs:
            sqs.create_queue(QueueName="letters")
            for name in ("Next", "Orders", "Topical"):  # their environments are no test's: they serve all of them
                client.invoke(FunctionName=name)
        yield engine
        asyncio.run(engine.stop_environments())
