"""A function's configuration: the workspace reads it, the engine runs it, the window edits it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workbench.model.allowances import Allowance
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.model.quotas import MB_PER_VCPU

Architecture = Literal["x86_64", "arm64"]
SandboxKind = Literal["process", "isolated", "docker"]

FunctionSource = Literal["template", "api"]
"""Where a function comes from: the workspace's template, or a call of the Lambda API."""

FreezeMode = Literal["on", "pause", "off"]
"""How to freeze an environment between invocations: `on` is the quickest way available, `pause` the container engine's."""

InitializationType = Literal["on-demand", "provisioned-concurrency", "snap-start"]
"""Why an environment was initialized. Source: Lambda guide, "Telemetry API event schema", `InitType`."""



def vcpus(memory_mb: int) -> float:
    """Return a function's share of CPU: memory / 1,769 MB."""
    return memory_mb / MB_PER_VCPU


class Build(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a template's `Metadata` asks `sam build` to build a function's or layer's package.

    `method` is BuildMethod as written (`esbuild`, `makefile`, `python3.12`, `python-uv`), "" if there are only properties.
    `properties` are BuildProperties and other Metadata keys that builders know, resolved. `logical_id` is the resource's: the
    makefile target is `build-<logical_id>`. Source: SAM guide, "Building Lambda functions", "Building layers".
    """

    logical_id: str
    method: str = ""
    properties: Mapping[str, Any] = msgspec.field(default_factory=dict)


class ImageBuild(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a template's `Metadata` asks `sam build` to build a container image; `context` is an absolute folder.

    `dockerfile` is a path relative to the context. Source: SAM guide, "Building container images".
    """

    context: str
    dockerfile: str = "Dockerfile"
    tag: str = "latest"
    target: str = ""
    arguments: Mapping[str, str] = msgspec.field(default_factory=dict)


class ContainerImage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The code of a function with `PackageType: Image`, and its ImageConfig; empty fields are left to the image.

    `uri` is the image's name as a container engine understands it, in a registry or only on this machine; "" if it has to be
    built from `build` first.
    """

    uri: str
    build: ImageBuild | None = None
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = ""


LogFormat = Literal["Text", "JSON"]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]


class Logging(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """LoggingConfig. The levels (the function's, and the platform's: DEBUG, INFO, WARN) apply only to the JSON format.

    `group` is the CloudWatch log group, "" for `/aws/lambda/<name>`.
    """

    format: LogFormat = "Text"
    application_level: LogLevel = "INFO"
    system_level: LogLevel = "INFO"
    group: str = ""


class UnknownValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value in the template that cannot be known before a deployment, or that a person has yet to supply.

    `place` is where it is used (`Environment.Variables.TABLE`), `what` says what it is (`parameter Stage`), `key` is the name
    under which a person can supply it (see `workspace.values`), "" if that is not possible.
    """

    place: str
    what: str
    key: str = ""


class DurableConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """DurableConfig: the function runs as durable executions. Source: Lambda guide, "Durable functions"."""

    execution_timeout_s: int
    retention_days: int = 14


class FileSystem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry of FileSystemConfigs; `local_folder` is the folder on this machine that stands in for it, "" if there is none."""

    arn: str
    mount_path: str
    local_folder: str = ""


class FunctionConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True):
    """One function as it is configured, now or as a version. Memory and storage are in MB (MiB), the timeout in seconds.

    `code_path` is the absolute folder that becomes the task root. `logical_id` is the resource's name in template.yaml, `name`
    what Lambda calls it (the template's FunctionName, else the logical ID).
    """

    name: str
    logical_id: str
    runtime: str
    handler: str
    code_path: str
    version: str = LATEST
    region: str = ""
    """The Region that it lives in, "" for the workspace's."""
    account: str = ""
    """The account that it lives in, "" for the workspace's."""
    source: FunctionSource = "template"
    code_source: FunctionSource = "template"
    """`api` for a function of the template whose code a call of the Lambda API replaced."""
    memory_mb: int = 128
    timeout_s: int = 3
    ephemeral_storage_mb: int = 512
    architecture: Architecture = "x86_64"
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    layers: tuple[str, ...] = ()
    logging: Logging = Logging()
    inline_code: str = ""
    """Code written in the template itself (InlineCode, Code.ZipFile); `code_path` is then the template's folder, not code."""
    code_in_s3: str = ""
    """Where its code is in Amazon S3, `s3://bucket/key`, "" for code on this machine. `code_path` is not code until the engine
    has fetched it: then it is the .zip. A layer in Amazon S3 is likewise named in `layers` until then."""
    build: Build | None = None
    """How Metadata asks for the package to be built; None if it does not and the runtime decides."""
    layer_builds: tuple[Build | None, ...] = ()
    """How to build each of `layers`, in the same order; () if no layer's Metadata says so."""
    durable: DurableConfiguration | None = None
    is_per_tenant: bool = False
    """TenancyConfig: every request names a tenant, whose environments serve nobody else."""
    file_systems: tuple[FileSystem, ...] = ()
    unknown: tuple[UnknownValue, ...] = ()
    """Values that are left out because they cannot be known; a notice says so at every invocation."""
    allowed: Allowance = Allowance()
    """What the person lets it use of this machine. Never set by a template; filled in when it is prepared to run isolated."""
    without_effect: tuple[str, ...] = ()
    """Properties that are set but have no effect here, as written: `VpcConfig`, `Tracing`."""
    told: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Settings without effect here, as the API tells them: `VpcConfig`, `TracingConfig`. Set for functions of the template."""
    shared_name: str = ""
    """Its FunctionName if other functions have the same one; `name` is then the logical ID, which tells them apart."""
    snap_start: bool = False
    """SnapStart: ApplyOn is PublishedVersions."""
    dead_letter_arn: str = ""
    """The queue or topic of DeadLetterConfig, "" for none."""
    role: str = ""
    """The ARN of its role, as the template has it literally or a call of the API gave it; "" for one that a deployment makes."""
    image: ContainerImage | None = None
    """Set for `PackageType: Image`; `runtime` and `handler` are then "", and there are no layers."""
    problems: tuple[str, ...] = ()
    """Sentences on what in the template cannot be used here; a function with problems is listed but cannot be invoked."""

    @functools.cached_property  # every invocation asks
    def identity(self) -> FunctionVersion:
        """Which function this is, and which version of it."""
        return FunctionVersion(self.name, self.version, self.region, self.account)

    @property
    def is_restored(self) -> bool:
        """Whether its environments are restored from a snapshot: it is a published version with SnapStart.

        Only for Python: snapshots of Java and .NET, and of images, are not made here.
        """
        return self.snap_start and self.version != LATEST and self.runtime.startswith("python")
