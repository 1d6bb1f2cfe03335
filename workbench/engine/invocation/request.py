"""What callers hand to the engine for one invocation, and what they get."""

from __future__ import annotations

import secrets
import time

import msgspec

from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invocation.result import InvocationResult
from workbench.model.function import SandboxKind


class InvokeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An invocation as the API received it. `client_context` is JSON text; `stream` takes the response as it arrives.

    `durable_name` is what the caller calls the durable execution, "" for nothing.
    """

    function_name: str
    payload: bytes
    request_id: str = ""
    sandbox: SandboxKind | None = None
    cold: bool = False
    client_context: str = ""
    trace_id: str = ""
    stream: ResponseStream | None = None
    durable_name: str = ""


class InvokeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers with 200. `durable_arn` is that of the durable execution that was started, "" for none."""

    request_id: str
    trace_id: str
    result: InvocationResult
    durable_arn: str = ""


def new_trace_id() -> str:
    """An X-Ray header of an unsampled request. Source: X-Ray guide, "Tracing header"."""
    root = f"1-{max(int(time.time()), 0):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0;Lineage=1:{secrets.token_hex(4)}:0"
