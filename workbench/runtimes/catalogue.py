"""Lambda's runtimes, read once from `resources/runtimes.json`.

Source: Lambda developer guide, "Lambda runtimes". AWS keeps postponing its dates, so they are data rather than code.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from workbench.model.failures import ContainerNeeded, SandboxUnavailable
from workbench.resource_files import resource_path

RuntimeFamily = Literal["python", "node", "java", "ruby", "dotnet", "go", "provided"]
"""`provided` is AWS's "OS-only runtime": the function brings its own executable `bootstrap`."""


class Runtime(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One runtime. `version` is the language's ("3.13", "22"), or the operating system's name for `provided`.

    `image` is AWS's base image without the architecture suffix, "" if AWS never published one. A date is None if AWS has not
    published it. `blocked`: functions can no longer be created or updated with it, but existing ones still run.
    """

    identifier: str
    family: RuntimeFamily
    version: str
    operating_system: str
    image: str = ""
    deprecation: date | None = None
    block_create: date | None = None
    block_update: date | None = None
    blocked: bool = False
    announced: bool = False
    image_only: bool = False

    def is_deprecated(self, on: date) -> bool:
        """Whether AWS no longer patches this runtime on that day."""
        return self.deprecation is not None and on >= self.deprecation


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """What all runtimes of a language share.

    `handler` is the form of handler names. `process` is what runs a function as a plain process: an interpreter of this machine,
    the function's own bootstrap, or nothing, so that it needs Docker. `instead` suggests an alternative to Docker, "" for none.
    """

    name: str
    handler: str
    process: Literal["interpreter", "bootstrap", "nothing"]
    instead: str = ""


class _Catalogue(msgspec.Struct, frozen=True):
    families: dict[RuntimeFamily, Family]
    runtimes: tuple[Runtime, ...]


@cache
def _catalogue() -> _Catalogue:
    return msgspec.json.decode(resource_path("runtimes.json").read_bytes(), type=_Catalogue)


@cache
def _by_identifier() -> dict[str, Runtime]:
    return {runtime.identifier: runtime for runtime in _catalogue().runtimes}


def runtime_family(runtime: Runtime) -> Family:
    """What all runtimes of this one's language share."""
    return _catalogue().families[runtime.family]


def known_runtimes() -> tuple[Runtime, ...]:
    """All runtimes, including deprecated ones, the newest of each family first."""
    return tuple(_by_identifier().values())


def find_runtime(identifier: str) -> Runtime | None:
    """The runtime with this identifier ("python3.13"), None if Lambda has no such runtime."""
    return _by_identifier().get(identifier)


def runtime_warning(runtime: Runtime, on: date) -> str:
    """A sentence on why not to choose this runtime on that day, "" if there is no reason."""
    if runtime.blocked:
        return (f"{runtime.identifier} is blocked: Lambda no longer creates or updates functions with it; "
                f"existing ones still run.")
    if runtime.announced:
        return f"{runtime.identifier} has been announced by AWS and may not be available in Lambda yet."
    if runtime.is_deprecated(on):
        return f"{runtime.identifier} has been deprecated since {runtime.deprecation}{_block_sentence_part(runtime, on)}."
    if runtime.image_only:
        return f"{runtime.identifier} exists only as a container base image, not for functions deployed as .zip."
    return ""


def _block_sentence_part(runtime: Runtime, on: date) -> str:
    """The part of the sentence about the two dates from which Lambda's API refuses a deprecated runtime."""
    if runtime.block_create is None or runtime.block_update is None:
        return "; AWS no longer patches it"
    create = _verb(runtime.block_create, on)
    update = _verb(runtime.block_update, on)
    return (f"; AWS no longer patches it, creating functions with it {create} {runtime.block_create} "
            f"and updating them {update} {runtime.block_update}")


def _verb(day: date, on: date) -> str:
    return "has been blocked since" if on >= day else "will be blocked on"


def base_image(identifier: str) -> str | None:
    """AWS's base image of a runtime, the same name for both architectures; None if none was ever published."""
    runtime = find_runtime(identifier)
    return runtime.image or None if runtime is not None else None


def needs_docker(runtime: Runtime) -> SandboxUnavailable:
    """The error for a runtime that does not run as a plain process here."""
    family = runtime_family(runtime)
    message = f"{runtime.identifier} does not run as a plain process here: {family.name} functions need Docker."
    if not runtime.image:
        return SandboxUnavailable(f"{message} AWS has no image of this one.", family.instead or "Choose a newer runtime.")
    hint = "Start Docker and choose it as the sandbox."
    return ContainerNeeded(message, f"{hint} {family.instead}".rstrip())
