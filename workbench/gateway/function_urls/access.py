"""Who may call a function URL: everyone whom the resource policy admits (NONE), or whoever signs with an issued key (AWS_IAM).

Keys that the workbench issues are the account's own: they may do what its root user may, and need no policy.
Source: Lambda guide, "Control access to Lambda function URLs"; recorded answers.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.signatures import refusals
from workbench.gateway.signatures.verification import Verification
from workbench.gateway.signed_requests import message_of
from workbench.model.failures import ServiceError

_FORBIDDEN = ("Forbidden. For troubleshooting Function URL authorization issues, see: "
              "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")
_UNSIGNED = "MissingAuthenticationTokenException"


class UrlAccess:
    """Decides about requests. Use it on the server's loop."""

    def __init__(self, resources: Resources, verification: Verification) -> None:
        self._resources = resources
        self._verification = verification

    def check_public(self, record: FunctionUrlRecord) -> None:
        """Raise ServiceError 403 unless everyone may call a URL that asks for no signature."""
        if not self._resources.policies.admits_everyone_by_url(record):
            raise forbidden("The function's resource policy has to allow everyone (\"*\") lambda:InvokeFunctionUrl, with "
                            "FunctionUrlAuthType NONE, and lambda:InvokeFunction, with InvokedViaFunctionUrl: see AddPermission.")

    async def signer(self, record: FunctionUrlRecord, request: web.Request, body: bytes) -> dict[str, Any]:
        """Return who signed a request, as `requestContext.authorizer.iam` has it. Raises ServiceError 403 if nobody did."""
        try:
            signed = self._verification.begin(message_of(request), "lambda")
        except ServiceError as error:
            raise forbidden("Sign the request for the service lambda with a key of: workbench keys add") if (
                error.code == _UNSIGNED) else error from None
        if signed.claim.region != record.scope.region:
            raise refusals.invalid(f"Credential should be scoped to a valid region, not '{signed.claim.region[:50]}'. ")
        await asyncio.to_thread(signed.check, body)
        account = record.scope.account
        return {"accessKey": signed.claim.key_id, "accountId": account, "callerId": account, "cognitoIdentity": None,
                "principalOrgId": None, "userArn": f"arn:{record.scope.partition}:iam::{account}:root", "userId": account}


def forbidden(hint: str) -> ServiceError:
    """Return the refusal of a request that may not call a function URL."""
    return ServiceError("AccessDeniedException", 403, _FORBIDDEN, hint=hint)
