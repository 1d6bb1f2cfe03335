"""An engine under fuzzed requests: what was answered as a fault of ours, what was not answered, what the log has of it."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path

import msgspec

from tests.support.engines import served
from tests.support.local_request_fuzzer import LocalRequestFuzzer
from tests.support.request_fuzzer import RequestFuzzer
from tests.support.request_parts import FUNCTION, Fuzzed, send
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

SEED = 20_261_129
CODE = """
    import os, time
    def handler(event, context):
        time.sleep(event.get("sleep_s", 0) if isinstance(event, dict) else 0)
        return os.environ["AWS_LAMBDA_RUNTIME_API"]
"""
AWAKE_S = 2
"""So long the environment runs whose listener is called, and as long again at rest."""

Address = tuple[str, int]


class Findings(msgspec.Struct):
    """`faults`: requests with 5xx or without an answer. `still_works`: the function is invoked as before, afterwards."""

    faults: list[tuple[str, int, bytes]]
    answered: int = 0
    log: str = ""
    still_works: bool = False


def fuzz(workspace: Path, *, seed: int, requests: int) -> Findings:
    """Send so many, three of four to the engine's address, the others to an environment's while it runs and at rest."""
    builder = WorkspaceBuilder(workspace)
    builder.function(FUNCTION, {"app.py": CODE}, timeout_s=60).write()
    found = Findings(faults=[])
    with served(workspace, "--sandbox", "process") as server:
        connection = read_connection(state_directory(workspace))
        assert connection is not None
        host, _, port = server.url.removeprefix("http://").partition(":")
        address = (host, int(port))
        gateway = RequestFuzzer(seed, connection.token)
        for _ in range(requests * 3 // 4):
            _try(address, gateway.next(), found)
        _fuzz_environment(address, seed, requests // 8, found)
        found.still_works = _invoke(address, {}).startswith(b'"127.0.0.1:')
        found.log = server.stop()
    return found


def _fuzz_environment(address: Address, seed: int, requests: int, found: Findings) -> None:
    host, _, port = msgspec.json.decode(_invoke(address, {}), type=str).partition(":")
    local = LocalRequestFuzzer(seed)
    running = threading.Thread(target=_invoke, args=(address, {"sleep_s": AWAKE_S}))
    running.start()
    for _ in range(requests):
        _try((host, int(port)), local.next(), found)
    running.join()
    for _ in range(requests):
        _try((host, int(port)), local.next(), found)


def _try(address: Address, request: Fuzzed, found: Findings) -> None:
    answer = send(address, request)
    if answer is None:
        return
    found.answered += 1
    if answer.status == 0 or answer.status >= 500:
        found.faults.append((request.what, answer.status, answer.body[:200]))


def _invoke(address: Address, event: object) -> bytes:
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        headers = {"X-Workbench-Sandbox": "process"}  # settings were fuzzed too; and its listener can be called from here
        connection.request("POST", f"/2015-03-31/functions/{FUNCTION}/invocations", msgspec.json.encode(event), headers)
        return connection.getresponse().read()
    finally:
        connection.close()
