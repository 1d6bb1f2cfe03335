"""Extensions that others wrote run as they are: an internal one from PyPI, an external one that reads the Logs API from npm."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.support.extensions import HELLO, stop_environments, story, workspace_with_extensions
from tests.support.packages import NotInstalled, node_packages, python_packages, vendor
from workbench.engine.lifecycle import shutdown
from workbench.model.function import SandboxKind

_LEFT_BEHIND = (Path("/tmp/sls-save-log.json"), Path("/tmp/sent-requests.json"))


async def test_lambda_sigterm_from_pypi(
    start: StartEngine, sandbox: SandboxKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It registers an internal extension, for the one reason that the runtime then gets SIGTERM."""
    if sandbox == "process":
        # Lambda's 150 ms are short on a busy machine. It needs them all: its thread keeps the process from ending.
        monkeypatch.setattr(shutdown, "RUNTIME_SHARE", 4)
    try:
        packages = python_packages("lambda-sigterm==0.1.2", "urllib3==2.5.0")
    except NotInstalled as reason:
        pytest.skip(str(reason))
    code = """
        import signal, sys
        import lambda_sigterm
        lambda_sigterm.register()
        def end(number, frame):
            print("handler of SIGTERM", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        def handler(event, context):
            return "hello"
    """
    workspace = workspace_with_extensions(tmp_path / "w", {}, code)
    vendor(packages, workspace / "function")
    engine = await start(workspace)
    assert (await engine.invoke()).payload == '"hello"'
    assert (await engine.invoke()).start == "warm"
    await stop_environments(engine)
    told = await story(engine)
    assert told.records("platform.extension") == [{"name": "lambda-sigterm", "state": "Ready", "events": []}]
    if sandbox == "process":  # AWS's client for Python 3.11 lets no handler of a signal run while it waits in `next`
        assert "handler of SIGTERM" in [event.record for event in told.events if event.type == "function"]


@pytest.fixture
def otel_layer(tmp_path: Path) -> Iterator[Path]:
    """The layer of Serverless's extension, unzipped; what it writes to /tmp is removed."""
    try:
        packages = node_packages("@serverless/aws-lambda-otel-extension-dist@0.1.11")
    except NotInstalled as reason:
        pytest.skip(str(reason))
    archive = packages / "node_modules" / "@serverless" / "aws-lambda-otel-extension-dist" / "extension.zip"
    layer = tmp_path / "layer"
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(layer)
    (layer / "otel-extension" / "index.js").chmod(0o755)
    yield layer
    for path in _LEFT_BEHIND:
        path.unlink(missing_ok=True)


async def test_serverless_otel_extension_from_npm(
    start: StartEngine, sandbox: SandboxKind, otel_layer: Path, tmp_path: Path
) -> None:
    """It subscribes to the Logs API over HTTP and prints what it gets when it is asked to be talkative."""
    if sandbox == "docker":
        pytest.skip("The test image for Python has no Node.js, which the extension needs.")
    if shutil.which("node") is None:
        pytest.skip("The extension needs Node.js.")
    environment = {"DEBUG_SLS_OTEL_LAYER": "1", "AWS_SAM_LOCAL": "true", "DO_NOT_WAIT": "1"}
    workspace = workspace_with_extensions(tmp_path / "w", {}, HELLO, environment=environment)
    shutil.rmtree(workspace / "opt")
    shutil.move(otel_layer, workspace / "opt")
    # Its own launcher begins with an absolute /opt, which a process of this machine does not have.
    launcher = workspace / "opt" / "extensions" / "otel-extension"
    launcher.write_text('#!/bin/sh\nexec "$(dirname "$0")/../otel-extension/index.js"\n')
    launcher.chmod(0o755)
    engine = await start(workspace)
    first = await engine.invoke()
    assert first.payload == '"hello"', first.log_lines()
    await engine.invoke()
    await stop_environments(engine)
    told = await story(engine)
    assert {"name": "otel-extension", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]} in told.records("platform.extension")
    assert told.records("platform.logsSubscription") == [{"name": "otel-extension", "state": "Subscribed", "types": ["platform"]}]
    heard = "\n".join(told.extension_lines)
    assert "Processing event:  INVOKE" in heard
    assert "Processing event:  SHUTDOWN" in heard
    assert f'"requestId":"{first.request_id}","metrics":{{"durationMs":' in heard
    assert not told.records("platform.logsDropped")
