"""Bodies in chunks that are signed one by one: AWS's own examples, whose keys and signatures it publishes.

Source: Amazon S3 API reference, "Signature calculations for the Authorization header: transferring payload in multiple chunks",
and "… including trailing headers".
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from workbench.gateway.signatures.aws_chunks import framed, is_framed
from workbench.gateway.signatures.canonical import SignedMessage
from workbench.gateway.signatures.verification import Verification
from workbench.model.failures import ServiceError

SECRETS = {"AKIAIOSFODNN7EXAMPLE": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
THEN = datetime(2013, 5, 24, tzinfo=UTC)
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
EXAMPLES = {
    SIGNED: (
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", {"Content-Length": "66824"}, [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"], b"\r\n"),
    SIGNED + "-TRAILER": (
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", {"X-Amz-Trailer": "x-amz-checksum-crc32c"}, [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"],
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"),
}
"""By kind: the request's signature, the headers that only this example has, the chunks' signatures, what follows the chunks."""


def example(kind: str) -> tuple[SignedMessage, bytes]:
    signature, more, chunks, end = EXAMPLES[kind]
    headers = {"Content-Encoding": "aws-chunked", "Host": "s3.amazonaws.com", "X-Amz-Content-Sha256": kind,
               "X-Amz-Date": "20130524T000000Z", "X-Amz-Decoded-Content-Length": "66560",
               "X-Amz-Storage-Class": "REDUCED_REDUNDANCY", **more}
    names = ";".join(sorted(name.lower() for name in headers))
    credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}"
    message = SignedMessage("PUT", "/examplebucket/chunkObject.txt", CIMultiDict({**headers, "Authorization": authorization}))
    sizes = (65_536, 1024, 0)
    body = b"".join(b"%x;chunk-signature=%s\r\n%s%s" % (size, each.encode(), b"a" * size, b"\r\n" if size else b"")
                    for size, each in zip(sizes, chunks, strict=True))
    return message, body + end


def refused(message: SignedMessage, body: bytes) -> str:
    try:
        Verification(SECRETS.get, lambda: THEN).begin(message).check(body)
    except ServiceError as error:
        return error.code
    return ""


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_published_examples(kind: str) -> None:
    message, body = example(kind)
    assert refused(message, body) == ""
    assert is_framed(message.headers)
    assert framed(body).content == b"a" * 66_560


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize(("old", "new"), [(b"aa\r\n", b"ab\r\n"), (b"=0055", b"=1055"), (b"=1c13", b"=2c13"), (b"sOO8", b"tOO8")])
def test_a_chunk_that_was_changed(kind: str, old: bytes, new: bytes) -> None:
    message, body = example(kind)
    if old in body:
        assert refused(message, body.replace(old, new, 1)) == "InvalidSignatureException"


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_chunk_that_was_left_out(kind: str) -> None:
    message, body = example(kind)
    second = body.index(b"400;")
    assert refused(message, body[:second] + body[body.index(b"0;chunk", second + 1000):]) == "InvalidSignatureException"


@pytest.mark.parametrize("body", [
    b"", b"2\r\na", b"2\r\naabb", b"x\r\n", b"1\r\na\r\n", b"fffffffff\r\n", b"1;chunk-signature=1\r\na\r\n"])
def test_a_body_that_is_not_in_chunks(body: bytes) -> None:
    with pytest.raises(ServiceError) as error:
        framed(body)
    assert error.value.code == "InvalidRequestContentException"


def test_chunks_without_signatures() -> None:
    body = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:sOO8/Q==\r\n\r\n"
    assert framed(body).content == b"abcde"
    assert is_framed(CIMultiDict({"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}))
    assert not is_framed(CIMultiDict({"content-encoding": "gzip"}))
