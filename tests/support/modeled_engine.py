"""An engine under requests from the service model: what was answered as a fault, how memory went, what was left."""

from __future__ import annotations

import http.client
from collections import Counter
from pathlib import Path

import msgspec
import psutil

from tests.support.engines import served
from tests.support.model_requests import ModelRequests
from tests.support.workspaces import WorkspaceBuilder

ANSWER_LIMIT_S = 30
_HEADERS = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
                             "SignedHeaders=host, Signature=0"}


class Findings(msgspec.Struct):
    """`faults`: 5xx and missing answers. `statuses`: how often each came. `memory_mb`: of the engine, early and at the end."""

    faults: list[str] = []
    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    memory_mb: tuple[float, float] = (0, 0)
    log: str = ""


def run(workspace: Path, *, seed: int, requests: int) -> Findings:
    """Send so many requests on connections that are kept, as SDKs do."""
    builder = WorkspaceBuilder(workspace)
    builder.function("Target", {"app.py": "def handler(event, context):\n    return 1\n"})
    found = Findings()
    with served(builder.write(), "--sandbox", "process") as server:
        process = psutil.Process(server.process.pid)
        host = server.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=ANSWER_LIMIT_S)
        early_mb = 0.0
        for number, request in enumerate(ModelRequests(seed).all(requests)):
            try:
                connection.request(request.method, request.path, request.body, {**_HEADERS, **request.headers})
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                found.faults.append(f"{request}: {error!r}")
                connection.close()
                continue
            found.statuses[answer.status] += 1
            if answer.status >= 500 or not answer.headers.get("x-amzn-requestid"):
                found.faults.append(f"{answer.status} for {request}: {body[:300]!r}")
            if number == requests // 10:
                early_mb = process.memory_info().rss / 2**20
        found.memory_mb = (early_mb, process.memory_info().rss / 2**20)
        connection.close()
        found.log = server.stop()
    return found
