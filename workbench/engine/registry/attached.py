"""What is configured about a function beside its code and settings, as it is kept; for functions of the API and the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.records import FunctionPart, QualifierPart, Record


class TagsRecord(FunctionPart, frozen=True, kw_only=True):
    """A function's tags, at least one."""

    tags: Mapping[str, str]


class ConcurrencyRecord(FunctionPart, frozen=True, kw_only=True):
    """A function's reserved concurrency; 0: it is not invoked."""

    reserved: int


class RecursionRecord(FunctionPart, frozen=True, kw_only=True):
    """What becomes of a recursive loop that the function is in: RecursiveLoop, `Allow` or `Terminate`."""

    recursive_loop: str


class RuntimeManagementRecord(QualifierPart, frozen=True, kw_only=True):
    """When a version gets updates of its runtime: UpdateRuntimeOn, and RuntimeVersionArn ("" for none)."""

    update_runtime_on: str
    runtime_version_arn: str = ""


class PolicyRecord(QualifierPart, frozen=True, kw_only=True):
    """A resource-based policy with its revision. `statements`: at least one, each with its members in the service's order."""

    revision_id: str
    statements: tuple[Mapping[str, Any], ...]


class EventInvokeRecord(QualifierPart, frozen=True, kw_only=True):
    """What becomes of asynchronous invocations. `retries` and `age_s` are None, the destinations "", where they are not set."""

    modified_ms: int
    retries: int | None = None
    age_s: int | None = None
    on_success: str = ""
    on_failure: str = ""


class ProvisionedRecord(QualifierPart, frozen=True, kw_only=True):
    """The provisioned concurrency of a version or an alias, at least 1."""

    count: int
    modified_ms: int


class FunctionUrlRecord(QualifierPart, frozen=True, kw_only=True):
    """The function URL of a function or an alias. `url_id` is the first label of its host name, 32 characters.

    `cors` has the members of Cors that were given. `invoke_mode` is "" until one is given.
    """

    url_id: str
    auth_type: str
    created_ms: int
    modified_ms: int
    cors: Mapping[str, Any] = {}
    invoke_mode: str = ""


ATTACHED: tuple[type[Record], ...] = (
    TagsRecord, ConcurrencyRecord, RecursionRecord, RuntimeManagementRecord, PolicyRecord, EventInvokeRecord,
    ProvisionedRecord, FunctionUrlRecord,
)
"""Every kind of these records."""
