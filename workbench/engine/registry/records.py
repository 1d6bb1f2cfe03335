"""What the API made, as it is kept: functions, their versions and aliases, layers, and what is configured about them.

A record is frozen; a change replaces it. `settings` are in the API's own terms: the members of CreateFunction with their
defaults filled in, without name, code and tags. CloudFormation calls the properties of a function by the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope

Settings: TypeAlias = Mapping[str, Any]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one resource. Its kind in the store is its class's name, which must not change."""

    scope: Scope

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among records of its kind in one scope; the function's name comes first where it has one."""
        raise NotImplementedError

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies it among all records of its kind."""
        return (self.scope.region, self.scope.account, *self.names)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment package: a .zip in the store of code, or an image.

    `sha256` is CodeSha256 as the API shows it: base64 of a .zip's digest, hex for an image. `object_name` is the .zip's name in
    the store, "" for an image.
    """

    sha256: str
    size_bytes: int = 0
    object_name: str = ""
    image_uri: str = ""


class Definition(msgspec.Struct, frozen=True):
    """What a version freezes: code and settings."""

    code: Code
    settings: Settings


class FunctionRecord(Record, frozen=True, kw_only=True):
    """A function that was made through the API.

    `previous` is what invocations still use while an update is in progress, None otherwise. `last_version` is the highest
    number that was published; numbers are never used again. `moving`: where it is on its way to, "" nearly always.
    """

    name: str
    definition: Definition
    revision_id: str
    modified_ms: int
    state: Literal["Pending", "Active", "Failed"] = "Pending"
    update: Literal["", "InProgress", "Successful", "Failed"] = ""
    previous: Definition | None = None
    last_version: int = 0
    moving: Literal["", "template", "api"] = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among functions of a scope."""
        return (self.name,)


class FunctionPart(Record, frozen=True, kw_only=True):
    """What belongs to one function, of the API or of the template, and goes with it when it is deleted."""

    function_name: str

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among parts of its kind in a scope."""
        return (self.function_name,)


class QualifierPart(FunctionPart, frozen=True, kw_only=True):
    """What belongs to one version or alias of a function, and goes with that, too.

    `qualifier` is `$LATEST` for what is the function's own.
    """

    qualifier: str

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among parts of its kind in a scope."""
        return (self.function_name, self.qualifier)


class FrozenTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template's function as it was when a version of it was published: what runs it, and the digest of what it was made from.

    `layers_object` is the .zip of its layers, merged, in the store of code; "" for none.
    """

    configuration: FunctionConfiguration
    fingerprint: str
    layers_object: str = ""


class VersionRecord(FunctionPart, frozen=True, kw_only=True):
    """A published version: it never changes, except that it becomes active. `template` is None for a function of the API.

    `reason` and `reason_code` say why its `state` is Failed, or Pending once more, as StateReason and StateReasonCode. `used_ms`:
    about when it was last invoked, in epoch milliseconds, noted once a day and only of versions with a snapshot; 0 for never.
    `latest_description`: that of `$LATEST` when the version was published, None where that was not noted yet.
    """

    version: str
    definition: Definition
    revision_id: str
    modified_ms: int
    state: Literal["Pending", "Active", "Failed"] = "Active"
    template: FrozenTemplate | None = None
    reason: str = ""
    reason_code: str = ""
    used_ms: int = 0
    latest_description: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among versions of a scope."""
        return (self.function_name, self.version)


class NumberingRecord(FunctionPart, frozen=True, kw_only=True):
    """The highest version number that was published of a template's function."""

    last_version: int


class AliasRecord(FunctionPart, frozen=True, kw_only=True):
    """An alias. `weights` are the shares of additional versions, from 0 to 1; the rest goes to `version`."""

    name: str
    version: str
    revision_id: str
    description: str = ""
    weights: Mapping[str, float] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among aliases of a scope."""
        return (self.function_name, self.name)


class LayerRecord(Record, frozen=True, kw_only=True):
    """A layer. It outlives its versions, because their numbers are never used again."""

    name: str
    last_version: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among layers of a scope."""
        return (self.name,)


class LayerVersionRecord(Record, frozen=True, kw_only=True):
    """A published layer version: its content and `settings` never change.

    `is_deleted`: it exists for the functions that use it, and for nobody else. `statements` are its resource policy, with a
    RevisionId of its own, "" without statements.
    """

    layer_name: str
    version: int
    code: Code
    settings: Settings
    created_ms: int
    is_deleted: bool = False
    statements: tuple[Mapping[str, Any], ...] = ()
    policy_revision: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among layer versions of a scope."""
        return (self.layer_name, str(self.version))

    @property
    def layer_arn(self) -> str:
        """The ARN of its layer."""
        return self.scope.arn("layer", self.layer_name)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.scope.arn("layer", self.layer_name, self.version)


MappingState: TypeAlias = Literal["Creating", "Enabling", "Enabled", "Disabling", "Disabled", "Updating", "Deleting"]


class EventSourceMappingRecord(Record, frozen=True, kw_only=True):
    """An event source mapping. It does not belong to its function, and stays when that is deleted.

    `function_arn` is as answers show it; `settings` are the other members of EventSourceMappingConfiguration that were given or
    have defaults. `is_enabled`: what its transition leads to. `result` is LastProcessingResult, "" for a source that has none.
    """

    uuid: str
    function_name: str
    function_arn: str
    settings: Settings
    state: MappingState
    reason: str
    modified_ms: int
    is_enabled: bool = True
    result: str = ""
    tags: Mapping[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among event source mappings of a scope."""
        return (self.uuid,)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.scope.arn("event-source-mapping", self.uuid)


KINDS: tuple[type[Record], ...] = (
    FunctionRecord, VersionRecord, NumberingRecord, AliasRecord, LayerRecord, LayerVersionRecord, EventSourceMappingRecord)
"""Every kind of record."""
