"""A function URL that a template gives to a function: there it is an address that a program in that sandbox can call."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from tests.contract.conftest import StartEngine
from tests.support.workspaces import WorkspaceBuilder

CALLEE = "def handler(event, context):\n    return [event['rawPath'], event['body']]\n"
CALLER = """
    import os, urllib.request
    def handler(event, context):
        url = os.environ["CALLEE"]
        try:
            request = urllib.request.Request(url + "orders/1", b"asked", {"Content-Type": "text/plain"})
            answer = urllib.request.urlopen(request, timeout=10).read().decode()
        except OSError as error:
            answer = repr(error)
        return [url, answer, os.environ["OTHER"]]
"""
OTHER = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/"


async def test_a_function_calls_another_by_its_url(start: StartEngine, tmp_path: Path) -> None:
    """No services endpoint is needed, and an address of a URL that is not here stays as it is."""
    builder = WorkspaceBuilder(tmp_path / "w")
    builder.function("Callee", {"app.py": CALLEE}, properties="FunctionUrlConfig: {AuthType: NONE}")
    builder.function("Caller", {"app.py": CALLER}, timeout_s=20, properties=(
        f"Environment: {{Variables: {{CALLEE: !GetAtt CalleeUrl.FunctionUrl, OTHER: '{OTHER}'}}}}"))
    engine = await start(builder.write())
    address, answer, other = json.loads((await engine.invoke({}, "Caller")).payload)
    assert (json.loads(answer), other) == (["/orders/1", "asked"], OTHER)
    assert urlsplit(address).path.startswith("/_url/")
    assert ".on.aws" not in address
