"""Verify a request's signature against the secret of the access key that it names.

In two steps, because the body is part of what is signed: what its headers tell is refused before the body is read. A request that
someone has listened to can be sent again for as long as its time is accepted, which is minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from workbench.gateway.signatures import aws_chunks, refusals
from workbench.gateway.signatures.canonical import EMPTY_HASH, SignedMessage, canonical_request
from workbench.gateway.signatures.claims import TERMINATOR, TIME_FORMAT, Claim, claim_in
from workbench.gateway.signatures.signing import is_same, request_signature, signing_key

CLOCK_SKEW = timedelta(minutes=5)
"""How far a signature's time may be from ours. Source: IAM user guide, "Troubleshoot signed requests": "within five minutes"."""
PRESIGNED_S = 900
"""How long a presigned request is good at most. Observed with presigned requests of AWS STS: "- 15 min." """
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
Secret = Callable[[str], str | None]
"""Returns the secret of an access key, None for a key that was not issued. May block while it reads a small file."""


def _now() -> datetime:
    return datetime.now(UTC)


class Verification:
    """Accepts the signatures of issued keys. Callable from any thread."""

    def __init__(self, secret: Secret, now: Callable[[], datetime] = _now) -> None:
        self._secret = secret
        self._now = now

    def begin(self, message: SignedMessage, service: str = "") -> Signed:
        """Check all that can be before the body has come. `service` is the one that it has to be signed for, "" for any.

        Raises ServiceError 403.
        """
        claim = claim_in(message)
        self._check_time(claim)
        _check_headers(claim, message)
        _check_scope(claim, service)
        if claim.session_token:
            raise refusals.session_token()
        secret = self._secret(claim.key_id)
        if secret is None:
            raise refusals.unknown_key()
        return Signed(message, claim, signing_key(secret, claim))

    def _check_time(self, claim: Claim) -> None:
        now = self._now()
        lifetime = CLOCK_SKEW if claim.lifetime_s is None else timedelta(seconds=min(claim.lifetime_s, PRESIGNED_S))
        if claim.signed_at < now - lifetime:
            raise refusals.invalid(f"Signature expired: {claim.time} is now earlier than {_text(now - lifetime)} "
                                   f"({_text(now)} - {_span(lifetime)})")
        if claim.signed_at > now + CLOCK_SKEW:
            raise refusals.invalid(f"Signature not yet current: {claim.time} is still later than {_text(now + CLOCK_SKEW)} "
                                   f"({_text(now)} + {_span(CLOCK_SKEW)})")


class Signed:
    """A request whose key is known and whose time is right. Its signature is still to be checked."""

    def __init__(self, message: SignedMessage, claim: Claim, key: bytes) -> None:
        self.claim = claim
        self._message = message
        self._key = key

    def check(self, body: bytes) -> None:
        """Raise ServiceError 403 unless the signature is right for this body, which is as it came: compressed, in chunks."""
        kind = self._message.header("X-Amz-Content-Sha256") or self._message.parameter("X-Amz-Content-Sha256")
        is_s3 = self.claim.service == "s3"
        if not kind and is_s3 and self.claim.lifetime_s is not None:
            kind = UNSIGNED_PAYLOAD
        payload_hash = kind if kind in (UNSIGNED_PAYLOAD, *aws_chunks.KINDS) else _hash(body)
        canonical = canonical_request(self._message, self.claim.signed_headers, payload_hash, is_s3=is_s3)
        if not is_same(self.claim.signature, request_signature(self._key, self.claim, canonical)):
            raise refusals.mismatch()
        if kind in (aws_chunks.SIGNED, aws_chunks.TRAILED):
            aws_chunks.check(aws_chunks.framed(body), kind, self._key, self.claim)


def _check_headers(claim: Claim, message: SignedMessage) -> None:
    """Raise ServiceError 403 if a header that decides what the request means is not signed.

    Whoever changes a request on its way could otherwise add headers. Source: IAM user guide, "Create a signed AWS API request":
    the host and all `x-amz-` headers must be signed.
    """
    if "host" not in claim.signed_headers:
        raise refusals.invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in message.headers:
        if name.lower().startswith("x-amz-") and name.lower() not in claim.signed_headers:
            raise refusals.invalid(f"'{name.lower()[:100]}' must be a 'SignedHeader' in the AWS Authorization.")


def _check_scope(claim: Claim, service: str) -> None:
    wrong = []
    if service and claim.service != service:
        wrong.append(f"Credential should be scoped to correct service: '{service}'.")
    if claim.terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{claim.terminator[:50]}'.")
    if claim.date != claim.time[:8]:
        wrong.append("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                     f"'{claim.date[:50]}' != '{claim.time[:8]}', from '{claim.time}'.")
    if wrong:
        raise refusals.invalid(" ".join(wrong))


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest() if body else EMPTY_HASH


def _text(time: datetime) -> str:
    return time.strftime(TIME_FORMAT)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 60} min." if seconds % 60 == 0 else f"{seconds} sec."
