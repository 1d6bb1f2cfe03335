"""Signs the engine's own requests to other AWS services, as an SDK would.

The access key ID is the account, by which local endpoints tell accounts apart, and the secret is no secret: local endpoints do
not verify it. Source: IAM user guide, "AWS Signature Version 4 for API requests"; botocore does it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workbench.model.lambda_names import Scope

_NO_SECRET = "workbench"  # noqa: S105 - see above


class OwnRequest(msgspec.Struct, frozen=True):
    """A request of the engine's own. `target` is path and query, percent-encoded as they are sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def signed_headers(url: str, request: OwnRequest, service: str, scope: Scope) -> dict[str, str]:
    """Return the headers with a signature for a service in a scope. Blocks: the first call imports botocore."""
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    draft = AWSRequest(request.method, url + request.target, dict(request.headers), request.body)
    signer(Credentials(scope.account, _NO_SECRET), service, scope.region).add_auth(draft)
    return dict(draft.headers.items())
