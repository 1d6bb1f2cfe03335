"""boto3 for an engine: clients of several Regions and accounts, packages, and errors as the service sends them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/test"
HANDLER = "def handler(event, context):\n    return 'one'\n"
VARYING = ("RevisionId", "LastModified", "CodeSha256", "CodeSize", "RuntimeVersionConfig")
"""Members of an answer that a literal comparison looks at on its own."""


class Refusal(msgspec.Struct, frozen=True):
    """An error as the service sends it. `body` has the members of the document, whose spelling differs from error to error."""

    status: int
    code: str
    body: Mapping[str, Any]


def lambda_client(url: str, *, region: str = REGION, key: str = "test", service: str = "lambda") -> Any:
    """A client that changes nothing but the endpoint; it does not try again, so that each answer is seen."""
    return boto3.client(service, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key="test",
                        config=Config(retries={"max_attempts": 0}, parameter_validation=False))


def zipped(files: Mapping[str, str] | str = HANDLER, mode: int = 0o644) -> bytes:
    """A package; text alone is app.py. Everyone may read its files, which Lambda's user is not allowed with `writestr` alone."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in ({"app.py": files} if isinstance(files, str) else files).items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return content.getvalue()


def create(client: Any, name: str, **parameters: Any) -> dict[str, Any]:
    """Create a Python function and wait until it is active; returns the answer of CreateFunction."""
    given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": zipped()}, **parameters}
    answer = client.create_function(FunctionName=name, **given)
    waited(client, "function_active_v2", name)
    return plain(answer)


def waited(client: Any, waiter: str, name: str) -> None:
    """Wait with one of botocore's waiters, asking more often than it would by itself."""
    client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500})


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what botocore adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def settled(description: Mapping[str, Any]) -> dict[str, Any]:
    """A description without the members that vary."""
    return {name: value for name, value in description.items() if name not in VARYING}


def refused(call: Callable[..., Any], **parameters: Any) -> Refusal:
    """Make a call that has to fail."""
    try:
        answer = call(**parameters)
    except ClientError as error:
        response = dict(error.response)
        body = {name: response[name] for name in ("Type", "message", "Message", "Reason") if name in response}
        details = response["ResponseMetadata"]
        assert details["HTTPHeaders"].get("x-amzn-requestid"), "every answer has a request id"
        if not body:  # botocore leaves the document out where the model does not know the error
            body = {"message": response["Error"]["Message"]}
        return Refusal(details["HTTPStatusCode"], response["Error"]["Code"], body)
    raise AssertionError(f"This was answered: {answer}")
