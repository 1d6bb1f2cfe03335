"""The request of one invocation and its outcome, as callers of the engine see them."""

from __future__ import annotations

import time

import msgspec

from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invocation.result import InvocationResult
from workbench.model.function import SandboxKind
from workbench.model.lambda_names import Scope
from workbench.model.random_ids import random_digits


class InvokeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An invocation as the API received it.

    `qualifier` is a version or alias, "" for none; `version` is the one to run of a weighted alias, "" to draw it. `scope` None
    is the workspace's Region and account. An empty `request_id` or `trace_id` (the tracing header) is made up. `sandbox` None
    means the one that is set for the function. `cold`: use a new environment. `client_context` is JSON text. `stream` takes the
    response as it arrives. `durable_name` is the caller's name for the durable execution, "" if it gave none. `tenant_id` is the
    tenant that it is for, "" for none. `is_synchronous`: somebody waits for the answer; the rate of requests per second holds
    only then. `trigger`: what sent it, see `PastInvocation`.
    """

    function_name: str
    payload: bytes
    qualifier: str = ""
    version: str = ""
    scope: Scope | None = None
    request_id: str = ""
    sandbox: SandboxKind | None = None
    cold: bool = False
    client_context: str = ""
    trace_id: str = ""
    stream: ResponseStream | None = None
    durable_name: str = ""
    tenant_id: str = ""
    is_synchronous: bool = True
    trigger: str = ""


class InvokeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers with 200. `executed_version` is the version that ran, for an alias the one that was drawn.

    `durable_arn` is the ARN of the durable execution that was started, "" for none.
    """

    request_id: str
    executed_version: str
    trace_id: str
    result: InvocationResult
    durable_arn: str = ""


def new_trace_id() -> str:
    """Return an X-Ray tracing header of an unsampled request, without a lineage. Source: X-Ray guide, "Tracing header"."""
    # `max`: a clock set to before 1970 would make the hexadecimal number negative.
    digits = random_digits(40)
    return f"Root=1-{max(int(time.time()), 0):08x}-{digits[:24]};Parent={digits[24:]};Sampled=0"
