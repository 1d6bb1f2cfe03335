"""Checks whether what an image function names can be started, once per image and command; see `start_flaw`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.container import TMP, runtime_command, working_directory
from workbench.sandbox.docker.image_files import UnknownFile, files_of
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.start_flaw import ImageStart, StartFlaw, find_flaw
from workbench.sandbox.protocol import EntrypointInvalid, WorkingDirectoryInvalid

_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH that container engines set if an image sets none."""


class StartChecks:
    """The checks on one container engine, on the loop. Results are kept, because the content of an image ID never changes."""

    def __init__(self, calls: DockerCalls, labels: Mapping[str, str]) -> None:
        self._calls = calls
        self._labels = labels
        self._flaws: dict[tuple[str, ImageStart], StartFlaw | None] = {}

    async def flaw(self, function: FunctionConfiguration, image: ImageFacts) -> StartFlaw | None:
        """Why it could not be started, None if it can or if that is unknown. Takes 0.1 s the first time. Raises SandboxError."""
        start = _start(function, image)
        if function.image is None or _is_mounted(function, start):
            return None
        key = (image.identifier, start)
        if key not in self._flaws:
            self._flaws[key] = await self._calls.run("look into the image", lambda client: _found(client, self._labels, *key))
        return self._flaws[key]


def refuse(flaw: StartFlaw) -> EntrypointInvalid:
    """The exception that `SandboxProvider.create` raises for a flaw."""
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
    """Whether the program or the working directory is in a file system outside the image, where it cannot be checked."""
    mounts = (*(f"{each.mount_path}/" for each in function.file_systems), f"{TMP}/")
    return any(f"{path}/".startswith(mounts) for path in (start.working_directory, start.program))


def _found(client: Any, labels: Mapping[str, str], image: str, start: ImageStart) -> StartFlaw | None:
    """Return a flaw only if it is found twice: an overloaded engine has been seen to miss a file that was there."""
    first = _looked(client, labels, image, start)
    return first if first is not None and _looked(client, labels, image, start) == first else None


def _looked(client: Any, labels: Mapping[str, str], image: str, start: ImageStart) -> StartFlaw | None:
    try:
        with files_of(client, image, labels) as files:
            return find_flaw(files, start)
    except UnknownFile:  # in doubt the function is started, and fails by itself if it must
        return None
