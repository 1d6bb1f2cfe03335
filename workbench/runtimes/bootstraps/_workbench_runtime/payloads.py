"""JSON in and out as awslambdaric has it (it uses simplejson), on the C parts of the standard library's json.

The json package itself would bring in re and enum: some milliseconds that a function which needs no JSON can be spared.
"""

import _json
import os

from _workbench_runtime import part

_SCALARS = frozenset((str, int, float, bool, type(None)))
_CONTAINERS = frozenset((dict, list, tuple))
_NAMES = frozenset((str,))
_WHITESPACE = " \t\n\r"
# From Python 3.12 on Lambda leaves non-ASCII characters as they are; earlier runtimes escape them.
_UNICODE_RUNTIMES = {f"AWS_Lambda_python3.{minor}" for minor in range(12, 16)}


class _Grammar:
    """What the C scanner reads from its context."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(_text: str) -> None:
        raise StopIteration  # NaN and Infinity are no JSON: told below as "Expecting value"



def decode(text: "str | bytes") -> object:
    """The value of a JSON document. Raises ValueError with the place and the reason."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    start = len(text) - len(text.lstrip(_WHITESPACE))
    try:
        value, end = _json.make_scanner(_Grammar)(text, start)
    except StopIteration:
        raise part("careful").value_expected(text) from None
    if text[end:].strip(_WHITESPACE):
        raise part("careful").extra_data(text, end)
    return value


def keeps_unicode() -> bool:
    """Whether this runtime writes non-ASCII characters as they are."""
    return os.environ.get("AWS_EXECUTION_ENV") in _UNICODE_RUNTIMES


class Encoder:
    """Turns what a handler returned into JSON text."""

    def __init__(self, unicode: bool) -> None:
        """`unicode`: leave non-ASCII characters as they are."""
        self._string = _json.encode_basestring if unicode else _json.encode_basestring_ascii

    def encode(self, value: object) -> str:
        """Raises what the value's own methods raise, TypeError and ValueError where it is no JSON."""
        if type(value) is str:
            return self._string(value)
        if not _is_routine(value, 0):
            return part("careful").encode(value, self._string)
        chunks = _json.make_encoder(None, None, self._string, None, ": ", ", ", False, False, True)
        return "".join(chunks(value, 0))


def _is_routine(value: object, depth: int) -> bool:
    """Whether only plain built-in types are in it: those the C encoder writes exactly as simplejson does."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind not in _CONTAINERS or depth > 200:
        return False
    members = value
    if kind is dict:
        if not _NAMES.issuperset(map(type, value)):
            return False
        members = value.values()
    nested = set(map(type, members)) - _SCALARS
    if not nested <= _CONTAINERS:
        return False
    if nested:
        for member in members:
            if type(member) in _CONTAINERS and not _is_routine(member, depth + 1):
                return False
    return True
