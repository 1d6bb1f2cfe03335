"""How requests may come: presigned, compressed, after `Expect: 100-continue`, on many connections that are kept.

Source: what botocore, the AWS CLI and curl send; API reference, "Signing AWS API requests".
"""

from __future__ import annotations

import gzip
import http.client
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.api_clients import create
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
