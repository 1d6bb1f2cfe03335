"""What a request claims about its signature, in the Authorization header or in the query of a presigned request.

The order of the checks, and their texts, are the service's. Source: IAM user guide, "Elements of an AWS API request signature"
and "Troubleshoot signed requests for AWS APIs"; recorded answers of services.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from workbench.gateway.signatures import refusals
from workbench.gateway.signatures.canonical import SIGNATURE, SignedMessage

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
LONGEST_S = 604_800
"""The greatest X-Amz-Expires: a week. Source: IAM user guide, "Elements of an AWS API request signature"."""
_MOST_CHARACTERS = 2048
_TIME = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who says to have signed what and when. `lifetime_s` is None for a request that is signed in its header."""

    key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    signed_at: datetime
    session_token: str
    lifetime_s: int | None = None

    @property
    def time(self) -> str:
        """When it was signed, as requests have it."""
        return self.signed_at.strftime(TIME_FORMAT)

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def claim_in(message: SignedMessage) -> Claim:
    """Return a request's claim. Raises ServiceError 403 if it has none, or one that is not complete."""
    header, is_presigned = message.header("Authorization"), bool(message.parameter("X-Amz-Algorithm"))
    if not header and not is_presigned:
        raise refusals.missing()
    if header and is_presigned:
        raise refusals.incomplete("The request is signed twice, in the Authorization header and in its query.")
    return _presigned(message) if is_presigned else _in_header(message, header[:_MOST_CHARACTERS])


def _in_header(message: SignedMessage, header: str) -> Claim:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        if not algorithm.startswith("AWS"):  # a token, or a password: it is not this kind of authorization at all
            raise refusals.missing()
        raise refusals.incomplete(f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). ")
    given = {name: value for name, _, value in (each.strip().partition("=") for each in rest.split(","))}
    absent = [f"Authorization header requires '{name}' parameter." for name in ("Credential", "Signature", "SignedHeaders")
              if not given.get(name)]
    text = message.header("X-Amz-Date") or message.header("Date")
    if not text:
        absent.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if absent:
        raise refusals.incomplete(f"{' '.join(absent)} Authorization={algorithm}")
    return _claim(given, _time(text), message.header("X-Amz-Security-Token"), None)


def _presigned(message: SignedMessage) -> Claim:
    algorithm = message.parameter("X-Amz-Algorithm")
    if algorithm != ALGORITHM:
        raise refusals.incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:100]}' (only {ALGORITHM} for now). ")
    names = {"Credential": "X-Amz-Credential", "Signature": SIGNATURE, "SignedHeaders": "X-Amz-SignedHeaders"}
    given = {name: message.parameter(parameter)[:_MOST_CHARACTERS] for name, parameter in names.items()}
    time, lifetime = message.parameter("X-Amz-Date"), message.parameter("X-Amz-Expires")
    absent = [f"AWS query-string parameters must include '{names[name]}'." for name in names if not given[name]]
    if not time:
        absent.append("AWS query-string parameters must include 'X-Amz-Date'.")
    if absent:
        raise refusals.incomplete(" ".join(absent))
    if not (_DIGITS.fullmatch(lifetime) and 1 <= int(lifetime) <= LONGEST_S):
        raise refusals.incomplete(f"X-Amz-Expires must be a number of seconds from 1 to {LONGEST_S}.")
    return _claim(given, _time(time), message.parameter("X-Amz-Security-Token"), int(lifetime))


def _claim(given: Mapping[str, str], signed_at: datetime, session_token: str, lifetime_s: int | None) -> Claim:
    parts = given["Credential"].split("/")
    if len(parts) != 5:
        raise refusals.incomplete("Credential must have exactly 5 slash-delimited elements, e.g. "
                                  "keyid/date/region/service/term, got " f"'{given['Credential'][:200]}'")
    key_id, date, region, service, terminator = parts
    names = tuple(given["SignedHeaders"].lower().split(";"))
    return Claim(key_id=key_id, date=date, region=region, service=service, terminator=terminator, signed_headers=names,
                 signature=given["Signature"], signed_at=signed_at, session_token=session_token, lifetime_s=lifetime_s)


def _time(text: str) -> datetime:
    try:
        if _TIME.fullmatch(text):
            return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC)
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"Date must be in ISO-8601 'basic format'. Got '{text[:50]}'. See http://en.wikipedia.org/wiki/ISO_8601"
        raise refusals.incomplete(message) from None
