"""Checks that what an image function names can be started, once for an image and a command; see `start_flaw`."""

from __future__ import annotations

from typing import Any

from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.container import TMP, runtime_command, working_directory
from workbench.sandbox.docker.image_files import UnknownFile, files_of
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.start_flaw import ImageStart, StartFlaw, find_flaw
from workbench.sandbox.protocol import EntrypointInvalid, WorkingDirectoryInvalid

_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What container engines set where an image sets none."""


class StartChecks:
    """Of one container engine, on the loop. What was found is kept: an image does not change."""

    def __init__(self, calls: DockerCalls) -> None:
        self._calls = calls
        self._flaws: dict[tuple[str, ImageStart], StartFlaw | None] = {}

    async def flaw(self, function: FunctionConfiguration, image: ImageFacts) -> StartFlaw | None:
        """Why it could not be started, None where it can or nothing is known. Some 0.1 s at first. Raises SandboxError."""
        start = _start(function, image)
        if function.image is None or _is_mounted(function, start):
            return None
        key = (image.identifier, start)
        if key not in self._flaws:
            self._flaws[key] = await self._calls.run("look into the image", lambda client: _found(client, *key))
        return self._flaws[key]


def refuse(flaw: StartFlaw) -> EntrypointInvalid:
    """The flaw as what `SandboxProvider.create` raises."""
    kind = WorkingDirectoryInvalid if flaw.error_type == "Runtime.InvalidWorkingDir" else EntrypointInvalid
    return kind(flaw.reason, "Correct ImageConfig, or the image.")


def _start(function: FunctionConfiguration, image: ImageFacts) -> ImageStart:
    command = runtime_command(function, image.entrypoint, image.command) if function.image is not None else ()
    return ImageStart(
        program=command[0] if command else "",
        working_directory=working_directory(function, image.working_directory),
        search_path=function.environment.get("PATH") or image.search_path or _USUAL_PATH,
        architecture=image.architecture)


def _is_mounted(function: FunctionConfiguration, start: ImageStart) -> bool:
    """Whether any of it is in a file system that is no part of the image."""
    mounts = (*(f"{each.mount_path}/" for each in function.file_systems), f"{TMP}/")
    return any(f"{path}/".startswith(mounts) for path in (start.working_directory, start.program))


def _found(client: Any, image: str, start: ImageStart) -> StartFlaw | None:
    """A flaw is looked for twice: an engine that is torn apart by other work has been seen to miss a file that was there."""
    first = _looked(client, image, start)
    return first if first is not None and _looked(client, image, start) == first else None


def _looked(client: Any, image: str, start: ImageStart) -> StartFlaw | None:
    try:
        with files_of(client, image) as files:
            return find_flaw(files, start)
    except UnknownFile:
        return None
