"""Which function URL a request names, and where function URLs are."""

from __future__ import annotations

import pytest

from workbench.gateway.function_urls.addresses import (
    NamedUrl,
    host_of_engine,
    may_name_url,
    named_url,
    program_url_at,
    url_at,
)

ID = "abc123"


@pytest.mark.parametrize(("host", "path", "named"), [
    (f"{ID}.lambda-url.us-east-1.localhost:9001", "/a%20b", NamedUrl(ID, "us-east-1", "/a%20b")),
    (f"{ID.upper()}.Lambda-URL.us-east-1.LOCALHOST", "/", NamedUrl(ID, "us-east-1", "/")),
    (f"{ID}.lambda-url.us-east-1.localhost", "/_workbench/health", NamedUrl(ID, "us-east-1", "/_workbench/health")),
    (f"{ID}.lambda-url.us-east-1.localhost", "/_url/other/", NamedUrl(ID, "us-east-1", "/_url/other/")),
    (f"{ID}.lambda-url.us-east-1.localhost", "*", NamedUrl(ID, "us-east-1", "/*")),
    ("127.0.0.1:9001", f"/_url/{ID}/a/b", NamedUrl(ID, "", "/a/b")),
    ("127.0.0.1:9001", f"/_url/{ID}", NamedUrl(ID, "", "/")),
    ("127.0.0.1:9001", "/_url/", NamedUrl("", "", "/")),
    ("127.0.0.1:9001", "/_url", None),
    ("127.0.0.1:9001", "/2015-03-31/functions", None),
    ("lambda.us-east-1.localhost:9001", "/", None),
    ("a.b.lambda-url.us-east-1.localhost", "/", None),
    ("", "/", None),
])
def test_what_is_named(host: str, path: str, named: NamedUrl | None) -> None:
    assert named_url(host, path) == named
    assert may_name_url(host, path) or named is None


def test_most_requests_are_seen_to_be_for_none() -> None:
    assert not may_name_url("127.0.0.1:9001", "/2015-03-31/functions/F/invocations?Qualifier=/_url/")
    assert may_name_url("127.0.0.1:9001", "http://127.0.0.1:9001/_url/abc123/"), "a whole URL is looked into"


@pytest.mark.parametrize(("address", "url"), [
    ("http://127.0.0.1:9001", f"http://{ID}.lambda-url.eu-west-1.localhost:9001/"),
    ("http://localhost:9001", f"http://{ID}.lambda-url.eu-west-1.localhost:9001/"),
    ("http://[::1]:9001", f"http://{ID}.lambda-url.eu-west-1.localhost:9001/"),
    ("http://box.example:9001", f"http://{ID}.lambda-url.eu-west-1.box.example:9001/"),
    ("http://box", f"http://{ID}.lambda-url.eu-west-1.box/"),
    ("http://192.0.2.1:9001", f"http://192.0.2.1:9001/_url/{ID}/"),
    ("http://[2001:db8::1]:9001", f"http://[2001:db8::1]:9001/_url/{ID}/"),
])
def test_where_it_is(address: str, url: str) -> None:
    """Below a name; an address has no names below it."""
    assert url_at(address, ID, "eu-west-1") == url
    assert program_url_at(address, ID) == f"{address}/_url/{ID}/"


def test_the_engines_own_name() -> None:
    assert host_of_engine(f"{ID}.lambda-url.eu-west-1.box.example:9001") == "box.example"
    assert host_of_engine("box.example:9001") == "box.example:9001"
