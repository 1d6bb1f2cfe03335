"""Finds images: uses those that are here without asking a registry, and pulls others once, with progress, unless cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.model.failures import SandboxError, SandboxUnavailable
from workbench.model.function import Architecture
from workbench.sandbox.docker.calls import DockerCalls, DockerRefused
from workbench.sandbox.docker.image_files import UnknownFile, files_of
from workbench.sandbox.docker.init_trace import OWN_WAYS
from workbench.sandbox.docker.long_answer import LongAnswer
from workbench.sandbox.docker.user import USERS_FILE
from workbench.sandbox.protocol import Progress, ProgressHandler

PLATFORMS: dict[Architecture, str] = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""Architectures as container engines name them."""
_PROGRESS_INTERVAL_S = 0.1
_LOOKS = 3
"""How often an image is looked into before it is given up: an overloaded engine answers some requests with an error."""


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An image on this machine. `has_shell`: it contains /bin/sh; `variables`: names of the variables that it sets.

    `users` is the content of its /etc/passwd, "" for none; `search_path` is the PATH that it sets, "" for none.
    """

    identifier: str
    name: str
    architecture: Architecture
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    has_shell: bool
    working_directory: str = ""
    variables: tuple[str, ...] = ()
    users: str = ""
    search_path: str = ""

    @property
    def own_ways(self) -> tuple[str, ...]:
        """Those of the image's variables that rule out a trace of INIT."""
        return tuple(name for name in OWN_WAYS if name in self.variables)


class PullProgress:
    """Sums the engine's progress lines over all layers. The fraction never falls, though layers' sizes become known late."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._fraction = 0.0

    def add(self, line: dict[str, Any]) -> None:
        """Process one line of the answer to `POST /images/create`."""
        layer, detail = line.get("id", ""), line.get("progressDetail") or {}
        if line.get("status") == "Downloading" and detail.get("total"):
            self._total[layer] = detail["total"]
            self._done[layer] = detail.get("current", 0)
        elif line.get("status") in ("Download complete", "Pull complete"):
            self._done[layer] = self._total.get(layer, 0)

    def step(self) -> Progress:
        """The current state of the pull, for people."""
        done, total = sum(self._done.values()), sum(self._total.values())
        if not total:
            return Progress(stage="pull", text=f"Fetching {self._name}")
        self._fraction = max(self._fraction, done / total)
        text = f"Fetching {self._name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
        return Progress(stage="pull", text=text if done < total else f"Unpacking {self._name}", fraction=self._fraction,
                        done_bytes=done if done < total else None)


class ImageStore:
    """The engine's images. Two functions that need the same image wait for one pull."""

    def __init__(self, calls: DockerCalls, labels: Mapping[str, str]) -> None:
        """`labels`: those of the containers in which images are looked into."""
        self._calls = calls
        self._labels = labels
        self._locks: dict[str, asyncio.Lock] = {}
        # By image ID, which names a content: looking into an image takes a container, and what is in it never changes.
        self._contents: dict[str, tuple[bool, str]] = {}

    async def ensure(self, name: str, architecture: Architecture, progress: ProgressHandler) -> ImageFacts:
        """Return the image, pulled if it is not here. Raises SandboxUnavailable with what to do; canceling stops the pull."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            found = await self._inspect(name)
            if found is None:
                await self._pull(name, architecture, progress)
                found = await self._inspect(name)
            if found is None:
                raise SandboxUnavailable(f"The image {name} was fetched and is not there.", f"Try by hand: docker pull {name}")
            return await self._facts(name, found)

    async def find(self, name: str) -> ImageFacts | None:
        """Return the image, None if it is not on this machine. Raises SandboxError."""
        found = await self._inspect(name)
        return await self._facts(name, found) if found is not None else None

    async def _inspect(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = await self._calls.run(f"look for the image {name}", lambda client: client.inspect_image(name))
        except DockerRefused as refused:
            if refused.status == 404:
                return None
            raise
        return found

    async def _facts(self, name: str, found: dict[str, Any]) -> ImageFacts:
        identifier, config = str(found["Id"]), found.get("Config") or {}
        if identifier not in self._contents:
            self._contents[identifier] = await self._calls.run(
                "look into the image", lambda client: _look(client, identifier, self._labels))
        has_shell, users = self._contents[identifier]
        variables = dict(each.partition("=")[::2] for each in config.get("Env") or ())
        return ImageFacts(
            identifier=identifier,
            name=name,
            architecture="arm64" if found.get("Architecture") == "arm64" else "x86_64",
            entrypoint=tuple(config.get("Entrypoint") or ()),
            command=tuple(config.get("Cmd") or ()),
            has_shell=has_shell,
            working_directory=str(config.get("WorkingDir") or ""),
            variables=tuple(variables),
            users=users,
            search_path=variables.get("PATH", ""),
        )

    async def _pull(self, name: str, architecture: Architecture, progress: ProgressHandler) -> None:
        loop = asyncio.get_running_loop()

        def report(step: Progress) -> None:
            loop.call_soon_threadsafe(progress, step)

        pull = _Pull(name, PLATFORMS[architecture], report)
        progress(Progress(stage="pull", text=f"Fetching {name}"))
        try:
            await self._calls.run(f"fetch {name}", pull.run, deadline_s=None)
        except asyncio.CancelledError:
            pull.cancel()  # the thread reads on until its connection is closed
            raise
        except SandboxError as error:
            raise SandboxUnavailable(
                f"The image {name} is not on this machine and could not be fetched. {error.message}",
                f"Check the network (docker pull {name} shows more), or set another image for this runtime.",
            ) from error


class _Pull:
    """One pull in a thread of the pool; `cancel` may be called from any thread and ends it at once."""

    def __init__(self, name: str, platform: str, report: ProgressHandler) -> None:
        self._name = name
        self._platform = platform
        self._report = report
        self._answer = LongAnswer()

    def cancel(self) -> None:
        self._answer.cancel()

    def run(self, client: Any) -> None:
        """Pull. Blocking. Raises SandboxError with the engine's message if the registry does not deliver the image."""
        folded, last_s = PullProgress(self._name), 0.0
        response = _open_pull(client, self._name, self._platform)
        with contextlib.closing(self._answer.lines(response)) as lines:
            for line in lines:
                if "error" in line:
                    raise SandboxError(str(line["error"]).rstrip(".") + ".")
                folded.add(line)
                last_s = self._report_sometimes(folded, last_s)

    def _report_sometimes(self, folded: PullProgress, last_s: float) -> float:
        now_s = time.monotonic()
        if now_s - last_s < _PROGRESS_INTERVAL_S or self._answer.is_cancelled:
            return last_s
        self._report(folded.step())
        return now_s


def _open_pull(client: Any, name: str, platform: str) -> Any:
    """Start a pull and return the response, which `APIClient.pull` hides: another thread closes it to cancel."""
    from docker import auth
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(name)
    registry, _ = auth.resolve_repository_name(repository)
    credentials = auth.get_config_header(client, registry)
    response = client.post(
        f"{client.base_url}/v{client.api_version}/images/create",
        params={"fromImage": repository, "tag": tag or "latest", "platform": platform},
        headers={"X-Registry-Auth": credentials} if credentials else {}, stream=True, timeout=None,
    )
    client._raise_for_status(response)
    return response


def _look(client: Any, image: str, labels: Mapping[str, str]) -> tuple[bool, str]:
    """Whether the image contains /bin/sh, and its list of users. Raises SandboxError if the engine does not tell."""
    for _ in range(_LOOKS):
        with contextlib.suppress(UnknownFile), files_of(client, image, labels) as files:
            return files.has("/bin/sh"), files.text(USERS_FILE)
    # Not taken for "no shell": every environment would then be without a network made ahead for as long as we run.
    raise SandboxError("The container engine does not tell what is in the image.", "Invoke the function again.")
