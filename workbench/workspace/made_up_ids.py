"""Stand-ins for IDs that AWS generates, derived from a hash: the same form, the same for the same seed, and nobody's real ID."""

from __future__ import annotations

import hashlib
import re
import string
import uuid

_LOWER, _UPPER = string.ascii_lowercase + string.digits, string.ascii_uppercase + string.digits
_ALPHABETS = {
    "hex": "0123456789abcdef", "digits": "123456789", "az09": _LOWER, "AZ09": _UPPER,
    "aZ09": string.ascii_letters + string.digits, "AZ27": string.ascii_uppercase + "234567",
}
_FORM = re.compile(r"(hex|digits|az09|AZ09|aZ09|AZ27):(\d+)(?::\w+)?|(uuid|ip|privateip)(?::\w+)?")


def made_up(form: str, seed: str) -> str | None:
    """Return an ID of a form (`hex:17`, `az09:10:label`, `uuid`, `ip`, `privateip`), None if the form is not known.

    Addresses come from the blocks reserved for documentation (RFC 5737) and for private networks.
    """
    match = _FORM.fullmatch(form)
    if not match:
        return None
    digest = hashlib.shake_256(f"{seed}/{form}".encode()).digest(256)
    alphabet, length, other = match.groups()
    if other == "uuid":
        return str(uuid.UUID(bytes=digest[:16], version=4))
    if other:
        return f"203.0.113.{digest[0] % 254 + 1}" if other == "ip" else f"10.0.{digest[0]}.{digest[1] % 250 + 4}"
    return "".join(_ALPHABETS[alphabet][byte % len(_ALPHABETS[alphabet])] for byte in digest[: int(length)])
