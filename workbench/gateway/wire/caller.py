"""Who calls which service in which Region: read from the request's signature, which is not verified.

Source: IAM user guide, "Elements of an AWS API request signature": the credential is
`<key>/<date>/<region>/<service>/aws4_request`.
"""

from __future__ import annotations

import re

import msgspec
from aiohttp import web

from workbench.model.lambda_names import Scope

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_ACCOUNT = re.compile(r"\d{12}")


class Caller(msgspec.Struct, frozen=True):
    """The scope that a request is signed for, and the service that it is meant for ("" if it is not signed)."""

    scope: Scope
    service: str = ""


def caller_of(request: web.Request, home: Scope) -> Caller:
    """Return who calls. Unsigned requests count as made in the workspace's Region and account.

    An access key ID of 12 digits is the account, which is how a local endpoint is told of several.
    """
    credential = request.query.get("X-Amz-Credential", "")
    if not credential:
        found = _CREDENTIAL.search(request.headers.get("Authorization", ""))
        credential = found[1] if found is not None else ""
    key, _, rest = credential.partition("/")
    parts = rest.split("/")
    if len(parts) != 4:
        return Caller(home)
    _, region, service, _ = parts
    scope = Scope(region if _REGION.fullmatch(region) else home.region, key if _ACCOUNT.fullmatch(key) else home.account)
    return Caller(scope, service)
