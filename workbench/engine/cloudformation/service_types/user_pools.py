"""AWS::Cognito::UserPool and UserPoolClient. Source: CloudFormation template reference, these types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Made
from workbench.engine.cloudformation.service_types.handler import Properties, ServiceType

_SAME = ("Policies", "AutoVerifiedAttributes", "AliasAttributes", "UsernameAttributes", "MfaConfiguration", "LambdaConfig",
         "Schema", "AdminCreateUserConfig", "AccountRecoverySetting", "EmailConfiguration", "VerificationMessageTemplate",
         "UsernameConfiguration", "DeletionProtection", "UserPoolTags")


def _pool(given: Properties) -> dict[str, Any]:
    return {"PoolName": given.get("UserPoolName", "pool"), **{name: given[name] for name in _SAME if name in given}}


def _made_pool(_given: Properties, _name: str, answer: Mapping[str, Any]) -> Made:
    pool = answer["UserPool"]
    identifier, arn = pool["Id"], pool["Arn"]
    provider = f"cognito-idp.{arn.split(':')[3]}.amazonaws.com/{identifier}"
    return Made(physical_id=identifier, attributes={
        "": identifier, "UserPoolId": identifier, "Arn": arn, "ProviderName": provider, "ProviderURL": f"https://{provider}"})


def _made_client(_given: Properties, _name: str, answer: Mapping[str, Any]) -> Made:
    client = answer["UserPoolClient"]
    identifier = client["ClientId"]
    return Made(physical_id=identifier, attributes={
        "": identifier, "ClientId": identifier, "Name": client.get("ClientName", ""),
        "ClientSecret": client.get("ClientSecret", "")})


USER_POOL_TYPES: Mapping[str, ServiceType] = {
    "AWS::Cognito::UserPool": ServiceType(
        service="cognito-idp", identity=frozenset({"UserPoolName", "Schema", "AliasAttributes", "UsernameAttributes"}),
        create=lambda given: [("create_user_pool", _pool(given))], made=_made_pool,
        update=lambda given, pool: [("update_user_pool", {"UserPoolId": pool, **{
            name: value for name, value in _pool(given).items()
            if name not in ("PoolName", "Schema", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration")}})],
        delete=lambda _given, pool: [("delete_user_pool", {"UserPoolId": pool})]),
    "AWS::Cognito::UserPoolClient": ServiceType(
        service="cognito-idp", identity=frozenset({"UserPoolId", "GenerateSecret"}),
        create=lambda given: [("create_user_pool_client", {"ClientName": "client", **given})], made=_made_client,
        update=lambda given, client: [("update_user_pool_client", {
            "ClientId": client, **{name: value for name, value in given.items() if name != "GenerateSecret"}})],
        delete=lambda given, client: [("delete_user_pool_client", {"UserPoolId": given["UserPoolId"], "ClientId": client})]),
}
"""How each of these types is made."""
