"""Who calls which service in which Region: read from the request's signature, which is not verified.

Source: IAM user guide, "Elements of an AWS API request signature": the credential is
`<key>/<date>/<region>/<service>/aws4_request`; without the Region where a request is signed for several (SigV4a). Amazon S3 user
guide, "Signing and authenticating REST requests": its Signature Version 2, in which SDKs still presign.
"""

from __future__ import annotations

import re

import msgspec
from aiohttp import web

from workbench.model.lambda_names import Scope

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_VERSION_2 = re.compile(r"AWS ([^:\s]+):")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_ACCOUNT = re.compile(r"\d{12}")


class Caller(msgspec.Struct, frozen=True):
    """The scope that a request is signed for, the service that it is meant for and the key ("" if it is not signed)."""

    scope: Scope
    service: str = ""
    key: str = ""


def caller_of(request: web.Request, home: Scope) -> Caller:
    """Return who calls. Unsigned requests count as made in the workspace's Region and account.

    An access key ID of 12 digits is the account, which is how a local endpoint is told of several.
    """
    authorization, query = request.headers.get("Authorization", ""), request.query
    if not authorization and not query:
        return Caller(home)
    credential = query.get("X-Amz-Credential", "")
    if not credential:
        found = _CREDENTIAL.search(authorization)
        credential = found[1] if found is not None else ""
    key, _, rest = credential.partition("/")
    match rest.split("/"):
        case [_, region, service, _]:
            pass
        case [_, service, _]:
            region = ""
        case _:
            return _version_2(request, authorization, home)
    scope = Scope(region if _REGION.fullmatch(region) else home.region, _account(key, home))
    return Caller(scope, service, key)


def _version_2(request: web.Request, authorization: str, home: Scope) -> Caller:
    """Return the caller by an older signature, which only Amazon S3 accepts, or an unknown one."""
    found = _VERSION_2.match(authorization)
    key = found[1] if found is not None else request.query.get("AWSAccessKeyId", "") if "Signature" in request.query else ""
    return Caller(Scope(home.region, _account(key, home)), "s3", key) if key else Caller(home)


def _account(key: str, home: Scope) -> str:
    return key if _ACCOUNT.fullmatch(key) else home.account
