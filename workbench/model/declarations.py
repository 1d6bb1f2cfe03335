"""What a template declares besides its functions: versions, aliases, permissions and so on, as calls that would make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from workbench.model.function import Build

VERSION_MARK = "@"
"""What precedes the logical ID of a version in place of its number, which is known only once it is published: `@LiveVersion`."""


Checked: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Returns the parameters of an operation, with the API's types, for properties of a template. Raises ServiceError for those that
break a constraint.
"""


def as_given(_: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check nothing: for templates that are known to be right."""
    return parameters


class LayerContent(msgspec.Struct, frozen=True):
    """The content of a layer: an absolute path of a folder or a .zip, and how Metadata asks for it to be built.

    The path is an address in Amazon S3, `s3://bucket/key`, until the engine has fetched that.
    """

    path: str
    build: Build | None = None


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration: the operation of the Lambda API that makes such a resource, and its parameters.

    `logical_id` is the resource's, in nested stacks with their path; SAM's name for one that it generates. `function` is the name
    of the function that it is about, as this workspace names it ("" for none), `qualifier` the version or alias ("" for none).
    A version that the template publishes is named by VERSION_MARK and its logical ID. `physical_id` is what `!Ref` gives.
    `follows`: a version is published again after each change of its function (AutoPublishAlias). `is_generated`: SAM makes it,
    the template has no such resource.
    """

    logical_id: str
    operation: str
    parameters: Mapping[str, Any] = {}
    function: str = ""
    qualifier: str = ""
    physical_id: str = ""
    follows: bool = False
    is_generated: bool = False
    content: LayerContent | None = None


class Declarations(msgspec.Struct, frozen=True):
    """All declarations of a workspace's template and those nested in it; `warnings` are sentences on those that are left out.

    `modified_ms` is when the template was last written, the outermost one.
    """

    all: tuple[Declaration, ...] = ()
    warnings: tuple[str, ...] = ()
    modified_ms: int = 0
