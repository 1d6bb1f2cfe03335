"""What these tests share: a folder of functions, and one engine for all tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.workspaces import WorkspaceBuilder
from workbench import Engine

ECHO = """
    import os
    print("loaded")
    count = 0

    def handler(event, context):
        global count
        count += 1
        print(f"event {event}")
        if event == "fail":
            raise ValueError("as asked")
        custom = context.client_context and context.client_context.custom
        return {"event": event, "count": count, "custom": custom, "tenant": getattr(context, "tenant_id", None),
                "STAGE": os.environ.get("STAGE"), "KEY": os.environ.get("KEY"), "home": os.environ.get("WORKBENCH_STATE_HOME")}
"""
PROPERTIES = """
    DeadLetterQueue: {Type: SQS, TargetArn: "arn:aws:sqs:us-east-1:123456789012:letters"}
    EventInvokeConfig:
      DestinationConfig:
        OnSuccess: {Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:done"}
    FunctionUrlConfig: {AuthType: NONE}
    Environment:
      Variables: {STAGE: !Ref Stage, KEY: none}
"""


def write_application(folder: Path) -> Path:
    """Write the SAM application that these tests run: `Echo`."""
    root = WorkspaceBuilder(folder).function("Echo", {"app.py": ECHO}, properties=PROPERTIES).write()
    template = root / "template.yaml"
    template.write_text(template.read_text() + "Parameters:\n  Stage: {Type: String, Default: dev}\n")
    return root


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A SAM application of this test."""
    return write_application(tmp_path / "app")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that all tests share."""
    root = write_application(tmp_path_factory.mktemp("shared") / "app")
    engine = Engine(root, sandbox="process")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        engine.start().invoke("Echo")  # what begins with the first environment and lasts as long as the engine is no test's
        engine.stop_environments()
    yield engine
    engine.close()


@pytest.fixture
def engine(running: Engine) -> Iterator[Engine]:
    """That engine with an empty queue, whose clock is held, and an empty inbox."""
    running.queue.hold()
    yield running
    running.queue.clear()
    running.queue.resume()
    running.inbox.clear()
    running.stop_environments()
