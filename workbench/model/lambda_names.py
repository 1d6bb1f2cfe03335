"""Where functions live, and the names they are called by: bare names, partial ARNs, ARNs, with or without a qualifier.

Source: API reference, "FunctionName"; AWS General Reference, "Amazon Resource Names".
"""

from __future__ import annotations

import functools
import re

import msgspec

from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST

_FUNCTION = re.compile(
    r"(?:arn:(?P<partition>aws[a-zA-Z-]*):lambda:)?(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>[^:]+))?", re.ASCII)
_LAYER = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[a-zA-Z0-9_-]+)"
    r"(?::(?P<version>\d{1,18}))?", re.ASCII)


class Scope(msgspec.Struct, frozen=True):
    """A Region of an account. Resources of different scopes may share a name and do not see each other."""

    region: str
    account: str

    @property
    def partition(self) -> str:
        """The Region's partition. Source: AWS General Reference, "AWS partitions"."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, *parts: str | int) -> str:
        """Return the ARN of a resource of Lambda: `arn("function", "hello", 1)`."""
        return ":".join(("arn", self.partition, "lambda", self.region, self.account, *map(str, parts)))

    def function_arn(self, name: str, qualifier: str = "") -> str:
        """Return a function's ARN, qualified unless `qualifier` is ""."""
        arn = f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{name}"
        return f"{arn}:{qualifier}" if qualifier else arn


class FunctionReference(msgspec.Struct, frozen=True):
    """A function as a caller named it. `region` and `account` are "" where the name has none, `qualifier` likewise."""

    name: str
    qualifier: str = ""
    region: str = ""
    account: str = ""

    def within(self, scope: Scope) -> Scope:
        """Return the scope in which the function is looked for: the account of an ARN counts, not the caller's.

        Raises ServiceError for an ARN of another Region.
        """
        if self.region and self.region != scope.region:
            message = f"Functions from '{self.region}' are not reachable in this region ('{scope.region}')"
            hint = f"Call it with a client for {self.region}: every Region is served at this endpoint."
            raise ServiceError("ResourceNotFoundException", 404, message, hint=hint)
        return Scope(scope.region, self.account) if self.account else scope


@functools.lru_cache(512)  # every invocation asks
def function_reference(text: str, qualifier: str = "") -> FunctionReference:
    """Read a function's name in any form; `qualifier` is the one given beside it, "" for none.

    Raises ServiceError if both name a qualifier and they differ, or if it is none of the forms (which the constraints of the API
    have refused before).
    """
    found = _FUNCTION.fullmatch(text)
    if found is None:
        message = f"1 validation error detected: Value '{text}' at 'functionName' is no function name"
        raise ServiceError("ValidationException", 400, message)
    own = found["qualifier"] or ""
    if own and qualifier and own != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise ServiceError("InvalidParameterValueException", 400, message)
    return FunctionReference(found["name"], own or qualifier, found["region"] or "", found["account"] or "")


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is a version and no alias: an alias's name is never all digits."""
    return qualifier == LATEST or (qualifier.isascii() and qualifier.isdigit())


class LayerVersionReference(msgspec.Struct, frozen=True):
    """A version of a layer, and the scope that it is in."""

    scope: Scope
    layer: str
    version: int

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.scope.arn("layer", self.layer, self.version)


def layer_reference(text: str, scope: Scope) -> tuple[Scope, str]:
    """Read a layer's name or ARN: return where the layer is, `scope` for a bare name, and its name."""
    found = _LAYER.fullmatch(text)
    return (scope, text) if found is None else (Scope(found["region"], found["account"]), found["name"])


def layer_version_reference(arn: str) -> LayerVersionReference | None:
    """Read the ARN of a layer version; None for anything else, such as a layer of AWS's own, which has no account."""
    found = _LAYER.fullmatch(arn)
    if found is None or not found["version"]:
        return None
    return LayerVersionReference(Scope(found["region"], found["account"]), found["name"], int(found["version"]))
