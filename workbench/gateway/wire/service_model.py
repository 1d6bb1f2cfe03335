"""The contract of an API: botocore's service model as typed values; Lambda's is narrowed to what classic functions may be.

botocore itself is not imported: that takes 0.4 s and 20 MB, its data file alone 3 ms.
Source: botocore, `data/lambda/2015-03-31/service-2.json`.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec

from workbench.gateway.wire.narrowing import ADDED, ALSO, FIRST, NARROWER, OTHERWISE
from workbench.model.failures import EngineError

Location = Literal["", "uri", "querystring", "header", "headers", "statusCode"]


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """A member of a structure, list or map: its shape's name, and where the HTTP message has it ("" for the body)."""

    shape: str
    location: Location = ""
    location_name: str = ""


class Shape(msgspec.Struct, frozen=True, rename="camel", dict=True):
    """One type of the API. `min` and `max` bound a number, or the length of a text, list or map; None for no bound.

    `also` are values that are taken besides those of `enum`, which alone are printed. A list with an `enum` of its own is
    checked and printed as a whole.
    """

    type: str
    members: dict[str, Member] = {}
    required: tuple[str, ...] = ()
    min: float | int | None = None
    max: float | int | None = None
    pattern: str = ""
    enum: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    member: Member | None = None
    key: Member | None = None
    value: Member | None = None
    payload: str = ""
    sensitive: bool = False

    @functools.cached_property
    def outside(self) -> tuple[tuple[str, Member], ...]:
        """The members that a request has in its target or its headers, by name."""
        return tuple((name, member) for name, member in self.members.items()
                     if member.location in ("uri", "querystring", "header"))


class Http(msgspec.Struct, frozen=True, rename="camel"):
    """How an operation is called, and the status of its success."""

    method: str
    request_uri: str
    response_code: int = 200


class Reference(msgspec.Struct, frozen=True, rename="camel"):
    """A shape's name. `result_wrapper`: the element around an answer of the query protocol, "" elsewhere."""

    shape: str
    result_wrapper: str = ""


class Operation(msgspec.Struct, frozen=True, dict=True):
    """One operation. `input` and `output` are None where it has none."""

    name: str
    http: Http
    input: Reference | None = None
    output: Reference | None = None
    errors: tuple[Reference, ...] = ()

    @functools.cached_property
    def method_name(self) -> str:
        """The name in Python: `GetFunctionUrlConfig` is `get_function_url_config`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()


class ServiceModel(msgspec.Struct, frozen=True):
    """All operations and shapes, by name."""

    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]

    def input_of(self, operation: Operation) -> Shape:
        """Return the shape of an operation's parameters, an empty structure where it has none."""
        return self.shapes[operation.input.shape] if operation.input is not None else _NOTHING

    def takes_package(self, operation: Operation) -> bool:
        """Whether a .zip may be among an operation's parameters, or in a structure that is one of them."""
        own = self.input_of(operation).members
        return _ZIP in own or any(_ZIP in self.shapes[member.shape].members for member in own.values())

    def output_of(self, operation: Operation) -> Shape:
        """Return the shape of an operation's answer, an empty structure where it has none."""
        return self.shapes[operation.output.shape] if operation.output is not None else _NOTHING


_NOTHING = Shape("structure")
_ZIP = "ZipFile"


@functools.cache
def service_model() -> ServiceModel:
    """Return the contract. Read at the first call, which blocks for a few milliseconds. Raises EngineError if it is not there."""
    model = published_model("lambda/2015-03-31")
    shapes = {**model.shapes, **{name: Shape(**shape) for name, shape in ADDED.items()}}
    for name, change in NARROWER.items():
        if name in shapes:  # a later botocore may have renamed it
            shapes[name] = msgspec.structs.replace(shapes[name], **change)
    for name, other in ALSO.items():
        if name in shapes and other in shapes:
            shapes[name] = msgspec.structs.replace(shapes[name], also=(*shapes[name].also, *model.shapes[other].enum))
    for name in shapes.keys() & (OTHERWISE.keys() | FIRST.keys()):
        shapes[name] = msgspec.structs.replace(shapes[name], members=_members(name, shapes[name].members))
    return ServiceModel(model.operations, shapes)


def _members(structure: str, members: dict[str, Member]) -> dict[str, Member]:
    """Return a structure's members in the order and with the shapes that the service has."""
    changed = {name: msgspec.structs.replace(members[name], shape=shape)
               for name, shape in OTHERWISE.get(structure, {}).items() if name in members}
    first = {name: member for name, member in members.items() if name == FIRST.get(structure)}
    return {**first, **members, **changed}


def published_model(service: str) -> ServiceModel:
    """Return a service's contract as botocore has it, "lambda/2015-03-31". Blocks. Raises EngineError if it is not there."""
    return msgspec.json.decode(_published(service), type=ServiceModel)


def _published(service: str) -> bytes:
    found = find_spec("botocore")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        folder = Path(place, "data", *service.split("/"))
        if (packed := folder / "service-2.json.gz").is_file():
            return gzip.decompress(packed.read_bytes())
        if (plain := folder / "service-2.json").is_file():
            return plain.read_bytes()
    raise EngineError(f"The description of the API {service} is not there.",
                      "Install Lambda Workbench again: its botocore has lost files.")
