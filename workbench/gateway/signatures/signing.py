"""Signature Version 4: the key for a scope, and what it makes of a text.

Source: IAM user guide, "Create a signed AWS API request", steps 3 to 5.
"""

from __future__ import annotations

import hashlib
import hmac

from workbench.gateway.signatures.claims import ALGORITHM, Claim


def signing_key(secret: str, claim: Claim) -> bytes:
    """Return the key that a secret access key gives for a claim's date, Region and service."""
    key = ("AWS4" + secret).encode()
    for part in (claim.date, claim.region, claim.service, claim.terminator):
        key = hmac.digest(key, part.encode("utf-8", "surrogateescape"), "sha256")
    return key


def request_signature(key: bytes, claim: Claim, canonical: bytes) -> str:
    """Return the signature of a canonical request."""
    return signature(key, f"{ALGORITHM}\n{claim.time}\n{claim.scope}\n{hashlib.sha256(canonical).hexdigest()}")


def signature(key: bytes, text: str) -> str:
    """Return the signature of a string to sign."""
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), "sha256").hexdigest()


def is_same(given: str, right: str) -> bool:
    """Whether two signatures are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())
