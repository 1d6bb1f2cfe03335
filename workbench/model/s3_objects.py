"""Where something is in Amazon S3."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

_SCHEME = "s3://"


class S3Object(msgspec.Struct, frozen=True):
    """An object in a bucket; `version` is "" for the latest."""

    bucket: str
    key: str
    version: str = ""

    @property
    def url(self) -> str:
        """Its address as SAM templates have it: `s3://bucket/key`, with `?versionId=…`."""
        query = f"?versionId={quote(self.version, safe='')}" if self.version else ""
        return f"{_SCHEME}{self.bucket}/{quote(self.key, safe='/')}{query}"


def s3_object(url: str) -> S3Object | None:
    """Read an address as SAM templates have it; None for anything else."""
    if not url.startswith(_SCHEME):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # a host in brackets
        return None
    key = unquote(parts.path.removeprefix("/"))
    version = parse_qs(parts.query).get("versionId", [""])[0]
    return S3Object(parts.netloc, key, version) if parts.netloc and key else None
