"""What a runtime may and may not ask, by a runtime that tries (a custom one, in a real process)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder

HEAD = """\
#!/usr/bin/env python3
import http.client, json, os, sys
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
BASE = "/2018-06-01/runtime/"
connection = http.client.HTTPConnection(host, int(port))
def call(method, path, body=None, headers={}):
    connection.request(method, BASE + path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()
def next_event():
    status, headers, body = call("GET", "invocation/next")
    return headers["Lambda-Runtime-Aws-Request-Id"], headers, body
def refused(answer):
    return [answer[0], json.loads(answer[2])["errorType"]]
"""


def _workspace(root: Path, script: str, **options: object) -> Path:
    builder = WorkspaceBuilder(root)
    builder.function("Function", {}, runtime="provided.al2023", handler="x", **options)  # type: ignore[arg-type]
    workspace = builder.write()
    (workspace / "function").mkdir()
    bootstrap = workspace / "function" / "bootstrap"
    bootstrap.write_text(HEAD + script)
    bootstrap.chmod(0o755)
    return workspace


async def test_refusals(tmp_path: Path) -> None:
    script = """
early = refused(call("POST", "invocation/none/response", b"1"))
while True:
    rid, headers, body = next_event()
    late_init = refused(call("POST", "init/error", b"{}"))
    wrong = refused(call("POST", "invocation/other/response", b"1"))
    unknown = refused(call("GET", "restore/next"))
    call("POST", f"invocation/{rid}/response", json.dumps([early, late_init, wrong, unknown]))
    second = refused(call("POST", f"invocation/{rid}/response", b"2"))
    print("second", *second, flush=True)
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        invocation = await engine.invoke()
    assert json.loads(invocation.payload) == [
        [403, "InvalidStateTransition"], [403, "InvalidStateTransition"], [400, "InvalidRequestID"], [404, "NotFound"],
    ]
    assert "second 403 InvalidStateTransition" in invocation.log_lines()


async def test_headers_of_an_event(tmp_path: Path) -> None:
    script = """
while True:
    rid, headers, body = next_event()
    call("POST", f"invocation/{rid}/response", json.dumps(headers))
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        invocation = await engine.invoke()
    headers = json.loads(invocation.payload)
    assert headers["Lambda-Runtime-Aws-Request-Id"] == invocation.request_id
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:aws:lambda:us-east-1:123456789012:function:Function"
    assert headers["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
    assert headers["Content-Type"] == "application/json"
    assert invocation.invoke_began_ms is not None
    # The deadline follows this machine's clock as it is set now, events follow it as it was: a millisecond may lie between.
    assert abs(int(headers["Lambda-Runtime-Deadline-Ms"]) - int(invocation.invoke_began_ms) - 10_000) <= 1


async def test_errors_streaming_and_forgotten_answers(tmp_path: Path) -> None:
    script = """
while True:
    rid, headers, body = next_event()
    what = json.loads(body)
    if what == "error":
        document = b'{"errorMessage":"custom","errorType":"Custom.Error"}'
        call("POST", f"invocation/{rid}/error", document, {"Lambda-Runtime-Function-Error-Type": "Custom.Error"})
    elif what == "stream":
        connection.putrequest("POST", BASE + f"invocation/{rid}/response")
        connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        for part in (b'"a', b'bc', b'd"'):
            connection.send(b"%x\\r\\n%s\\r\\n" % (len(part), part))
        connection.send(b"0\\r\\n\\r\\n")
        connection.getresponse().read()
    elif what == "broken stream":
        connection.putrequest("POST", BASE + f"invocation/{rid}/response")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type")
        connection.endheaders()
        connection.send(b"3\\r\\nabc\\r\\n0\\r\\nLambda-Runtime-Function-Error-Type: Runtime.Broken\\r\\n\\r\\n")
        connection.getresponse().read()
    elif what == "forget":
        continue
    elif what == "hang up":
        connection.close()
        raise SystemExit(0)
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        error = await engine.invoke("error")
        streamed = await engine.invoke("stream")
        broken = await engine.invoke("broken stream")
        forgotten = await engine.invoke("forget")
        gone = await engine.invoke("hang up")
        back = await engine.invoke("stream")
    assert (error.payload, error.error_type) == ('{"errorMessage":"custom","errorType":"Custom.Error"}', "Runtime.Unknown")
    assert (streamed.status, streamed.payload) == ("success", '"abcd"')
    assert (broken.status, broken.payload, broken.error_type) == ("error", "abc", "Runtime.Broken")
    assert (forgotten.status, json.loads(forgotten.payload)["errorType"]) == ("error", "Runtime.Unknown")
    assert json.loads(gone.payload)["errorMessage"].endswith("Runtime exited without providing a reason")
    assert back.payload == '"abcd"'


async def test_malformed_http_is_refused_and_harms_nobody(tmp_path: Path) -> None:
    script = """
import socket
with socket.create_connection((host, int(port))) as raw:
    raw.sendall(b"NOT HTTP AT ALL\\r\\n\\r\\n")
    answer = raw.recv(100)
while True:
    rid, headers, body = next_event()
    call("POST", f"invocation/{rid}/response", json.dumps(answer.decode()[:12]))
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        assert (await engine.invoke()).payload == '"HTTP/1.1 400"'


async def test_init_that_never_ends_is_repeated_inside_the_timeout(tmp_path: Path, monkeypatch: object) -> None:
    import workbench.engine.environment.first_init as first_init

    monkeypatch.setattr(first_init, "INIT_LIMIT_S", 0.3)  # type: ignore[attr-defined]
    async with engine_in_test(_workspace(tmp_path, "import time\ntime.sleep(60)\n", timeout_s=1)) as engine:
        invocation = await engine.invoke()
    assert invocation.status == "timeout"
    log = invocation.log_lines()
    assert any(line.startswith("INIT_REPORT") and line.endswith("Phase: init\tStatus: timeout") for line in log), log


async def test_a_client_that_wants_its_connection_closed_gets_that(tmp_path: Path) -> None:
    script = """
import socket
def raw(text):
    with socket.create_connection((host, int(port))) as own:
        own.sendall(text)
        answer = b""
        while part := own.recv(4096):
            answer += part
        return answer.decode()
closed = raw(b"POST /2018-06-01/runtime/init/none HTTP/1.1\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n")
while True:
    rid, headers, body = next_event()
    call("POST", f"invocation/{rid}/response", json.dumps(closed))
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        answer = json.loads((await engine.invoke()).payload)
    assert answer.startswith("HTTP/1.1 404 Not Found\r\n")
    assert "Connection: close\r\n" in answer


async def test_a_body_that_is_shorter_than_announced_is_refused(tmp_path: Path) -> None:
    script = """
import socket
while True:
    rid, headers, body = next_event()
    with socket.create_connection((host, int(port))) as own:
        own.sendall(f"POST {BASE}invocation/{rid}/response HTTP/1.1\\r\\nContent-Length: 100\\r\\n\\r\\nhalf".encode())
        own.shutdown(socket.SHUT_WR)
        answer = own.recv(4096).decode()
    call("POST", f"invocation/{rid}/response", json.dumps(answer))
"""
    async with engine_in_test(_workspace(tmp_path, script)) as engine:
        answer = json.loads((await engine.invoke()).payload)
    assert answer.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.partition("\r\n\r\n")[2]) == {
        "errorMessage": "HTTP request detected as truncated", "errorType": "TruncatedHTTPRequest",
    }
