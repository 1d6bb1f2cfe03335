"""What an engine's answers, its errors and its silence mean to a caller."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import aiohttp
import msgspec

from workbench.model.engine_api import HINT_HEADER
from workbench.model.failures import EngineError, ServiceError


class InvokeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The Lambda API's answer to an invocation. `function_error` is "" when the function succeeded."""

    request_id: str
    function_error: str
    executed_version: str
    payload: bytes


def no_answer(error: aiohttp.ClientError) -> EngineError:
    """The error for an engine that does not answer."""
    return EngineError(f"The engine does not answer: {error}", _hint(error))


def _hint(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorError) and error.errno == errno.ENETUNREACH:
        return "The loopback network (127.0.0.1) is down; functions and engine speak over it: ip link set lo up"
    return "Start it with 'workbench serve'."


def service_error(status: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """The error that an answer tells."""
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:  # not our engine's answer: another program may listen at its former port
        document = {}
    message = document.get("message") or document.get("Message") or body.decode(errors="replace") or f"HTTP {status}"
    code = headers.get("x-amzn-ErrorType", "ServiceException").split(":")[0]
    return ServiceError(code, status, str(message), hint=unquote(headers.get(HINT_HEADER, "")))
