"""What the model keeps. Nothing of the package is used here: names, ARNs and times are made as the references have them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.support.registry_model.matching import Refused, Token

LATEST = "$LATEST"
UPDATE_MS, TRANSITION_MS = 300, 1_000
"""How long an update of a function and a transition of a mapping take here. On AWS it is longer."""


class Place(NamedTuple):
    """A Region of an account."""

    region: str
    account: str

    def arn(self, *parts: str) -> str:
        return ":".join(("arn:aws:lambda", self.region, self.account, *parts))

    def function_arn(self, name: str, qualifier: str = "") -> str:
        return self.arn("function", name, *((qualifier,) if qualifier else ()))


@dataclass(frozen=True)
class Package:
    """Code: a .zip that a call brought, or what is in the workspace, whose digest and size are the service's."""

    sha: Any
    size: Any

    @staticmethod
    def of(content: bytes) -> Package:
        return Package(base64.b64encode(hashlib.sha256(content).digest()).decode(), len(content))


@dataclass
class Version:
    """What `$LATEST` or a version is."""

    package: Package
    settings: dict[str, Any]
    revision: Token
    modified_ms: int
    state: str = "Active"
    update: str = "Successful"
    latest_description: str = ""
    """Of a version: that of `$LATEST` when it was published."""


@dataclass
class Alias:
    version: str
    weights: dict[str, float]
    description: str
    revision: Token


@dataclass
class Function:
    """A function with everything that belongs to it. `written`: what the template has, None for one that the API made."""

    latest: Version
    written: Version | None = None
    runs: Version | None = None
    due_ms: int | None = None
    numbers: int = 0
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, tuple[list[dict[str, Any]], Token]] = field(default_factory=dict)
    reserved: int | None = None
    provisioned: dict[str, tuple[int, int]] = field(default_factory=dict)
    invoke: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    """Of a template's function: the members that the API changed, "Code" among them."""
    record: Token | None = None
    """Of a template's function: stands for what is kept of these changes, None for nothing."""

    def of(self, qualifier: str) -> Version | None:
        """The version that a qualifier names first; None if there is none."""
        alias = self.aliases.get(qualifier)
        number = alias.version if alias is not None else qualifier
        return self.latest if number in ("", LATEST) else self.versions.get(number)

    def number_of(self, qualifier: str) -> str:
        alias = self.aliases.get(qualifier)
        return alias.version if alias is not None else qualifier or LATEST

    def forget(self, qualifier: str) -> None:
        """What belongs to a version or alias goes with it."""
        for parts in (self.policies, self.provisioned, self.invoke):
            parts.pop(qualifier, None)  # type: ignore[attr-defined]


@dataclass
class LayerVersion:
    package: Package
    settings: dict[str, Any]
    created_ms: int
    is_deleted: bool = False


@dataclass
class Mapping:
    settings: dict[str, Any]
    name: str
    function_arn: str
    state: str
    modified_ms: int
    is_enabled: bool
    due_ms: int | None
    tags: dict[str, str]


class World:
    """Everything."""

    def __init__(self) -> None:
        self.now_ms = 1_767_225_600_000 + 1_000_000  # the held clock begins at 1,000 s
        self.functions: dict[tuple[Place, str], Function] = {}
        self.hidden: dict[tuple[Place, str], Version] = {}
        self.layers: dict[tuple[Place, str], list[LayerVersion]] = {}
        self.mappings: dict[tuple[Place, str], Mapping] = {}

    def require(self, place: Place, name: str, qualifier: str = "") -> Function:
        """The function that has this qualifier. Raises Refused."""
        function = self.functions.get((place, name))
        if function is None or function.of(qualifier) is None:
            raise missing(f"Function not found: {place.function_arn(name, qualifier)}")
        return function

    def require_qualified(self, place: Place, name: str, qualifier: str) -> Function:
        """The same with the error of the operations that tell aliases from versions."""
        function = self.functions.get((place, name))
        if function is None or function.of(qualifier) is None:
            if qualifier and qualifier != LATEST and not qualifier.isdigit():
                raise missing(f"Cannot find alias arn: {place.function_arn(name, qualifier)}")
            raise missing(f"Function not found: {place.function_arn(name, qualifier)}")
        return function


def moment(epoch_ms: int) -> str:
    """A time as Lambda has it."""
    whole = datetime.fromtimestamp(epoch_ms // 1_000, UTC)
    return whole.strftime("%Y-%m-%dT%H:%M:%S.") + f"{epoch_ms % 1_000:03d}+0000"


def missing(message: str) -> Refused:
    return Refused("ResourceNotFoundException", 404, message)


def invalid(message: str, *, typed: bool = True) -> Refused:
    return Refused("InvalidParameterValueException", 400, message, typed=typed)


def conflict(message: str) -> Refused:
    return Refused("ResourceConflictException", 409, message)


def outdated(call: str = "GetFunction/GetAlias") -> Refused:
    return Refused("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. "
                   f"Call the {call} API to retrieve the latest Revision Id")
