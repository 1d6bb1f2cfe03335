"""Requests to function URLs and their answers: payload format 2.0 both ways.

Source: Lambda guide, "Invoking Lambda function URLs", "Control access to Lambda function URLs"; recorded answers of Lambda.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.function_urls import Url


def test_the_whole_event(url: Url) -> None:
    answer = url.send("POST", "/my/pa%20th?a=1&b=x%2Cy&a=2", b'{"n": 1}', Content_Type="application/json", Cookie="one=1; two=2",
                      X_Own="Yes", User_Agent="test", X_Forwarded_For="192.0.2.1")
    event = answer.document
    context = event["requestContext"]
    host, url_id = url.host.partition(":")[0], url.url_id
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/20\d\d:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert isinstance(context.pop("timeEpoch"), int)
    assert context.pop("requestId") == answer.headers["x-amzn-requestid"]
    trace = event["headers"].pop("x-amzn-trace-id")
    assert answer.headers["x-amzn-trace-id"].startswith(trace)
    assert event == {
        "version": "2.0", "routeKey": "$default", "rawPath": "/my/pa%20th", "rawQueryString": "a=1&b=x%2Cy&a=2",
        "cookies": ["one=1", "two=2"], "queryStringParameters": {"a": "1,2", "b": "x,y"},
        "headers": {"accept-encoding": "identity", "content-length": "8", "content-type": "application/json", "host": url.host,
                    "user-agent": "test", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": url.engine.rpartition(":")[2],
                    "x-forwarded-proto": "http", "x-own": "Yes"},
        "requestContext": {
            "accountId": "anonymous", "apiId": url_id, "domainName": host, "domainPrefix": url_id, "routeKey": "$default",
            "http": {"method": "POST", "path": "/my/pa%20th", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                     "userAgent": "test"},
            "stage": "$default"},
        "body": '{"n": 1}', "isBase64Encoded": False, "version_of_code": "$LATEST"}
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["connection"] == "keep-alive"


def test_long_lines_and_headers_arrive(url: Url) -> None:
    """As through a load balancer of AWS: tokens and cookies of browsers have some KB."""
    token, text = "t" * 15_000, "q" * 15_000
    event = url.send(path=f"/?text={text}", Authorization=token, Cookie=f"a={token}").document
    assert (event["headers"]["authorization"], event["cookies"]) == (token, [f"a={token}"])
    assert event["queryStringParameters"] == {"text": text}


def test_the_form_for_programs(url: Url) -> None:
    """Without a name below localhost: the same function, the same event."""
    address = urlsplit(url.engine).netloc
    event = url.send(path=f"/_url/{url.url_id}/a/b?c=d", host=address).document
    assert (event["rawPath"], event["rawQueryString"], event["headers"]["host"]) == ("/a/b", "c=d", address)
    assert event["requestContext"]["domainPrefix"] == url.url_id
    assert url.send(path=f"/_url/{url.url_id}", host=address).document["rawPath"] == "/"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_calls_the_url_as_it_is(url: Url) -> None:
    command = ["curl", "-sS", "--noproxy", "*", "-d", "a=1", f"{url.url}form"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    event = json.loads(done.stdout)
    assert (event["rawPath"], event["requestContext"]["http"]["method"], event["isBase64Encoded"]) == ("/form", "POST", True)
    assert base64.b64decode(event["body"]) == b"a=1"


@pytest.mark.parametrize(("answer", "body"), [
    ("hello", b"hello"), ({"a": 1}, b'{"a": 1}'), (None, b"null"), ([1, 2], b"[1, 2]")])
def test_an_answer_without_a_status(url: Url, answer: Any, body: bytes) -> None:
    """Recorded: a string comes without its quotes."""
    told = url.answered(answer)
    assert (told.status, told.headers["content-type"], told.body) == (200, "application/json", body)


def test_half_characters_are_question_marks(url: Url) -> None:
    """JavaScript's JSON.stringify writes an emoji that was cut in two as half of a pair. HTTP has none."""
    told = url.answered({"statusCode": 200, "headers": {"x-own": "cut \ud83d"}, "cookies": ["a=\ud83d"], "body": "cut \ud83d"})
    assert (told.status, told.body, told.headers["x-own"], told.headers["set-cookie"]) == (200, b"cut ?", "cut ?", "a=?")
    assert url.answered("cut \ud83d").body == b"cut ?"


def test_an_answer_with_everything(url: Url) -> None:
    """Recorded: a status may be a string; headers that Lambda sets itself are kept under another name."""
    told = url.answered({
        "statusCode": "418", "headers": {"Content-Type": "image/png", "X-Own": "yes", "WWW-Authenticate": "Basic", "X-Number": 1,
                                         "Transfer-Encoding": "gzip"},
        "cookies": ["a=1; Max-Age=5", "b=2"], "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True})
    assert (told.status, told.body) == (418, b"\x00\xff")
    assert told.headers.items() >= {
        "content-type": "image/png", "x-own": "yes", "x-number": "1", "set-cookie": "a=1; Max-Age=5|b=2",
        "x-amzn-remapped-www-authenticate": "Basic"}.items()
    assert "transfer-encoding" not in told.headers


@pytest.mark.parametrize("answer", [
    {"statusCode": 200, "body": {"no": "text"}}, {"statusCode": "ok"}, {"statusCode": 99}, {"statusCode": True},
    {"statusCode": 200, "headers": ["a"]}, {"statusCode": 200, "headers": {"a b": "c"}}, {"statusCode": 200, "cookies": "a=1"},
    {"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, {"statusCode": 200, "body": "%", "isBase64Encoded": True}])
def test_what_is_no_answer(url: Url, answer: Any) -> None:
    told = url.answered(answer)
    assert (told.status, told.headers["content-type"], told.body) == (502, "application/json", b"Internal Server Error")
    assert told.headers["x-workbench-hint"]


def test_a_function_that_fails_or_takes_too_long(url: Url) -> None:
    for headers, error_type in (({"x_fail": "boom"}, "ValueError"), ({"x_sleep": "1"}, "Sandbox.Timedout")):
        told = url.send(**headers)
        assert (told.status, told.body) == (502, b"Internal Server Error")
        assert told.headers["x-workbench-hint"] == f"The function failed: {error_type}."
        assert "boom" not in str(told), "what failed is the log's alone"


def test_a_function_that_is_throttled(client: Any, url: Url) -> None:
    """Source: Lambda guide: a reserved concurrency of 0 deactivates a function URL, which answers 429."""
    client.put_function_concurrency(FunctionName="Open", ReservedConcurrentExecutions=0)
    told = url.send()
    client.delete_function_concurrency(FunctionName="Open")
    assert (told.status, told.headers["x-amzn-errortype"]) == (429, "TooManyRequestsException")
    assert told.document == {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User",
                             "message": "Rate Exceeded."}


def test_bodies_up_to_6_mb(url: Url) -> None:
    """Also once a body has become base64: the event has the limit."""
    limit = 6 * 1024 * 1024
    for size in (limit + 1, limit - 100):
        told = url.send("POST", body=b"x" * size, Content_Type="application/octet-stream")
        assert (told.status, told.document) == (413, {
            "Message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"})
    told = url.send("POST", body=b"x" * (limit - 4096), Content_Type="text/plain", x_answer='"taken"')
    assert (told.status, told.body) == (200, b"taken")
