"""What a function is: the configuration that the workspace reads, the engine runs and the window edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Architecture = Literal["x86_64", "arm64"]
SandboxKind = Literal["process", "docker"]

FreezeMode = Literal["on", "pause", "off"]
"""Between two invocations: frozen the quickest way there is, by the container engine's own pause, or not at all."""

InitializationType = Literal["on-demand", "provisioned-concurrency"]
"""Why an environment was initialised. Source: Lambda guide, "Telemetry API event schema", `InitType`."""

MB_PER_VCPU = 1769
"""Memory at which a function has the equivalent of one vCPU. Source: Lambda guide, "Configure memory"."""


def vcpus(memory_mb: int) -> float:
    """The CPU share of a function: memory / 1,769 MB."""
    return memory_mb / MB_PER_VCPU


class ContainerImage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The code of a function with `PackageType: Image`, and its ImageConfig: what is empty there, the image itself says.

    `uri` is an image's name as a container engine understands it, of a registry or of this machine alone.
    """

    uri: str
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
    image: ContainerImage | None = None
    """Set for `PackageType: Image`; `runtime` and `handler` are "" then, and there are no layers."""
    problems: tuple[str, ...] = ()
    """Sentences on what in the template is not usable here; a function with problems is listed and can not be invoked."""
