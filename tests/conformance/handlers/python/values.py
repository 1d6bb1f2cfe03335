"""Returns every kind of value there is to serialise."""

import collections
import datetime
import decimal
import enum
import math
import os
import uuid

Point = collections.namedtuple("Point", "x y")


class Color(enum.IntEnum):
    RED = 1


class Word(str, enum.Enum):  # noqa: UP042 (StrEnum came with Python 3.11)
    HELLO = "hello"


class Shouting(str):
    def __str__(self):
        return "never"


class Rounded(float):
    def __repr__(self):
        return "never"


class WithFields:
    def _asdict(self):
        return {"of": "me"}


class BadFields:
    def _asdict(self):
        return [1]


class Strange(dict):
    def _asdict(self):
        return {"instead": 1}


def cycle():
    circle = []
    circle.append(circle)
    return circle


def nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


VALUES = {
    "none": lambda: None,
    "text": lambda: "plain",
    "unicode": lambda: {"ü": "grüße \u2028 \U0001f600 \x7f \x00 \" \\ /"},
    "numbers": lambda: [1, -2, 3.0, 1e100, 1e-7, 0.1, 2**70, -0.0, True, False],
    "nan": lambda: [math.nan, math.inf, -math.inf],
    "decimal": lambda: {"a": decimal.Decimal("1.10"), "b": decimal.Decimal("1E+5"), "c": [decimal.Decimal("-0")]},
    "decimal-special": lambda: [decimal.Decimal("NaN"), decimal.Decimal("sNaN"), decimal.Decimal("-Infinity")],
    "decimal-top": lambda: decimal.Decimal("3.140"),
    "decimal-key": lambda: {decimal.Decimal(1): 1},
    "bytes": lambda: b"\x00\xffraw",
    "bytes-inside": lambda: {"a": "é".encode(), b"k": 1},
    "bytes-bad": lambda: {"a": b"\xff"},
    "bytearray": lambda: bytearray(b"x"),
    "tuple": lambda: (1, (2, 3), []),
    "namedtuple": lambda: {"p": Point(1, [Point(2, 3)])},
    "keys": lambda: {7: "a", None: "b", True: "c", 2.5: "d", math.nan: "e", "": "f"},
    "bad-key": lambda: {(1, 2): 3},
    "enums": lambda: [Color.RED, Word.HELLO, {Word.HELLO: Color.RED}],
    "subclasses": lambda: [Shouting("quiet"), Rounded(1.5), collections.OrderedDict(a=1), collections.defaultdict(int, z=2)],
    "asdict": lambda: [WithFields(), Strange(a=1)],
    "asdict-bad": lambda: BadFields(),
    "datetime": lambda: datetime.datetime(2026, 1, 1),
    "set": lambda: {1},
    "uuid": lambda: {"deep": [{"x": uuid.UUID(int=0)}]},
    "generator": lambda: (n for n in range(3)),
    "range": lambda: range(3),
    "object": lambda: object(),
    "exception": lambda: ValueError("x"),
    "empty": lambda: [{}, [], (), ""],
    "cycle": cycle,
    "cycle-inside": lambda: {"a": cycle(), "b": decimal.Decimal(1)},
    "deep": lambda: nested(150),
    "deeper": lambda: nested(700),
    "deep-decimal": lambda: [decimal.Decimal(1), nested(400)],
    "too-deep": lambda: nested(5000),
    "big": lambda: {"rows": [{"id": n, "name": "ü" * 20} for n in range(20000)]},
    "big-int": lambda: 10**5000,
    "shared": lambda: [[1]] * 3,
    "surrogate": lambda: "\ud800",
    "echo-env": lambda: os.environ.get("_X_AMZN_TRACE_ID"),
}


def handler(event, context):
    return VALUES[event]()


def echo(event, context):
    return event
