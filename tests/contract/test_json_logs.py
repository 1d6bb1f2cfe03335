"""LoggingConfig with the JSON format: the platform's records and the function's own, in every sandbox."""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.conftest import StartEngine
from tests.support.workspaces import one_function

CODE = """
    import logging, os
    logger = logging.getLogger()
    def handler(event, context):
        logger.debug("hidden")
        logger.warning("seen")
        print("plain")
        return os.environ["AWS_LAMBDA_LOG_GROUP_NAME"], context.log_stream_name
"""
CONFIG = """      LoggingConfig:
        LogFormat: JSON
        ApplicationLogLevel: WARN
        SystemLogLevel: DEBUG
        LogGroup: /shop/orders
"""


async def test_platform_and_function_write_json(start: StartEngine, tmp_path: Path) -> None:
    workspace = one_function(tmp_path / "w", CODE)
    template = workspace / "template.yaml"
    template.write_text(template.read_text().rstrip("\n") + "\n" + CONFIG)
    engine = await start(workspace)
    invocation = await engine.invoke({})
    group, stream = json.loads(invocation.payload)
    assert (group, "/Function[$LATEST]" in stream) == ("/shop/orders", True)
    lines = invocation.log_lines()
    assert "plain" in lines
    records = [json.loads(line) for line in lines if line != "plain"]
    assert [record["type"] for record in records if "type" in record] == [
        "platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start", "platform.runtimeDone",
        "platform.report"]
    (own,) = [record for record in records if "type" not in record]
    assert (own["level"], own["message"], own["requestId"]) == ("WARNING", "seen", invocation.request_id)
