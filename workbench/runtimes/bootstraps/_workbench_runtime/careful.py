"""The rare cases of JSON: decimals, named tuples, bytes, subclasses, cycles; and what is wrong with a document."""

import decimal
import sys

_TOO_DEEP = "maximum recursion depth exceeded while encoding a JSON object"


class Verbatim:
    """JSON text to be put in as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def encode(value: object, string: object) -> str:
    """JSON text of `value`; `string` writes a str. Raises TypeError, ValueError, RecursionError as simplejson does."""
    before = sys.getrecursionlimit()
    # Each level takes two frames here and none in the C encoder whose limit this must match.
    sys.setrecursionlimit(before * 3)
    try:
        parts = []
        _Writer(string, parts.append, before - _depth_now()).write(value, 0)
        return "".join(parts)
    finally:
        sys.setrecursionlimit(before)


def value_expected(text: str) -> ValueError:
    """What simplejson says where a value should begin and none does."""
    import json

    try:
        json.loads(text, parse_constant=_refuse)
    except _Refused as refused:
        position = text.find(refused.args[0])
        return json.JSONDecodeError("Expecting value", text, position)
    except ValueError as error:
        return error
    raise AssertionError("the scanner refused what json accepts")


def extra_data(text: str, end: int) -> ValueError:
    """What simplejson says of text after the document."""
    import json

    end += len(text[end:]) - len(text[end:].lstrip())
    error = json.JSONDecodeError("Extra data", text, end)
    line = text.count("\n") + 1
    column = len(text) - text.rfind("\n")
    place = f"line {error.lineno} column {error.colno} - line {line} column {column} (char {end} - {len(text)})"
    return ValueError(f"Extra data: {place}")


class _Refused(Exception):
    pass


def _refuse(constant: str) -> None:
    raise _Refused(constant)


def _depth_now() -> int:
    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


class _Writer:
    def __init__(self, string: object, put: object, max_depth: int) -> None:
        self._string = string
        self._put = put
        self._max_depth = max_depth
        self._open = set()

    def write(self, value: object, depth: int) -> None:
        scalar = self._scalar(value)
        if scalar is not None:
            self._put(scalar)
            return
        if depth >= self._max_depth:
            raise RecursionError(_TOO_DEEP)
        if id(value) in self._open:
            raise ValueError("Circular reference detected")
        self._open.add(id(value))
        self._write_compound(value, depth)
        self._open.discard(id(value))

    def _scalar(self, value: object) -> "str | None":
        if isinstance(value, str):
            return self._string(_exact(value))
        if isinstance(value, bytes):
            return self._string(str(value, "utf-8"))
        if isinstance(value, Verbatim):
            return value.text
        if value is None or value is True or value is False:
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, int):
            return int.__repr__(value) if type(value) is int else str(int(value))
        if isinstance(value, float):
            return _float(value)
        return None

    def _write_compound(self, value: object, depth: int) -> None:
        fields = _fields_of(value)
        if fields is not None:
            self._write_object(fields, depth)
        elif isinstance(value, (list, tuple)):
            self._write_array(value, depth)
        elif isinstance(value, dict) or type(value).__name__ == "frozendict":
            self._write_object(value, depth)
        else:
            self.write(_default(value), depth + 1)

    def _write_array(self, items: "list | tuple", depth: int) -> None:
        self._put("[")
        separator = ""
        for item in items:
            self._put(separator)
            separator = ", "
            self.write(item, depth + 1)
        self._put("]")

    def _write_object(self, fields: dict, depth: int) -> None:
        self._put("{")
        separator = ""
        for name, item in fields.items():
            self._put(separator + self._string(_name(name)) + ": ")
            separator = ", "
            self.write(item, depth + 1)
        self._put("}")


def _exact(text: str) -> str:
    return text if type(text) is str else str.__str__(text)


def _float(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


def _name(name: object) -> str:
    if isinstance(name, str):
        return _exact(name)
    if isinstance(name, bytes):
        return str(name, "utf-8")
    if isinstance(name, float):
        return _float(name)
    if name is None or name is True or name is False:
        return {None: "null", True: "true", False: "false"}[name]
    if isinstance(name, int):
        return str(int(name))
    raise TypeError(f"keys must be str, int, float, bool or None, not {name.__class__.__name__}")


def _fields_of(value: object) -> "dict | None":
    """The fields of a named tuple, or of anything else with an _asdict method."""
    method = getattr(value, "_asdict", None)
    if not callable(method):
        return None
    try:
        fields = method()
    except TypeError:
        return None
    if not isinstance(fields, dict):
        raise TypeError(f"_asdict() must return a dict, not {type(fields).__name__}")
    return fields


def _default(value: object) -> object:
    if isinstance(value, decimal.Decimal):
        return float("nan") if value.is_nan() else Verbatim(str(value))
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")
