"""The Lambda API beside moto's server and MiniStack, in one run: one function, a list of 500, from create to the first answer.

All are asked over one connection with plain HTTP, in turn, so that a busy minute hits all alike. Beside each time is the CPU
time that the server's process took for one call, which a busy machine does not change as much. moto runs functions in images
alone, so its functions are not invoked. ROUNDS makes it shorter or longer.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import statistics
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.measures import in_turns, show
from tests.support.api_clients import zipped
from tests.support.engines import served
from tests.support.peers import MINISTACK, MOTO
from tests.support.workspaces import WorkspaceBuilder

FUNCTIONS = 500
OURS = "Lambda Workbench"
ROLE = "arn:aws:iam::123456789012:role/bench"
PATIENCE_S = 60.0
_TRUST = {"Version": "2012-10-17", "Statement": []}


class Api:
    """A server of the Lambda API, on one connection; `process_id` is that of its process."""

    def __init__(self, url: str, process_id: int) -> None:
        self._process = psutil.Process(process_id)
        parts = urllib.parse.urlsplit(url)
        self._http = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE_S)
        self._numbers = count()
        self._package = base64.b64encode(zipped()).decode()

    def cpu_ms(self) -> float:
        """The CPU time of the server's process, without those that it has started, in milliseconds."""
        times = self._process.cpu_times()
        return (times.user + times.system) * 1000

    def prepare(self) -> None:
        """Have a role and the functions."""
        query = urllib.parse.urlencode({"Action": "CreateRole", "Version": "2010-05-08", "RoleName": "bench",
                                        "AssumeRolePolicyDocument": json.dumps(_TRUST)})
        self._ask("POST", "/", query, service="iam")  # ours has no other services, and does not ask for one
        for number in range(FUNCTIONS):
            self._create(f"listed-{number:03d}")

    def get(self) -> float:
        """GetFunction, in milliseconds."""
        begun = time.perf_counter()
        self._document("GET", "/2015-03-31/functions/listed-250")
        return (time.perf_counter() - begun) * 1000

    def list(self) -> float:
        """ListFunctions, all pages, in milliseconds."""
        begun, marker, found = time.perf_counter(), "", 0
        while True:
            query = f"?Marker={urllib.parse.quote(marker)}" if marker else ""
            page = self._document("GET", f"/2015-03-31/functions{query}")
            found, marker = found + len(page["Functions"]), page.get("NextMarker")
            if not marker:
                break
        took_ms = (time.perf_counter() - begun) * 1000
        assert found >= FUNCTIONS, f"{found} functions were listed"
        return took_ms

    def first_answer(self) -> float:
        """From CreateFunction to the first answer of the function, in milliseconds; the function is then deleted."""
        name = f"new-{next(self._numbers)}"
        begun = time.perf_counter()
        self._create(name)
        while True:
            status, answer = self._ask("POST", f"/2015-03-31/functions/{name}/invocations", "{}")
            if status == 200:
                break
            assert status in (404, 409), answer
            assert time.perf_counter() - begun < PATIENCE_S, answer
        took_ms = (time.perf_counter() - begun) * 1000
        assert json.loads(answer) == "one", answer
        self._ask("DELETE", f"/2015-03-31/functions/{name}")
        return took_ms

    def _create(self, name: str) -> None:
        self._document("POST", "/2015-03-31/functions", json.dumps({
            "FunctionName": name, "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler",
            "Code": {"ZipFile": self._package}}))

    def _document(self, method: str, path: str, body: str = "") -> Any:
        status, answer = self._ask(method, path, body)
        assert status < 300, answer
        return json.loads(answer)

    def _ask(self, method: str, path: str, body: str = "", *, service: str = "lambda") -> tuple[int, bytes]:
        kind = "application/json" if service == "lambda" else "application/x-www-form-urlencoded"
        signed = f"Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {signed}", "Content-Type": kind}
        self._http.request(method, path, body.encode(), headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()


def main() -> None:
    rounds = int(os.environ.get("ROUNDS", "15"))
    with tempfile.TemporaryDirectory() as text, contextlib.ExitStack() as running:
        folder = Path(text)
        workspace = WorkspaceBuilder(folder / "workspace").write()
        ours = running.enter_context(served(workspace, is_whole=True))
        apis = {OURS: Api(ours.url, ours.process.pid)}
        for peer in (MINISTACK, MOTO):
            why = peer.install(folder)
            if why:
                print(f"{peer.name}: not available ({why})")
            else:
                apis[peer.name] = Api(*running.enter_context(peer.served(folder)))
        for name, api in apis.items():
            begun_s = time.monotonic()
            api.prepare()
            print(f"{name}: {FUNCTIONS} functions created in {time.monotonic() - begun_s:.1f} s", flush=True)
        _compare("GetFunction", apis, lambda api: Measured(api, api.get, times=20), rounds)
        _compare(f"ListFunctions of {FUNCTIONS}", apis, lambda api: Measured(api, api.list), rounds)
        invoking = {name: api for name, api in apis.items() if name != MOTO.name}
        _compare("create to first answer", invoking, lambda api: Measured(api, api.first_answer), rounds)
        shutil.rmtree(workspace, ignore_errors=True)


class Measured:
    """A call that is timed, `times` in a row where it is too short to be taken once."""

    def __init__(self, api: Api, call: Callable[[], float], times: int = 1) -> None:
        self._api = api
        self._call = call
        self._times = times
        self._cpu_ms = 0.0
        self._calls = 0

    def __call__(self) -> float:
        before_ms = self._api.cpu_ms()
        took_ms = statistics.median(self._call() for _ in range(self._times))
        self._cpu_ms += self._api.cpu_ms() - before_ms
        self._calls += self._times
        return took_ms

    @property
    def cpu_ms(self) -> float:
        """The server's CPU time for one call."""
        return self._cpu_ms / self._calls


def _compare(what: str, apis: Mapping[str, Api], measured: Callable[[Api], Measured], rounds: int) -> None:
    measures = {name: measured(api) for name, api in apis.items()}
    taken = in_turns(measures, rounds)
    for name, values in taken.items():
        show(f"{what}, {name}", values, taken[OURS] if name != OURS else None, f"CPU {measures[name].cpu_ms:.2f} ms")
    fastest = min(taken, key=lambda name: statistics.median(taken[name]))
    print(f"{what}: {fastest} is first", flush=True)


if __name__ == "__main__":
    main()
