"""Which service a host name names, and which names are loopback's."""

from __future__ import annotations

import pytest

from workbench.gateway.wire.service_names import service_of_host
from workbench.model.web_pages import is_below_localhost


@pytest.mark.parametrize(("host", "service"), [
    ("localhost:9001", ""), ("127.0.0.1:9001", ""), ("example.com", ""), ("bucket.localhost.example.com", ""),
    ("bucket.localhost:9001", "s3"), ("my.bucket.localhost", "s3"), ("bucket.s3.localhost:9001", "s3"),
    ("BUCKET.S3.EU-WEST-1.LOCALHOST", "s3"), ("s3.localhost", "s3"), ("sqs.us-east-1.localhost:9001", "sqs"),
    ("lambda.localhost:9001", ""), ("lambda.eu-west-1.localhost:9001", ""), ("abc.lambda-url.us-east-1.localhost:9001", ""),
    ("abc.execute-api.us-east-1.localhost:9001", "execute-api"),
])
def test_the_service_of_a_host_name(host: str, service: str) -> None:
    assert service_of_host(host) == service


@pytest.mark.parametrize(("host", "is_below"), [
    ("bucket.localhost:9001", True), ("my.bucket_1.localhost", True), ("localhost:9001", False), (".localhost", False),
    ("bucket.localhost.", False), ("bucket.localhost.example.com", False), ("bucketlocalhost", False), ("a/b.localhost", False),
    ("bücket.localhost", False), ("", False),
])
def test_names_below_localhost(host: str, is_below: bool) -> None:
    """Source: RFC 6761, 6.3."""
    assert is_below_localhost(host) is is_below
