"""Which policies let everyone call a function URL. Source: Lambda guide, "Control access to Lambda function URLs"."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.engine.registry.url_permissions import admit_everyone

URL = {"Action": "lambda:InvokeFunctionUrl", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}
INVOKE = {"Action": "lambda:InvokeFunction", "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}


@pytest.mark.parametrize(("statements", "admits"), [
    ([URL, INVOKE], True), ([INVOKE, URL], True), ([URL], False), ([INVOKE], False), ([], False),
    ([{**URL, "Condition": {}}, {"Action": "lambda:InvokeFunction"}], True),
    ([{"Action": "lambda:*"}], True), ([{"Action": "*"}], True), ([{"Action": "lambda:Invoke[F]*"}], False),
    ([{**URL, "Principal": {"AWS": "*"}}, INVOKE], True),
    ([{**URL, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, INVOKE], False),
    ([{**URL, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}, INVOKE], False),
    ([{**URL, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE", "AWS:SourceAccount": "1"}}}, INVOKE], False),
    ([URL, {**INVOKE, "Condition": {"ArnLike": {"AWS:SourceArn": "arn"}}}], False),
    ([URL, {**INVOKE, "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "false"}}}], False),
])
def test_statements(statements: list[dict[str, Any]], admits: bool) -> None:
    assert admit_everyone([{"Principal": "*", **each} for each in statements]) is admits
