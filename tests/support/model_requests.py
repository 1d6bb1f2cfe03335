"""Requests made from the service model: for every operation, values that its shapes allow, and values that they do not."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from tests.support.api_clients import ACCOUNT, REGION, ROLE, zipped
from workbench.gateway.wire.service_model import Member, Operation, Shape, service_model

_NAMES = ("Target", *("made-1", "made-2", "made-3") * 4, "missing", "made-1:live",
          f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:made-1",
          f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x", "a b", "x" * 65, "", "made-2:$LATEST", "ü")
_FITTING = {
    "Role": (ROLE,), "Handler": ("app.handler",), "Runtime": ("python3.12", "nodejs22.x", "python2.7"),
    "Qualifier": ("1", "live", "$LATEST"), "FunctionVersion": ("1", "2", "$LATEST"),
    "Principal": ("s3.amazonaws.com", ACCOUNT, "*"), "Action": ("lambda:InvokeFunction",),
    "Resource": (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:made-1",), "LayerName": ("layer", "other"),
    "EventSourceArn": (f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"),
    "TargetArn": (f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead",), "Marker": ("", "bWFkZS0x", "???"),
    "UUID": ("0" * 8 + "-0000" * 3 + "-" + "0" * 12,),
    "PackageType": ("Zip", "Zip", "Image"), "InvocationType": ("RequestResponse", "DryRun"),
}
"""Values for members that random text would never fit, by the member's name."""
_USUAL = frozenset({"Runtime", "Handler", "ZipFile", "FunctionVersion"})
"""Members that the model does not require, and without which hardly any request could be carried out."""
_ODD: tuple[Any, ...] = (
    None, "", 0, -1, 2**40, 1.5, True, [], {}, "x" * 300, "\u0000", "é", [None], {"a": None}, [[1]], {"": ""}, "null")


class ModelRequest(msgspec.Struct, frozen=True):
    """An HTTP request. `body` is None for one without."""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


class ModelRequests:
    """Makes requests from a seed. `broken` is the share of values that are anything at all.

    The others have the model's type, and may violate its constraints.
    """

    def __init__(self, seed: int, broken: float = 0.04) -> None:
        self._random = random.Random(seed)
        self._model = service_model()
        self._broken = broken
        # Most operations are about what does not exist: functions have to be made more often.
        often = ("CreateFunction", "GetFunction", "UpdateFunctionCode", "PublishVersion") * 4
        self._operations = [*self._model.operations.values(), *(self._model.operations[name] for name in often)]

    def all(self, count: int) -> Iterator[ModelRequest]:
        """Yield so many requests."""
        for _ in range(count):
            yield self._request(self._random.choice(self._operations))

    def _request(self, operation: Operation) -> ModelRequest:
        shape = self._model.input_of(operation)
        path, _, fixed = operation.http.request_uri.partition("?")
        query: list[tuple[str, str]] = [(fixed.partition("=")[0], fixed.partition("=")[2])] if fixed else []
        headers, body = {}, {}
        left_out = self._random.choice((0.4, 0.9, 1.0))
        for name, member in shape.members.items():
            usual = name in _USUAL and self._random.random() < 0.8
            if name not in shape.required and not usual and self._random.random() < left_out:
                continue
            value = self._value(name, member)
            where = member.location_name or name
            if member.location == "uri":
                path = path.replace(f"{{{where}}}", quote(str(value) or "-", safe=""))
            elif member.location == "querystring":
                query += [(where, str(each)) for each in (value if isinstance(value, list) else [value])]
            elif member.location == "header":
                headers[where] = str(value).encode("ascii", "ignore").decode().replace("\x00", "")
            elif name != shape.payload:
                body[where] = value
        content: bytes | None = json.dumps(body).encode() if body else None
        if shape.payload:
            content = self._random.choice((b"{}", b"", b"[1]", b"{", b"\xff"))
        target = path + (f"?{urlencode(query)}" if query else "")
        return ModelRequest(operation.name, operation.http.method, target, headers, content)

    def _value(self, name: str, member: Member, depth: int = 0) -> Any:
        if self._random.random() < self._broken:
            return self._random.choice(_ODD)
        if name == "FunctionName":
            return self._random.choice(_NAMES)
        if name in _FITTING and self._random.random() < 0.9:
            return self._random.choice(_FITTING[name])
        return self._of(self._model.shapes[member.shape], depth)

    def _of(self, shape: Shape, depth: int) -> Any:
        match shape.type:
            case "structure":
                return {member.location_name or name: self._value(name, member, depth + 1)
                        for name, member in shape.members.items()
                        if name in shape.required or name in _USUAL or (depth < 4 and self._random.random() < 0.2)}
            case "list" if shape.member is not None:
                return [self._value("", shape.member, depth + 1) for _ in range(self._random.randrange(3))]
            case "map" if shape.key is not None and shape.value is not None:
                return {self._text(self._model.shapes[shape.key.shape]): self._value("", shape.value, depth + 1)
                        for _ in range(self._random.randrange(3))}
            case "blob":
                return base64.b64encode(self._random.choice((*(zipped(),) * 4, b"no zip", b""))).decode()
            case "boolean":
                return self._random.random() < 0.5
            case "integer" | "long":
                return self._random.randint(int(shape.min or 0) - 1, int(shape.max if shape.max is not None else 10) + 1)
            case "double" | "timestamp":
                return self._random.uniform(-0.2, 1.2)
        return self._text(shape)

    def _text(self, shape: Shape) -> str:
        if shape.enum and self._random.random() < 0.9:
            return self._random.choice(shape.enum)
        length = self._random.choice((0, 1, 2, 8, 20, int(shape.max or 0) + 1 if (shape.max or 0) < 2_000 else 8))
        return "".join(self._random.choices(string.ascii_letters + string.digits + "-_", k=length))
