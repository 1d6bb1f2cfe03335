"""What a function is: the configuration that the workspace reads, the engine runs and the window edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workbench.model.allowances import Allowance

Architecture = Literal["x86_64", "arm64"]
SandboxKind = Literal["process", "isolated", "docker"]

FreezeMode = Literal["on", "pause", "off"]
"""Between two invocations: frozen the quickest way there is, by the container engine's own pause, or not at all."""

InitializationType = Literal["on-demand", "provisioned-concurrency"]
"""Why an environment was initialised. Source: Lambda guide, "Telemetry API event schema", `InitType`."""

MB_PER_VCPU = 1769
"""Memory at which a function has the equivalent of one vCPU. Source: Lambda guide, "Configure memory"."""


def vcpus(memory_mb: int) -> float:
    """The CPU share of a function: memory / 1,769 MB."""
    return memory_mb / MB_PER_VCPU


class Build(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a template's `Metadata` asks `sam build` to make a function's or layer's package.

    `method` is BuildMethod as it is written (`esbuild`, `makefile`, `python3.12`, `python-uv`), "" where only properties are.
    `properties` are BuildProperties and further keys of Metadata that builders know, resolved. `logical_id` is the resource's:
    the makefile's target is `build-<logical_id>`. Source: SAM guide, "Building Lambda functions", "Building layers".
    """

    logical_id: str
    method: str = ""
    properties: Mapping[str, Any] = msgspec.field(default_factory=dict)


class ImageBuild(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a template's `Metadata` asks `sam build` to make a container image; `context` is an absolute folder.

    `dockerfile` is a path relative to the context. Source: SAM guide, "Building container images".
    """

    context: str
    dockerfile: str = "Dockerfile"
    tag: str = "latest"
    target: str = ""
    arguments: Mapping[str, str] = msgspec.field(default_factory=dict)


class ContainerImage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The code of a function with `PackageType: Image`, and its ImageConfig: what is empty there, the image itself says.

    `uri` is an image's name as a container engine understands it, of a registry or of this machine alone; "" for one that is
    to be built from `build`.
    """

    uri: str
    build: ImageBuild | None = None
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = ""


LogFormat = Literal["Text", "JSON"]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]


class Logging(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """LoggingConfig. Levels count in the JSON format only: the function's own, and the platform's (DEBUG, INFO, WARN).

    `group` is the CloudWatch log group, "" for `/aws/lambda/<name>`.
    """

    format: LogFormat = "Text"
    application_level: LogLevel = "INFO"
    system_level: LogLevel = "INFO"
    group: str = ""


class UnknownValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value of the template that nobody can know before a deployment, or that a person has yet to give.

    `place` is where it is used (`Environment.Variables.TABLE`), `what` says what it is (`parameter Stage`), `key` is the name
    under which a person can give it (see `workspace.values`), "" where that is not possible.
    """

    place: str
    what: str
    key: str = ""


class DurableConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """DurableConfig: the function is started as a durable execution. Source: Lambda guide, "Durable functions"."""

    execution_timeout_s: int
    retention_days: int = 14


class FileSystem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry of FileSystemConfigs: what is mounted where, and the folder of this machine that stands for it ("" for none)."""

    arn: str
    mount_path: str
    local_folder: str = ""


class FunctionConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One function as it is configured now (`$LATEST`). Memory and storage in MB (MiB), timeout in seconds.

    `code_path` is the absolute folder that becomes the task root; `logical_id` is the resource's name in template.yaml,
    `name` what Lambda calls it (the template's FunctionName, else the logical id).
    """

    name: str
    logical_id: str
    runtime: str
    handler: str
    code_path: str
    memory_mb: int = 128
    timeout_s: int = 3
    ephemeral_storage_mb: int = 512
    architecture: Architecture = "x86_64"
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    layers: tuple[str, ...] = ()
    logging: Logging = Logging()
    inline_code: str = ""
    """Code that stands in the template (InlineCode, Code.ZipFile); `code_path` is then the template's folder, and not code."""
    build: Build | None = None
    """How the package is made where Metadata says so; None where the runtime alone decides."""
    layer_builds: tuple[Build | None, ...] = ()
    """How `layers` are made, in their order; () where Metadata of none says so."""
    durable: DurableConfiguration | None = None
    file_systems: tuple[FileSystem, ...] = ()
    unknown: tuple[UnknownValue, ...] = ()
    """Values that are left out because they cannot be known: a function that uses them is told so at every invocation."""
    allowed: Allowance = Allowance()
    """What the person allows it beyond Lambda's world. Never from a template: known once it is prepared to run isolated."""
    without_effect: tuple[str, ...] = ()
    """Properties that are set and have no effect here, as they are written: `VpcConfig`, `Tracing`."""
    shared_name: str = ""
    """Its FunctionName where other functions have the same: `name` is its logical id then, which tells them apart."""
    image: ContainerImage | None = None
    """Set for `PackageType: Image`; `runtime` and `handler` are "" then, and there are no layers."""
    problems: tuple[str, ...] = ()
    """Sentences on what in the template is not usable here; a function with problems is listed and cannot be invoked."""
