"""Statements of a function's resource-based policy, as Lambda makes them from the parameters of AddPermission.

Their members have the service's order. Sources: recorded answers of AddPermission; Lambda guide, "Viewing resource-based IAM
policies in Lambda".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.engine.registry.checks import invalid

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ROOT = re.compile(r"arn:aws[a-zA-Z-]*:iam::(\d{12}):root", re.ASCII)
_IDENTITY = re.compile(r"arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+", re.ASCII)
_SERVICE = re.compile(r"[a-zA-Z0-9.-]+\.amazonaws\.com(\.cn)?|alexa-appkit\.amazon\.com", re.ASCII)
"""Source of the one that is no name of AWS: Alexa Skills Kit, "Host a Custom Skill as an AWS Lambda Function"."""


def check_principal(principal: str) -> None:
    """Refuse a principal that is neither `*`, an account, an ARN nor a service. Raises ServiceError."""
    known = (_ACCOUNT, _IDENTITY, _SERVICE)
    if principal != "*" and not any(pattern.fullmatch(principal) for pattern in known):
        raise invalid("The provided principal was invalid. Please check the principal and try again.",
                      "A principal is *, an account ID, the ARN of a user or role, or a service such as s3.amazonaws.com.")


def check_url_condition(parameters: Mapping[str, Any]) -> None:
    """Refuse FunctionUrlAuthType for any other action than the one that it is about. Raises ServiceError."""
    if "FunctionUrlAuthType" in parameters and parameters["Action"] != "lambda:InvokeFunctionUrl":
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
                      "The statement for lambda:InvokeFunction takes InvokedViaFunctionUrl instead.")


def statement_of(parameters: Mapping[str, Any], resource: str, partition: str) -> dict[str, Any]:
    """Return the statement that permits what the parameters of AddPermission ask for, on a resource (an ARN)."""
    statement = {
        "Sid": parameters["StatementId"], "Effect": "Allow", "Principal": _principal(parameters["Principal"], partition),
        "Action": parameters["Action"], "Resource": resource,
    }
    condition = {operator: keys for operator, keys in _conditions(parameters) if keys}
    return {**statement, "Condition": condition} if condition else statement


def parameters_of(statement: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters of AddPermission that make such a statement, without its Sid; None if none do."""
    principal, found = _parameter_of(statement.get("Principal")), {"Action": statement.get("Action")}
    if principal is None or statement.get("Effect") != "Allow" or not isinstance(found["Action"], str):
        return None
    found["Principal"] = principal
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            member = _MEMBERS.get((operator, key))
            if member is None or not isinstance(value, str):
                return None
            found[member] = value == "true" if operator == "Bool" else value
    return found


_MEMBERS = {
    ("StringEquals", "AWS:SourceAccount"): "SourceAccount", ("StringEquals", "lambda:FunctionUrlAuthType"): "FunctionUrlAuthType",
    ("StringEquals", "aws:PrincipalOrgID"): "PrincipalOrgID", ("StringEquals", "lambda:EventSourceToken"): "EventSourceToken",
    ("ArnLike", "AWS:SourceArn"): "SourceArn", ("Bool", "lambda:InvokedViaFunctionUrl"): "InvokedViaFunctionUrl",
}
"""The parameters that conditions are made of, see `_conditions`."""


def _parameter_of(principal: Any) -> str | None:
    if isinstance(principal, dict) and len(principal) == 1:
        principal = principal.get("Service") or principal.get("AWS")
    if not isinstance(principal, str):
        return None
    account = _ROOT.fullmatch(principal)
    return account[1] if account is not None else principal


def _principal(principal: str, partition: str) -> str | dict[str, str]:
    if principal == "*":
        return principal
    if _SERVICE.fullmatch(principal):
        return {"Service": principal}
    return {"AWS": f"arn:{partition}:iam::{principal}:root" if _ACCOUNT.fullmatch(principal) else principal}


def _conditions(parameters: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    yield "StringEquals", _given(parameters, {
        "SourceAccount": "AWS:SourceAccount", "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
        "PrincipalOrgID": "aws:PrincipalOrgID", "EventSourceToken": "lambda:EventSourceToken"})
    yield "ArnLike", _given(parameters, {"SourceArn": "AWS:SourceArn"})
    yield "Bool", _given(parameters, {"InvokedViaFunctionUrl": "lambda:InvokedViaFunctionUrl"})


def _given(parameters: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, str]:
    """Return the condition keys whose parameters are given."""
    return {key: _text(parameters[member]) for member, key in keys.items() if parameters.get(member) not in (None, "")}


def _text(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
