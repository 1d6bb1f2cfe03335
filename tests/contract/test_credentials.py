"""Real credentials reach a function in every sandbox, are masked in its log, and leave with the environment that had them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.support.aws_profiles import SECRET, AwsProfiles
from tests.support.engines import EngineInTest, until
from tests.support.workspaces import one_function
from workbench.model.credentials import CredentialsChoice

CODE = """
    import os
    NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED")
    def handler(event, context):
        print("secret", os.environ.get("AWS_SECRET_ACCESS_KEY"))
        return [os.environ.get(name) for name in NAMES]
"""


async def given(served: EngineInTest) -> list[str | None]:
    invocation = await served.invoke()
    answer = await served.client.invoke("Function", b"{}")
    assert not any(SECRET in line for line in invocation.log_lines())
    return json.loads(answer.payload)  # type: ignore[no-any-return]


async def test_credentials_come_and_go(start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = AwsProfiles(tmp_path / "aws", monkeypatch)
    profiles.add_static("fixed", "AKIAFIRST")
    served = await start(one_function(tmp_path / "w", CODE))
    await served.client.credentials.choose(CredentialsChoice(kind="profile", profile="fixed"))
    assert await given(served) == ["AKIAFIRST", SECRET, None, None]
    profiles.add_static("fixed", "AKIASECOND")
    await until(lambda: not list(served.pool), 60)
    assert await given(served) == ["AKIASECOND", SECRET, None, None]
    await served.client.credentials.choose(CredentialsChoice(kind="none"))
    assert await given(served) == [None, None, None, "true"]
    await served.client.credentials.forget()
    key, secret, token, disabled = await given(served)
    assert key is not None
    assert key.startswith("ASIA")
    assert (secret != SECRET, bool(token), disabled) == (True, True, None)
