"""Files in /tmp of environments that start all at once and crash at once: nothing was made ahead that could hold them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import one_function

pytestmark = pytest.mark.docker

REQUESTS = 8
MADE_AHEAD = 2
"""What may be there for environments to share when the first of them start."""

CODE = """
import os
def handler(event, context):
    if event["crash"]:
        open("/tmp/kept", "w").write(context.log_stream_name)
        os._exit(3)
    return open("/tmp/kept").read() == context.log_stream_name
"""


async def test_files_stay_however_many_runtimes_crash_in_their_first_second(
    tmp_path: Path, docker_images: dict[str, str]
) -> None:
    workspace = one_function(tmp_path / "w", CODE, memory_mb=128)
    async with engine_in_test(workspace, sandbox="docker", images=docker_images) as engine:
        crashed = await asyncio.gather(*(engine.invoke({"crash": True}) for _ in range(REQUESTS)))
        assert {invocation.function_error for invocation in crashed} == {"Unhandled"}
        environments = {invocation.environment_id for invocation in crashed}
        assert len(environments) > MADE_AHEAD
        later = await asyncio.gather(*(engine.invoke({"crash": False}) for _ in environments))
        assert {invocation.environment_id for invocation in later} == environments
        assert [json.loads(invocation.payload) for invocation in later] == [True] * len(environments)
