"""How requests may come: presigned, compressed, after `Expect: 100-continue`, on many connections that are kept; and how they may
end.

Source: what botocore, the AWS CLI and curl send; API reference, "Signing AWS API requests".
"""

from __future__ import annotations

import asyncio
import datetime
import gzip
import http.client
import json
import os
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.api_clients import create, zipped
from tests.support.engines import until
from tests.support.shared_engine import SharedEngine

PARALLEL, EACH = 100, 5
INVOKE = "/2015-03-31/functions/FromTemplate/invocations"


def connected(engine: SharedEngine) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(engine.url.removeprefix("http://"), timeout=60)


def test_a_presigned_request_is_as_good_as_a_signed_one(client: Any, engine: SharedEngine) -> None:
    url = client.generate_presigned_url("get_function", Params={"FunctionName": "FromTemplate"})
    assert url.startswith(engine.url)
    with urllib.request.urlopen(url) as answer:
        assert json.load(answer)["Configuration"]["FunctionName"] == "FromTemplate"


def test_a_body_may_be_compressed(engine: SharedEngine) -> None:
    connection = connected(engine)
    connection.request("POST", INVOKE, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'"template"')
    connection.close()


def test_a_chunked_body(engine: SharedEngine) -> None:
    connection = connected(engine)
    connection.request("POST", INVOKE, iter([b'{"a"', b": 1}"]), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'"template"')
    connection.close()


def test_a_client_that_waits_for_100_continue(engine: SharedEngine) -> None:
    connection = connected(engine)
    connection.putrequest("POST", INVOKE)
    connection.putheader("Expect", "100-continue")
    connection.putheader("Content-Length", "2")
    connection.endheaders()
    assert connection.sock.recv(1024).startswith(b"HTTP/1.1 100 Continue")
    connection.send(b"{}")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'"template"')
    connection.close()


def test_many_clients_keep_their_connections(client: Any, engine: SharedEngine) -> None:
    create(client, "shared-by-many")

    def ask(number: int) -> list[int]:
        connection = connected(engine)
        statuses = []
        for _ in range(EACH):
            connection.request("GET", "/2015-03-31/functions/shared-by-many")
            answer = connection.getresponse()
            answer.read()
            assert answer.will_close is False
            statuses.append(answer.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(PARALLEL) as threads:
        assert list(threads.map(ask, range(PARALLEL))) == [[200] * EACH] * PARALLEL
    client.delete_function(FunctionName="shared-by-many")


def test_a_connection_that_is_closed_leaves_nothing(engine: SharedEngine) -> None:
    process = psutil.Process(engine.process.process.pid)
    before = process.num_fds() if os.name == "posix" else 0
    connections = [connected(engine) for _ in range(PARALLEL)]
    for connection in connections:
        connection.request("GET", "/2015-03-31/functions")
        with connection.getresponse() as answer:
            assert answer.read()
    for connection in connections:
        connection.close()
    asyncio.run(until(lambda: os.name != "posix" or process.num_fds() <= before))


def test_a_body_in_aws_chunks(engine: SharedEngine) -> None:
    """What SDKs send for a stream; nothing is verified on loopback."""
    connection = connected(engine)
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    connection.request("POST", INVOKE, b"2\r\n{}\r\n0\r\n\r\n", headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'"template"')
    connection.close()


@pytest.mark.parametrize("auth", [SigV4Auth, SigV4QueryAuth])
def test_clock_skew_is_not_an_error(auth: Any, engine: SharedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for then in (datetime.datetime(2001, 9, 9), datetime.datetime(2099, 1, 1)):
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, then=then, **__: then)
        request = AWSRequest(method="GET", url=engine.url + "/2015-03-31/functions/FromTemplate")
        auth(Credentials("any", "any"), "lambda", "us-east-1").add_auth(request)
        assert "20010909T000000Z" in f"{request.url}{request.headers}" or then.year == 2099
        with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers.items()))) as answer:
            assert answer.status == 200


ANSWERS = {
    "a list": ("GET", "/2015-03-31/functions", b"", {}, 200),
    "an invocation": ("POST", INVOKE, b"{}", {}, 200),
    "a dry run": ("POST", INVOKE, b"{}", {"X-Amz-Invocation-Type": "DryRun"}, 204),
    "nothing left": ("DELETE", "/2017-10-31/functions/FromTemplate/concurrency", b"", {}, 204),
    "no function": ("GET", "/2015-03-31/functions/nowhere", b"", {}, 404),
    "no operation": ("GET", "/nowhere", b"", {}, 404),
    "no method": ("PATCH", "/2015-03-31/functions", b"", {}, 404),
    "no JSON": ("POST", "/2015-03-31/functions", b"{", {}, 400),
    "a broken constraint": ("POST", "/2015-03-31/functions", b"{}", {}, 400),
    "too large": ("POST", INVOKE, b" " * 6_291_557, {}, 413),
    "no gzip": ("POST", INVOKE, b"{}", {"Content-Encoding": "gzip"}, 400),
    "another service": ("GET", "/", b"", {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/x-y-1/sqs/aws4_request"}, 400),
    "a page": ("GET", "/2015-03-31/functions", b"", {"Origin": "http://evil.example"}, 403),
    "another host": ("GET", "/2015-03-31/functions", b"", {"Host": "evil.example"}, 403),
    "no token": ("GET", "/_workbench/health", b"", {}, 403),
    "a download that is not ours": ("GET", "/_code/x", b"", {}, 403),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_has_a_request_id(what: str, engine: SharedEngine) -> None:
    """Source: recorded answers of the service: a UUID in lower case, with lists and errors too."""
    method, path, body, headers, status = ANSWERS[what]
    connection = connected(engine)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-RequestId"])
    assert bool(answer.headers["x-amzn-ErrorType"]) is (status >= 400)
    connection.close()


WAITS = """
import os, time
def handler(event, context):
    open(event["begun"], "w").close()
    while not os.path.exists(event["go"]):
        time.sleep(0.01)
    open(event["done"], "w").close()
    return "nobody hears this"
"""


@pytest.mark.parametrize("path", [
    "2015-03-31/functions/waits/invocations", "2021-11-15/functions/waits/response-streaming-invocations"])
def test_an_invocation_whose_client_vanished_runs_to_its_end(
    path: str, client: Any, engine: SharedEngine, tmp_path: Path
) -> None:
    """Source: Lambda guide, "Invoke a function synchronously": the function runs on when the client disconnects."""
    create(client, "waits", Code={"ZipFile": zipped(WAITS)})
    event = {name: str(tmp_path / name) for name in ("begun", "go", "done")}
    connection = connected(engine)
    connection.request("POST", f"/{path}", json.dumps(event))
    asyncio.run(until((tmp_path / "begun").exists))
    connection.close()
    (tmp_path / "go").touch()
    asyncio.run(until((tmp_path / "done").exists))
    (tmp_path / "done").unlink()
    # Its environment is free again: the next one runs in it, and is answered.
    assert json.load(client.invoke(FunctionName="waits", Payload=json.dumps(event).encode())["Payload"]) == "nobody hears this"
    client.delete_function(FunctionName="waits")
