"""Calls of a served engine with nothing but the standard library: cold invocations, and what the journal says of them."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

PATIENCE_S = 30.0


class EngineCalls:
    """One keep-alive connection to the engine of a workspace."""

    def __init__(self, workspace: Path) -> None:
        connection = read_connection(state_directory(workspace))
        assert connection is not None, "no engine serves this workspace"
        self._token = connection.token
        parts = urlparse(connection.url)
        self._http = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        self._seq = 0
        self._alive: set[str] = set()

    def warm(self, function: str, sandbox: str = "") -> float:
        """An invocation, of a warm environment where there is one: milliseconds from request to answer."""
        begin = time.perf_counter()
        answer = self._ask("POST", f"/2015-03-31/functions/{function}/invocations", _in(sandbox), b"{}")
        answer.read()
        return (time.perf_counter() - begin) * 1000

    def cold(self, function: str, sandbox: str = "") -> tuple[float, float]:
        """A cold invocation: milliseconds from request to answer, and the milliseconds of INIT in it."""
        begin = time.perf_counter()
        headers = {"X-Workbench-Cold": "true", **_in(sandbox)}
        answer = self._ask("POST", f"/2015-03-31/functions/{function}/invocations", headers, b"{}")
        took_ms = (time.perf_counter() - begin) * 1000
        assert not answer.headers.get("X-Amz-Function-Error"), answer.read()
        answer.read()
        events = self._events(str(answer.headers["x-amzn-RequestId"]))
        init = next(event["record"] for event in events if event["type"] == "platform.initReport")
        return took_ms, float(init["metrics"]["durationMs"])

    def rest(self, function: str) -> None:
        """Stop the function's environments; returns when nothing is left of any, those retired earlier included."""
        self._ask("DELETE", f"/_workbench/environments?functionName={function}", {}, b"").read()
        while self._follow():
            time.sleep(0.02)

    def environments(self) -> list[dict[str, Any]]:
        """Those that exist."""
        found: list[dict[str, Any]] = self._document("/_workbench/environments")
        return found

    def wait_until_prepared(self) -> None:
        """Return when a sandbox is kept ready."""
        begin = time.monotonic()
        while not any(environment["isSpare"] for environment in self.environments()):
            assert time.monotonic() - begin < PATIENCE_S, "no sandbox is kept ready: is memory short, or could none be made?"
            time.sleep(0.02)

    def _follow(self) -> set[str]:
        """The environments that exist, from the events up to now."""
        for event in self._document(f"/_workbench/events?since={self._seq}"):
            self._seq = event["seq"]
            if event["type"] == "sandbox.creating":
                self._alive.add(event["environmentId"])
            elif event["type"] == "sandbox.stopped":
                self._alive.discard(event["environmentId"])
        return self._alive

    def change_settings(self, settings: dict[str, Any]) -> None:
        """PUT the settings document."""
        answer = self._ask("PUT", "/_workbench/settings", {}, json.dumps(settings).encode())
        assert answer.status == 200, answer.read()
        answer.read()

    def _events(self, request_id: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self._document(f"/_workbench/invocations/{request_id}")
        return events

    def _document(self, path: str) -> Any:
        return json.loads(self._ask("GET", path, {}, b"").read())

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> http.client.HTTPResponse:
        self._http.request(method, path, body, {**headers, "Authorization": f"Bearer {self._token}"})
        answer = self._http.getresponse()
        assert answer.status < 400, answer.read()
        return answer


def _in(sandbox: str) -> dict[str, str]:
    return {"X-Workbench-Sandbox": sandbox} if sandbox else {}
