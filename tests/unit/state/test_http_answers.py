"""What an answer is to an HTTP client. Shapes: Lambda guide and API Gateway guide, "Lambda proxy integrations"."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from workbench.state.http_answers import Front, front_of, http_answer, request_line

V2 = {"version": "2.0", "requestContext": {"http": {"method": "GET", "path": "/orders"}}}
V1 = {"httpMethod": "POST", "path": "/orders", "requestContext": {"stage": "prod"}}
ELB = {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {"targetGroupArn": "arn"}}}


@pytest.mark.parametrize(("event", "front", "line"), [
    (V2, "format 2.0", "GET /orders"), (V1, "format 1.0", "POST /orders"), (ELB, "load balancer", "GET /"),
    ({"Records": []}, "", ""), ({"requestContext": {"stage": "x"}}, "", ""), ({"requestContext": "text"}, "", ""), ([1], "", "")])
def test_the_front_is_told_by_the_event(event: Any, front: str, line: str) -> None:
    assert front_of(json.dumps(event)) == front
    assert request_line(json.dumps(event)) == line


def test_a_response_with_all_its_parts() -> None:
    answer = http_answer(json.dumps({
        "statusCode": 201, "headers": {"Content-Type": "image/png; q=1", "x-n": 1}, "multiValueHeaders": {"Vary": ["a", "b"]},
        "cookies": ["a=1; Path=/"], "isBase64Encoded": True, "body": base64.b64encode(b"\x89PNG").decode(),
    }).encode(), "format 1.0")
    assert answer is not None
    assert (answer.status, answer.cookies, answer.body, answer.media_type, answer.problem) == (
        201, ("a=1; Path=/",), b"\x89PNG", "image/png", "")
    assert answer.headers == (("Vary", "a"), ("Vary", "b"), ("Content-Type", "image/png; q=1"), ("x-n", "1"))


@pytest.mark.parametrize(("document", "front", "status"), [
    ({"statusCode": "404"}, "format 1.0", 404), ({"ok": True}, "format 2.0", 200), ("text", "format 2.0", 200),
    ({"ok": True}, "format 1.0", None), ({"statusCode": 200}, "", None), ({"statusCode": 200, "body": ""}, "", 200),
    ({"statusCode": True, "body": ""}, "", None), ({"statusCode": 99_999, "body": ""}, "", None), ([1], "", None)])
def test_what_counts_as_a_response(document: Any, front: Front, status: int | None) -> None:
    answer = http_answer(json.dumps(document).encode(), front)
    assert (answer.status if answer is not None else None) == status


def test_an_answer_of_format_2_without_a_status_is_json() -> None:
    answer = http_answer(b'{"ok": true}', "format 2.0")
    assert answer is not None
    assert (answer.media_type, answer.body) == ("application/json", b'{"ok": true}')


def test_what_a_front_would_refuse_is_told() -> None:
    wrong = http_answer(b'{"statusCode": 200, "body": {"a": 1}}', "format 1.0")
    broken = http_answer(b'{"statusCode": 200, "body": "no base64!", "isBase64Encoded": true}', "format 1.0")
    assert wrong is not None
    assert broken is not None
    assert wrong.problem.startswith("The body is no string")
    assert broken.problem == "isBase64Encoded is true, but the body is no base64."
    assert broken.body == b"no base64!"


def test_a_streamed_response_begins_with_its_metadata() -> None:
    answer = http_answer(b'{"statusCode": 418, "headers": {"content-type": "text/html"}}' + b"\0" * 8 + b"<p>tea", "")
    assert answer is not None
    assert (answer.status, answer.media_type, answer.body) == (418, "text/html", b"<p>tea")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'{"statusCode"', b"\0" * 16])
def test_what_is_no_document_is_no_response(content: bytes) -> None:
    assert http_answer(content, "format 1.0") is None
