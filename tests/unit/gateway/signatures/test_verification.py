"""Signatures are verified as AWS verifies them. botocore, which signs what boto3 and the AWS CLI send, is the oracle.

Source of the errors' texts: IAM user guide, "Troubleshoot signed requests for AWS APIs"; recorded answers of services.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from workbench.gateway.signatures.canonical import SignedMessage
from workbench.gateway.signatures.verification import Verification
from workbench.model.failures import ServiceError

HOST = "http://192.0.2.7:9001"
KEY, SECRET = "AKIAWBTEST", "secret/with+all=signs"
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
            "signing method. Consult the service documentation for details.")


def sent(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, *,
         auth: Callable[..., Any] = SigV4Auth, service: str = "lambda", secret: str = SECRET,
         token: str | None = None) -> SignedMessage:
    """A request as botocore signs and sends it."""
    request = AWSRequest(method=method, url=HOST + path, data=body, headers=headers or {})
    auth(Credentials(KEY, secret, token), service, "eu-west-1").add_auth(request)
    prepared = request.prepare()
    return SignedMessage(method, prepared.url.removeprefix(HOST),
                         CIMultiDict({"Host": HOST.removeprefix("http://"), **{name: str(
                             value if isinstance(value, str) else value.decode()) for name, value in prepared.headers.items()}}))


def verify(message: SignedMessage, body: bytes = b"", *, now: datetime | None = None, service: str = "lambda") -> str:
    """"" if the signature is right, else the error's code and message."""
    verification = Verification({KEY: SECRET}.get, lambda: now or datetime.now(UTC))
    try:
        verification.begin(message, service).check(body)
    except ServiceError as error:
        return f"{error.code}: {error.message}" if error.status == 403 else f"status {error.status}"
    return ""


def test_what_botocore_signs_is_right() -> None:
    message = sent("POST", "/2015-03-31/functions/f/invocations?Qualifier=a%20b", b"{}", {"X-Amz-Log-Type": "Tail"})
    assert verify(message, b"{}") == ""


@pytest.mark.parametrize("auth", [SigV4Auth, SigV4QueryAuth])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_botocore_signs_is_right(auth: Callable[..., Any], data: st.DataObject) -> None:
    """Names with any characters, in a path, a query and a header, with any body."""
    text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
    name, value = data.draw(text), data.draw(text)
    body = data.draw(st.binary(max_size=20)) if auth is SigV4Auth else b""  # botocore moves a presigned body into the query
    header = data.draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
    path = f"/2017-03-31/tags/{quote(name, safe='-_.~')}?Qualifier={quote(value, safe='-_.~')}&Marker&MaxItems=1"
    message = sent("POST", path, body, {"X-Amz-Client-Context": header}, auth=auth)
    assert verify(message, body) == ""
    if body:
        assert verify(message, body + b"x") == f"InvalidSignatureException: {MISMATCH}"


@pytest.mark.parametrize("path", ["/bucket/a%20b%2Fc", "/bucket//a/./b", "/", "/b/%E2%82%AC?list-type=2&prefix=a%2Fb"])
def test_a_path_of_s3_is_taken_as_it_is(path: str) -> None:
    assert verify(sent("PUT", path, b"x", auth=S3SigV4Auth, service="s3"), b"x", service="s3") == ""
    assert verify(sent("PUT", path, auth=S3SigV4QueryAuth, service="s3"), b"anything", service="s3") == ""


def changed(message: SignedMessage, *, target: str = "", method: str = "", **headers: str) -> SignedMessage:
    new = CIMultiDict(message.headers)
    for name, value in headers.items():
        new[name.replace("_", "-")] = value
    return SignedMessage(method or message.method, target or message.target, new)


TAMPERED: dict[str, Callable[[SignedMessage], SignedMessage]] = {
    "method": lambda message: changed(message, method="DELETE"),
    "path": lambda message: changed(message, target=message.target.replace("/f/", "/g/")),
    "query": lambda message: changed(message, target=message.target.replace("Qualifier=1", "Qualifier=2")),
    "more query": lambda message: changed(message, target=message.target + "&More=1"),
    "host": lambda message: changed(message, Host="evil.example"),
    "header": lambda message: changed(message, X_Amz_Log_Type="None"),
    "date": lambda message: changed(message, X_Amz_Date=datetime.now(UTC).strftime("%Y%m%dT%H%M58Z")),
    "signature": lambda message: changed(message, Authorization=message.headers["Authorization"][:-1] + "é"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_request_that_was_changed_on_its_way(what: str) -> None:
    message = sent("POST", "/2015-03-31/functions/f/invocations?Qualifier=1", b"{}", {"X-Amz-Log-Type": "Tail"})
    assert verify(TAMPERED[what](message), b"{}") == f"InvalidSignatureException: {MISMATCH}"
    assert verify(message, b"{} ") == f"InvalidSignatureException: {MISMATCH}"


def test_a_header_of_aws_that_was_added_on_the_way() -> None:
    message = changed(sent("POST", "/2015-03-31/functions/f/invocations"), X_Amz_Invocation_Type="Event")
    assert verify(message) == ("InvalidSignatureException: 'x-amz-invocation-type' must be a 'SignedHeader' in the AWS "
                               "Authorization.")


def test_keys_that_were_not_issued_here() -> None:
    message = sent("GET", "/2015-03-31/functions")
    other = changed(message, Authorization=message.headers["Authorization"].replace(KEY, "AKIAOTHER"))
    unknown = "UnrecognizedClientException: The security token included in the request is invalid."
    assert verify(other) == unknown
    assert verify(sent("GET", "/2015-03-31/functions", token="session")) == unknown
    assert verify(sent("GET", "/2015-03-31/functions", secret="wrong")) == f"InvalidSignatureException: {MISMATCH}"


@pytest.mark.parametrize("header", [None, "Bearer token", "Basic eDp5"])
def test_a_request_that_is_not_signed(header: str | None) -> None:
    headers = CIMultiDict({"Host": "x"}) if header is None else CIMultiDict({"Host": "x", "Authorization": header})
    missing = "MissingAuthenticationTokenException: Missing Authentication Token"
    assert verify(SignedMessage("GET", "/2015-03-31/functions", headers)) == missing


INCOMPLETE = {
    "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request": (
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"),
    "AWS3 Credential=a": "Unsupported AWS 'algorithm': 'AWS3' (only AWS4-HMAC-SHA256 for now). ",
}


@pytest.mark.parametrize("header", INCOMPLETE)
def test_a_signature_that_is_not_complete(header: str) -> None:
    message = SignedMessage("GET", "/2015-03-31/functions", CIMultiDict({"Host": "x", "Authorization": header}))
    assert verify(message) == f"IncompleteSignatureException: {INCOMPLETE[header]}"


def test_a_signature_for_something_else() -> None:
    message = sent("GET", "/", service="sqs")
    assert verify(message) == "InvalidSignatureException: Credential should be scoped to correct service: 'lambda'."
    assert verify(message, service="") == ""
    authorization = message.headers["Authorization"]
    without_host = changed(message, Authorization=authorization.replace("SignedHeaders=host;", "SignedHeaders="))
    assert verify(without_host, service="") == (
        "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    day = message.headers["X-Amz-Date"][:8]
    of_1999 = changed(message, Authorization=authorization.replace(day, "19990101"))
    assert verify(of_1999, service="") == (
        "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'19990101' != '{day}', from '{message.headers['X-Amz-Date']}'.")


def at(message: SignedMessage) -> datetime:
    return datetime.strptime(message.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def test_a_signature_is_good_for_five_minutes() -> None:
    message = sent("GET", "/2015-03-31/functions")
    then, minutes = at(message), timedelta(minutes=5)
    for now in (then - minutes, then, then + minutes):
        assert verify(message, now=now) == ""
    late, early = then + minutes + timedelta(seconds=1), then - minutes - timedelta(seconds=1)
    assert verify(message, now=late) == (
        f"InvalidSignatureException: Signature expired: {then:%Y%m%dT%H%M%SZ} is now earlier than "
        f"{late - minutes:%Y%m%dT%H%M%SZ} ({late:%Y%m%dT%H%M%SZ} - 5 min.)")
    assert verify(message, now=early) == (
        f"InvalidSignatureException: Signature not yet current: {then:%Y%m%dT%H%M%SZ} is still later than "
        f"{early + minutes:%Y%m%dT%H%M%SZ} ({early:%Y%m%dT%H%M%SZ} + 5 min.)")


@pytest.mark.parametrize(("expires", "good_s", "said"), [(60, 60, "1 min."), (3600, 900, "15 min."), (61, 61, "61 sec.")])
def test_a_presigned_request_is_good_as_long_as_it_says_but_15_minutes_at_most(expires: int, good_s: int, said: str) -> None:
    message = sent("GET", "/2015-03-31/functions", auth=lambda *given: SigV4QueryAuth(*given, expires=expires))
    then = datetime.strptime(message.parameter("X-Amz-Date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert verify(message, now=then + timedelta(seconds=good_s)) == ""
    assert verify(message, now=then + timedelta(seconds=good_s + 1)).endswith(f"- {said})")


def test_a_presigned_request_that_was_changed() -> None:
    message = sent("GET", "/2015-03-31/functions?MaxItems=1", auth=SigV4QueryAuth)
    assert verify(message) == ""
    assert verify(message, b"body") == f"InvalidSignatureException: {MISMATCH}"
    for old, new in (("MaxItems=1", "MaxItems=2"), ("Expires=3600", "Expires=3601")):
        assert verify(changed(message, target=message.target.replace(old, new))) == f"InvalidSignatureException: {MISMATCH}"
    twice = changed(message, Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert verify(twice).startswith("IncompleteSignatureException: ")


def test_a_body_that_is_not_signed() -> None:
    message = sent("POST", "/2015-03-31/functions/f/invocations", b"", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"},
                   auth=S3SigV4Auth)
    assert message.headers["X-Amz-Content-SHA256"] != "UNSIGNED-PAYLOAD"  # over http botocore signs it all the same

    class Unsigned(SigV4Auth):
        def payload(self, request: Any) -> str:
            return "UNSIGNED-PAYLOAD"

    unsigned = sent("POST", "/f", b"a", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, auth=Unsigned)
    assert verify(unsigned, b"another") == ""
    claimed = sent("POST", "/f", b"a", auth=Unsigned)  # not announced in a header, so it is not accepted
    assert verify(claimed, b"a") == f"InvalidSignatureException: {MISMATCH}"


PARTS = st.sampled_from([
    "", "AWS4-HMAC-SHA256", "Credential=", KEY, "/", "20260101", "us-east-1", "lambda", "aws4_request", "SignedHeaders=", "host",
    ";", "Signature=", "0" * 64, ", ", " ", "=", "é", "\udcff", "%", "%ff", "&", "?", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "-1",
    "X-Amz-Date=", "20260101T000000Z", "99999999T999999Z", "X-Amz-Expires=", "60", "X-Amz-Credential=", "http://[",
    "X-Amz-SignedHeaders=host", "X-Amz-Signature=", "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 99 Foo 2026 99:99:99 +9999",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
ANYTHING = st.lists(PARTS, max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(target=ANYTHING, headers=st.lists(st.tuples(st.sampled_from(
    ["Authorization", "X-Amz-Date", "Date", "Host", "X-Amz-Content-Sha256", "X-Amz-Security-Token"]), ANYTHING), max_size=6))
def test_whatever_comes_is_refused_and_not_a_fault(target: str, headers: list[tuple[str, str]]) -> None:
    assert verify(SignedMessage("GET", "/" + target, CIMultiDict(headers)), service="") != ""
    assert verify(SignedMessage("GET", target, CIMultiDict(headers)), service="") != ""
