"""The intrinsic functions that need only their arguments: Join, Select, Split, Base64, Length, ToJsonString, Cidr, GetAZs.

Each takes its argument resolved and returns the value, `Unresolved` if it depends on an unknown part. They may raise TypeError,
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
    """Join the parts into one text, with the separator between them."""
    separator, parts = argument
    if isinstance(parts, Unresolved):
        return parts
    text = as_text(separator).join(map(as_text, parts))
    return Unresolved(text, unknowns_in(parts)) if unknowns_in(parts) else text


def select(argument: Any) -> Any:
    """Return one item of a list, counted from 0; a text is split at its commas."""
    index, items = argument
    if isinstance(items, Unresolved) or isinstance(index, Unresolved):
        return _unknown("Fn::Select", [as_text(index), as_text(items)], argument)
    if isinstance(items, str):
        items = items.split(",")
    if int(index) < 0:  # Python would count from the end
        raise IndexError(index)
    return items[int(index)]


def split(argument: Any) -> Any:
    """Split a text at the separator."""
    separator, text = argument
    return text if isinstance(text, Unresolved) else as_text(text).split(separator)


def base64_text(argument: Any) -> Any:
    """Encode the text's UTF-8 bytes in base64."""
    return argument if isinstance(argument, Unresolved) else base64.b64encode(as_text(argument).encode()).decode()


def length(argument: Any) -> Any:
    """Return the number of items in a list."""
    return argument if isinstance(argument, Unresolved) else len(argument)


def to_json(argument: Any) -> Any:
    """Encode the value as JSON without spaces."""
    text = json.dumps(argument, separators=(",", ":"), default=as_text, ensure_ascii=False)
    return Unresolved(text, unknowns_in(argument)) if unknowns_in(argument) else text


def zones(argument: Any, region: str) -> Any:
    """Return the first three Availability Zones of a Region; which ones an account has cannot be known here."""
    if isinstance(argument, Unresolved):
        return argument
    return [(as_text(argument) or region) + letter for letter in "abc"]


def cidr(argument: Any) -> Any:
    """Split a block of addresses; the arguments are the block, the number of subblocks and the host bits of each (default 8)."""
    unknowns = unknowns_in(argument)
    if unknowns:
        return _unknown("Fn::Cidr", argument, argument)
    block, count, *bits = argument
    network = ipaddress.ip_network(str(block), strict=False)
    length_bits = _ADDRESS_BITS[network.version] - int(bits[0] if bits else 8)
    if not 1 <= int(count) <= _CIDR_MOST:
        raise ValueError(count)
    # islice: a large block has millions of subnets, of which at most 256 are asked for.
    blocks = [str(subnet) for subnet in islice(network.subnets(new_prefix=length_bits), int(count))]
    if len(blocks) < int(count):
        raise ValueError(count)
    return blocks


def _unknown(name: str, argument: Any, parts: Any) -> Unresolved:
    return Unresolved(f"<unresolved: {shown(name, argument)}>", unknowns_in(parts))
