"""Builds functions' images from a Dockerfile as `sam build` does: with the engine's own builder and its cache.

An image is built again only when a file of its context has changed. Source: SAM guide, "Building container images"; Docker's
API, `POST /build`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.function import Architecture, ImageBuild
from workbench.sandbox.docker.build_context import BuildContext, packed
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.images import PLATFORMS, ImageFacts, ImageStore
from workbench.sandbox.docker.long_answer import LongAnswer
from workbench.sandbox.protocol import Progress, ProgressHandler

PLACE_LABEL = "workbench.image"
"""Labels an image with what it was built for, which stays the same when the content changes."""

KEPT_DAYS = 30
"""Images built here that are older are removed when another is built. One that is still needed is built again."""

_STEP = re.compile(r"step (\d+)/(\d+) ?: ?(.*)", re.IGNORECASE)
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_MOST_LINES = 8
_NOISE = ("--->", "Removing intermediate container")
_NEEDS_BUILDKIT = "requires BuildKit"


class ImageBuilds:
    """The builds on one container engine. On the loop."""

    def __init__(self, calls: DockerCalls, images: ImageStore) -> None:
        self._calls = calls
        self._images = images
        self._locks: dict[bytes, asyncio.Lock] = {}

    async def ensure(self, build: ImageBuild, architecture: Architecture, progress: ProgressHandler) -> ImageFacts:
        """Return the image of the context as it is now, built if needed. Raises SandboxError; canceling stops the build."""
        async with self._locks.setdefault(msgspec.json.encode([build, architecture]), asyncio.Lock()):
            name = await self._built(build, architecture, progress)
            found = await self._images.find(name)
            if found is None:
                raise SandboxError(f"The image {name} was built and is not there.", "Invoke the function again.")
            return found

    async def _built(self, build: ImageBuild, architecture: Architecture, progress: ProgressHandler) -> str:
        loop = asyncio.get_running_loop()
        foreign = architecture != self._calls.engine.architecture

        def report(step: Progress) -> None:
            loop.call_soon_threadsafe(progress, step)

        running = _Build(build, architecture, PLATFORMS[architecture] if foreign else "", report)
        try:
            return await self._calls.run("build the image", running.run, deadline_s=None)
        except asyncio.CancelledError:
            running.cancel()
            raise


class _Build:
    """One build in a thread of the pool; `cancel` may be called from any thread and ends it at once."""

    def __init__(self, build: ImageBuild, architecture: Architecture, platform: str, report: ProgressHandler) -> None:
        self._build = build
        self._architecture = architecture
        self._platform = platform
        self._report = report
        self._answer = LongAnswer()

    def cancel(self) -> None:
        self._answer.cancel()

    def run(self, client: Any) -> str:
        """Build unless the image is here; returns its name. Blocking. Raises SandboxError with the decisive lines, SDK errors."""
        # The name is a digest of the content, so an image of this name is up to date.
        with packed(self._build, self._architecture) as context:
            if _is_here(client, context.name):
                return context.name
            self._report(Progress(stage="build", text=f"Building the image of {self._build.context}"))
            self._make(client, context)
        _prune(client, context)
        return context.name

    def _make(self, client: Any, context: BuildContext) -> None:
        from docker.errors import APIError

        steps = BuildSteps(self._build)
        try:
            response = _open_build(client, self._build, context, self._platform)
        except APIError as error:  # the Dockerfile itself cannot be parsed; later failures come as a line of the answer
            raise steps.failure(str(error.explanation or error)) from error
        with contextlib.closing(self._answer.lines(response)) as lines:
            self._follow(steps, lines)

    def _follow(self, steps: BuildSteps, lines: Iterable[dict[str, Any]]) -> None:
        for line in lines:
            if "error" in line:
                raise steps.failure(str(line["error"]))
            step = steps.add(str(line.get("stream") or ""))
            if step is not None and not self._answer.is_cancelled:
                self._report(step)


class BuildSteps:
    """Turns the builder's output into steps, and keeps the last lines of each step in case it fails."""

    def __init__(self, build: ImageBuild) -> None:
        self._build = build
        self._step = ""
        self._instruction = ""
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)

    def add(self, text: str) -> Progress | None:
        """Process output; returns the step that begins with it, None if none does."""
        for line in filter(None, map(str.strip, _COLORS.sub("", text).splitlines())):
            begun = _STEP.fullmatch(line)
            if begun is None:
                self._lines.append(line)
                continue
            self._step, self._instruction = f"{begun[1]}/{begun[2]}", begun[3]
            self._lines.clear()
            if begun[3].startswith(f"LABEL {PLACE_LABEL}="):  # the builder adds our label as a step that is in no Dockerfile
                continue
            return Progress(stage="build", text=f"Building the image, step {self._step}: {self._instruction}",
                            fraction=(int(begun[1]) - 1) / int(begun[2]))
        return None

    def failure(self, error: str) -> SandboxError:
        """The error for a failed build: what failed, the builder's last lines and what to do."""
        said = _COLORS.sub("", error).strip().rstrip(".")
        word, _, rest = self._instruction.partition(" ")
        # A FROM step fails for the network or the registry, not for the Dockerfile: that takes other advice.
        if word.upper() == "FROM" and not self._instruction.lower().startswith("from scratch"):
            return _without_base(self._build, rest.split(" ")[0], said)
        at = f" at step {self._step}, {self._instruction}" if self._step else ""
        lines = "".join(f"\n    {line}" for line in self._lines if not line.startswith(_NOISE))
        message = f"The image could not be built from {self._build.dockerfile} in {self._build.context}{at}: {said}."
        return SandboxError(message + lines, self._cure(said))

    def _cure(self, said: str) -> str:
        if _NEEDS_BUILDKIT in said:
            return ("Build it by hand (docker build shows more) and name it in ImageUri, or write the Dockerfile without what "
                    "needs BuildKit: sam build has the same builder.")
        file = self._build.dockerfile
        named = "" if file == "Dockerfile" else f"-f {Path(self._build.context, file)} "
        return f"Correct {file}; docker build {named}{self._build.context} shows all of it."


def _without_base(build: ImageBuild, base: str, said: str) -> SandboxError:
    return SandboxError(f"The image {base}, which {build.dockerfile} in {build.context} begins with, is not on this machine and "
                        f"could not be fetched: {said}.", f"Check the network; docker pull {base} shows more.")


def _is_here(client: Any, name: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        client.inspect_image(name)
    except ImageNotFound:
        return False
    return True


def _open_build(client: Any, build: ImageBuild, context: BuildContext, platform: str) -> Any:
    """Start a build as `APIClient.build` does, but return the response as a stream that another thread can close."""
    params = {
        "t": context.name, "dockerfile": context.dockerfile, "rm": True, "forcerm": True, "target": build.target or None,
        "buildargs": msgspec.json.encode(build.arguments).decode() if build.arguments else None, "platform": platform or None,
        "labels": msgspec.json.encode({PLACE_LABEL: context.place}).decode()}
    headers = {"Content-Type": "application/tar"}
    client._set_auth_headers(headers)
    response = client.post(f"{client.base_url}/v{client.api_version}/build", data=context.archive, headers=headers, stream=True,
                           params={name: value for name, value in params.items() if value is not None}, timeout=None)
    client._raise_for_status(response)
    return response


def _prune(client: Any, context: BuildContext) -> None:
    """Remove earlier images of the same function, and old ones; the engine keeps those that a container still uses."""
    from docker.errors import APIError

    oldest_s = time.time() - KEPT_DAYS * 86_400
    for image in client.images(filters={"label": PLACE_LABEL}):
        names = image.get("RepoTags") or ()
        is_outdated = (image.get("Labels") or {}).get(PLACE_LABEL) == context.place or image["Created"] < oldest_s
        if context.name in names or not is_outdated:
            continue
        for name in names:
            with contextlib.suppress(APIError):  # in use, or removed by another engine just now: the next build tries again
                client.remove_image(name)
