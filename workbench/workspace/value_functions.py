"""The intrinsic functions that need nothing but their arguments: Join, Select, Split, Base64, Length, ToJsonString, Cidr, GetAZs.

Each takes its argument resolved and gives the value, or `Unresolved` where an unknown part decides it. They may raise TypeError,
ValueError, KeyError, IndexError or AttributeError for an argument that CloudFormation would refuse.
Source: CloudFormation template reference, "Intrinsic function reference".
"""

from __future__ import annotations

import base64
import ipaddress
import json
from itertools import islice
from typing import Any

from workbench.workspace.unresolved import Unresolved, unknowns_in
from workbench.workspace.value_text import as_text, shown

_CIDR_MOST = 256
_ADDRESS_BITS = {4: 32, 6: 128}


def join(argument: Any) -> Any:
    """The parts in one text, with the separator between them."""
    separator, parts = argument
    if isinstance(parts, Unresolved):
        return parts
    text = as_text(separator).join(map(as_text, parts))
    return Unresolved(text, unknowns_in(parts)) if unknowns_in(parts) else text


def select(argument: Any) -> Any:
    """One item of a list, counted from 0; a text is a list with commas."""
    index, items = argument
    if isinstance(items, Unresolved) or isinstance(index, Unresolved):
        return _unknown("Fn::Select", [as_text(index), as_text(items)], argument)
    if isinstance(items, str):
        items = items.split(",")
    if int(index) < 0:
        raise IndexError(index)
    return items[int(index)]


def split(argument: Any) -> Any:
    """The parts of a text between the separators."""
    separator, text = argument
    return text if isinstance(text, Unresolved) else as_text(text).split(separator)


def base64_text(argument: Any) -> Any:
    """The text's UTF-8 bytes in base64."""
    return argument if isinstance(argument, Unresolved) else base64.b64encode(as_text(argument).encode()).decode()


def length(argument: Any) -> Any:
    """How many items a list has."""
    return argument if isinstance(argument, Unresolved) else len(argument)


def to_json(argument: Any) -> Any:
    """The value as a JSON document without spaces."""
    text = json.dumps(argument, separators=(",", ":"), default=as_text, ensure_ascii=False)
    return Unresolved(text, unknowns_in(argument)) if unknowns_in(argument) else text


def zones(argument: Any, region: str) -> Any:
    """The first three Availability Zones; which an account has, nobody can know here."""
    if isinstance(argument, Unresolved):
        return argument
    return [(as_text(argument) or region) + letter for letter in "abc"]


def cidr(argument: Any) -> Any:
    """So many blocks of addresses out of a block; the third argument is how many bits of an address they leave."""
    unknowns = unknowns_in(argument)
    if unknowns:
        return _unknown("Fn::Cidr", argument, argument)
    block, count, *bits = argument
    network = ipaddress.ip_network(str(block), strict=False)
    length_bits = _ADDRESS_BITS[network.version] - int(bits[0] if bits else 8)
    if not 1 <= int(count) <= _CIDR_MOST:
        raise ValueError(count)
    blocks = [str(subnet) for subnet in islice(network.subnets(new_prefix=length_bits), int(count))]
    if len(blocks) < int(count):
        raise ValueError(count)
    return blocks


def _unknown(name: str, argument: Any, parts: Any) -> Unresolved:
    return Unresolved(f"<unresolved: {shown(name, argument)}>", unknowns_in(parts))
