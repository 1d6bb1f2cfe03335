"""The filters of event templates: what real services do to a value before they put it into an event.

Each is a pure function of one value. A filter that cannot handle a person's value raises ValueError with the rest of a sentence
that begins with the parameter, which only the caller knows.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote_plus

OMITTED = object()
"""What `or_omit` returns for an empty value; the member that has it is then left out."""


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _integer(value: Any) -> int:
    """Convert to an integer. Raises ValueError if the value is not a whole number."""
    try:
        return int(value)
    except ValueError:
        raise ValueError("is not a whole number") from None


def _parse(text: str) -> Any:
    """Parse JSON text; empty text is null."""
    if not text.strip():
        return None
    try:
        # Python's decoder accepts NaN and Infinity, which are not JSON and which Lambda refuses.
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"is not valid JSON: {name} is not a JSON number")


def _object(text: str) -> dict[str, Any]:
    """Parse a JSON object; empty text is an empty object."""
    value = _parse(text)
    if value is not None and not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    return value or {}


def _json(value: Any) -> str:
    """Encode a value as compact JSON text, for services that put JSON into a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _base64(value: Any) -> str:
    return base64.b64encode(_bytes(value)).decode()


def _gzip(value: Any) -> bytes:
    """Compress without a time stamp, so that the same value gives the same bytes."""
    return gzip.compress(_bytes(value), mtime=0)


def _md5(value: Any) -> str:
    # SQS and S3 use MD5 as a checksum. Without the flag, Pythons in FIPS mode refuse it.
    return hashlib.md5(_bytes(value), usedforsecurity=False).hexdigest()


def _url(value: Any) -> str:
    """Encode an object key as S3 does: space as +, slashes unchanged. Source: S3 guide, "Event message structure"."""
    return quote_plus(str(value), safe="/")


def _lines(text: str) -> list[str]:
    """The lines that are not empty."""
    return [line for line in text.splitlines() if line.strip()]


def _lower_keys(headers: dict[str, Any]) -> dict[str, Any]:
    """Convert header names to lower case, as HTTP APIs, function URLs and load balancers send them."""
    return {name.lower(): item for name, item in headers.items()}


def _lists(headers: dict[str, Any]) -> dict[str, list[Any]]:
    """Put each value into a list of its own: the multi-value form of headers."""
    return {name: [item] for name, item in headers.items()}


def _query_lists(text: str) -> dict[str, list[str]]:
    """Decode a query string, with all values of each name (API Gateway, multi-value)."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _query_last(text: str) -> dict[str, str]:
    """Decode a query string, with the last value of each name (REST API)."""
    return {name: values[-1] for name, values in _query_lists(text).items()}


def _query_joined(text: str) -> dict[str, str]:
    """Decode a query string, with the values of a name joined by commas (payload format 2.0)."""
    return {name: ",".join(values) for name, values in _query_lists(text).items()}


def _query_raw_lists(text: str) -> dict[str, list[str]]:
    """Split a query string without decoding it, as load balancers pass it, with all values of each name."""
    found: dict[str, list[str]] = {}
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        found.setdefault(name, []).append(value)
    return found


def _query_raw(text: str) -> dict[str, str]:
    """Split a query string without decoding it, with the last value of each name."""
    return {name: values[-1] for name, values in _query_raw_lists(text).items()}


def _attribute_value(value: Any) -> dict[str, Any]:
    """Convert a JSON value to DynamoDB's typed form. Source: DynamoDB API reference, AttributeValue."""
    if isinstance(value, bool):  # before numbers: in Python, True is one
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [_attribute_value(item) for item in value]}
    return {"M": _attribute_values(value)} if isinstance(value, dict) else {"N": json.dumps(value)}


def _attribute_values(members: dict[str, Any]) -> dict[str, Any]:
    """Convert the members of a JSON object to DynamoDB attributes."""
    return {name: _attribute_value(item) for name, item in members.items()}


def _sqs_attributes_md5(attributes: dict[str, dict[str, Any]]) -> str:
    """Return the digest that SQS computes of a message's attributes; "" if there are none.

    Source: SQS guide, "Calculating the MD5 message digest for message attributes".
    """
    encoded = b""
    for name, attribute in sorted(attributes.items()):
        is_binary = "binaryValue" in attribute
        text = _bytes(attribute["binaryValue" if is_binary else "stringValue"])
        content = base64.b64decode(text, validate=True) if is_binary else text
        encoded += b"".join((_sized(name.encode()), _sized(_bytes(attribute.get("dataType", "String"))),
                             b"\x02" if is_binary else b"\x01", _sized(content)))
    return _md5(encoded) if encoded else ""


def _sized(part: bytes) -> bytes:
    return struct.pack("!I", len(part)) + part


def _or_null(value: Any) -> Any:
    return None if value in (None, "", {}, []) else value


def _or_omit(value: Any) -> Any:
    return OMITTED if value in (None, "", {}, []) else value


def _iso(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso_ms(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def _epoch_ms(now: datetime) -> int:
    # In integers: a float of seconds times 1000 may be off by a millisecond.
    return int(now.timestamp()) * 1000 + now.microsecond // 1000


def _english(now: datetime, pattern: str) -> str:
    """Format a time with the English name of the month, whatever the locale."""
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[now.month - 1]
    return now.strftime(pattern.replace("%b", month))


FILTERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType({
    "int": _integer,
    "text": str,
    "parse": _parse,
    "object": _object,
    "json": _json,
    "base64": _base64,
    "gzip": _gzip,
    "md5": _md5,
    "url": _url,
    "hex": lambda value: re.sub("[^0-9a-f]", "", str(value).lower()),
    "upper": lambda value: str(value).upper(),
    "lines": _lines,
    "lower_keys": _lower_keys,
    "lists": _lists,
    "query_last": _query_last,
    "query_lists": _query_lists,
    "query_joined": _query_joined,
    "query_raw": _query_raw,
    "query_raw_lists": _query_raw_lists,
    "attribute_values": _attribute_values,
    "sqs_attributes_md5": _sqs_attributes_md5,
    "or_null": _or_null,
    "or_omit": _or_omit,
    "iso": _iso,
    "iso_ms": _iso_ms,
    "epoch_s": lambda now: _epoch_ms(now) // 1000,
    "epoch_ms": _epoch_ms,
    "epoch_fraction": lambda now: _epoch_ms(now) / 1000,
    "request_time": lambda now: _english(now, "%d/%b/%Y:%H:%M:%S +0000"),
    "mail_date": format_datetime,
})
"""The filters by name: conversions, encodings, forms of query strings, headers and DynamoDB items, and formats of the time."""
