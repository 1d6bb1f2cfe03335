"""The canonical request: the one spelling of a request that both ends sign, however it was written on the wire.

Source: IAM user guide, "Create a signed AWS API request", steps 1 and 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

import msgspec
from multidict import CIMultiDict, CIMultiDictProxy

EMPTY_HASH = hashlib.sha256(b"").hexdigest()
SIGNATURE = "X-Amz-Signature"
"""The parameter of a presigned request that the signature itself is in."""


class SignedMessage(msgspec.Struct, frozen=True):
    """What of an HTTP request a signature may cover. `target` is its path and query as they were sent, percent-encoded."""

    method: str
    target: str
    headers: CIMultiDict[str] | CIMultiDictProxy[str]

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return urlsplit(self.target).path if "://" in self.target.partition("?")[0] else self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[bytes, bytes]]:
        """The parameters of the query, decoded. A plus is a space, as servers read it."""
        pairs = (each.partition("=") for each in self.target.partition("?")[2].split("&") if each)
        return [(_decoded(name), _decoded(value)) for name, _, value in pairs]

    def parameter(self, name: str) -> str:
        """One parameter of the query, "" if it is not there or there more than once: what is signed must be unmistakable."""
        found = [value for key, value in self.query if key == name.encode()]
        return found[0].decode("utf-8", "replace") if len(found) == 1 else ""

    def header(self, name: str) -> str:
        """One header, "" if it is not there or there more than once."""
        found = self.headers.getall(name, [])
        return found[0].strip() if len(found) == 1 else ""


def canonical_request(message: SignedMessage, signed_headers: Iterable[str], payload_hash: str, *, is_s3: bool) -> bytes:
    """Return the canonical request. Amazon S3 encodes a path once and takes it as it is, all other services encode it twice."""
    path = _s3_path(message.path) if is_s3 else _twice_encoded(message.path)
    names = tuple(signed_headers)
    headers = "".join(f"{name}:{_header(message, name)}\n" for name in names)
    lines = (message.method, path, _canonical_query(message), headers, ";".join(names), payload_hash)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _canonical_query(message: SignedMessage) -> str:
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in message.query if name != SIGNATURE.encode())
    return "&".join(f"{name}={value}" for name, value in pairs)


def _header(message: SignedMessage, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in message.headers.getall(name, []))


def _twice_encoded(path: str) -> str:
    """Normalize a path (no empty, `.` or `..` segments), and encode it again, except its slashes."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if segments and path.endswith("/") else ""
    return _encoded(("/" + "/".join(segments) + end).encode("utf-8", "surrogateescape"), keep="/")


def _s3_path(path: str) -> str:
    return "/".join(_encoded(unquote_to_bytes(each.encode("utf-8", "surrogateescape"))) for each in path.split("/")) or "/"


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape"))


def _encoded(text: bytes, keep: str = "") -> str:
    """Encode all but unreserved characters. Source: RFC 3986, 2.3; `quote` keeps these by itself."""
    return quote_from_bytes(text, safe=keep)
