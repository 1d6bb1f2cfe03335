"""Reads a subscription to the Telemetry API or the Logs API, and checks it with AWS's defaults and limits.

Source: Lambda guide, "Lambda Telemetry API reference" and "Lambda Logs API"; where the guide names two defaults (maxItems), the
one of AWS's emulator is used.
"""

from __future__ import annotations

from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from workbench.engine.runtime_api.refusal import Refusal

Api = Literal["telemetry", "logs"]
_SCHEMAS: dict[Api, tuple[str, ...]] = {
    "telemetry": ("2022-07-01", "2022-12-13", "2025-01-29"),
    "logs": ("2020-08-15", "2021-03-18"),
}
TYPES = ("platform", "function", "extension")
RESERVED_PORT = 9001
"""The Runtime API's own port in an environment, at which no subscriber can listen."""
_SANDBOX_HOSTS = ("sandbox.localdomain", "sandbox")
_LOCAL_HOSTS = ("localhost", "127.0.0.1")


class Buffering(msgspec.Struct, frozen=True, rename="camel"):
    """When a batch is sent: at a number of records, at a size in bytes, or at a time in ms after its first record."""

    max_items: int = 10_000
    max_bytes: int = 262_144
    timeout_ms: int = 1_000


_LIMITS = (
    ("max_items", "maxItems", 1_000, 10_000),
    ("max_bytes", "maxBytes", 262_144, 1_048_576),
    ("timeout_ms", "timeoutMs", 25, 30_000),
)


class Destination(NamedTuple):
    """Where batches are sent inside the environment; `path` includes the query, and is "" for TCP."""

    protocol: Literal["HTTP", "TCP"]
    port: int
    path: str


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A valid subscription."""

    api: Api
    schema: str
    types: tuple[str, ...]
    buffering: Buffering
    destination: Destination


class _Where(msgspec.Struct, frozen=True):
    protocol: str = ""
    URI: str = ""
    port: int = 0


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    destination: _Where
    types: tuple[str, ...]
    schema_version: str = ""
    buffering: Buffering = Buffering()


def read_subscription(api: Api, body: bytes, *, local_host_allowed: bool) -> Subscription:
    """Read the body of a PUT. Raises Refusal 400 ValidationError.

    `local_host_allowed`: whether subscribers may listen at localhost, besides `sandbox.localdomain`.
    """
    try:
        asked = msgspec.json.decode(body, type=_Body)
    except msgspec.DecodeError as error:
        raise _invalid(str(error)) from error
    schema = asked.schema_version or _SCHEMAS[api][0]
    if schema not in _SCHEMAS[api]:
        raise _invalid(f"schemaVersion must be one of {', '.join(_SCHEMAS[api])}")
    if not asked.types or not set(asked.types) <= set(TYPES):
        raise _invalid(f"types must be some of {', '.join(TYPES)}")
    _check_limits(asked.buffering)
    destination = _destination(asked.destination, (*_SANDBOX_HOSTS, *(_LOCAL_HOSTS if local_host_allowed else ())))
    return Subscription(
        api=api, schema=schema, types=tuple(dict.fromkeys(asked.types)), buffering=asked.buffering, destination=destination
    )


def _check_limits(buffering: Buffering) -> None:
    for field, name, least, most in _LIMITS:
        if not least <= getattr(buffering, field) <= most:
            raise _invalid(f"buffering.{name} must be between {least} and {most}")


def _destination(where: _Where, hosts: tuple[str, ...]) -> Destination:
    if where.protocol == "TCP":
        return Destination("TCP", _port(where.port), "")
    if where.protocol != "HTTP":
        raise _invalid("destination.protocol must be HTTP or TCP")
    # Only the port and the path are used, through the sandbox's own `connect`: whatever the host, the engine sends nothing to
    # this machine or another one. Other hosts are refused because Lambda refuses them.
    try:
        uri = urlsplit(where.URI)
        port = uri.port or 80
    except ValueError:
        raise _invalid("destination.URI is not a valid URI") from None
    if uri.scheme != "http" or uri.hostname not in hosts:
        raise _invalid("destination.URI must be http://sandbox.localdomain:<port>")
    return Destination("HTTP", _port(port), (uri.path or "/") + (f"?{uri.query}" if uri.query else ""))


def _port(port: int) -> int:
    if not 0 < port < 65_536 or port == RESERVED_PORT:
        raise _invalid(f"destination port {port} is not allowed")
    return port


def _invalid(message: str) -> Refusal:
    return Refusal(400, "ValidationError", message)
