"""One suite, every sandbox: a test that takes `start` runs in each kind, unless one of the marks below says where it is enough.

What a test costs is mostly engines and environments, so what can be seen in one invocation is asserted of one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.docker_engine import engine_or_reason
from tests.support.docker_images import ensure_images
from tests.support.engines import EngineInTest, engine_in_test
from tests.support.podman import podman_or_reason, podman_service
from workbench.model.function import SandboxKind
from workbench.sandbox.docker import pause_containers
from workbench.workspace.state_directory import state_directory

RUBY_RUNTIME, JAVA_RUNTIME = "ruby3.3", "java17"
"""The identifiers for what Debian has: Ruby 3.1 or newer, Java 17 or newer."""

StartEngine = Callable[[Path], Awaitable[EngineInTest]]

in_a_process = pytest.mark.parametrize("sandbox", ["process"])
"""For what the engine alone decides: the very same code answers for every sandbox, and the cheapest one shows it."""
with_either_client = pytest.mark.parametrize("sandbox", ["process", pytest.param("docker", marks=pytest.mark.docker)])
"""For what a runtime client or a container adds: ours (a process and the isolated sandbox start the same one), and AWS's own."""


@pytest.fixture(scope="session", autouse=True)
def container_engine() -> Iterator[None]:
    """Docker, or with WORKBENCH_TEST_ENGINE=podman a Podman service of the tests' own, started before any test."""
    if os.environ.get("WORKBENCH_TEST_ENGINE") != "podman":
        yield
        return
    if reason := podman_or_reason() or engine_or_reason():
        pytest.skip(reason)
    ensure_images()
    with podman_service() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", url)
        patch.setenv("WORKBENCH_TEST_ENGINE_URL", url)  # for those who ask the engine itself (`docker_sandboxes.docker`)
        yield


@pytest.fixture(scope="session")
def docker_images(container_engine: None) -> dict[str, str]:
    """Images per runtime identifier; skips where no engine can be had (an error where CI insists)."""
    reason = engine_or_reason()
    if reason and os.environ.get("WORKBENCH_REQUIRE_DOCKER"):
        pytest.fail(f"Docker is required here: {reason}")
    if reason:
        pytest.skip(f"No Docker: {reason}")
    images = ensure_images()
    return {
        "python3.11": images["python"], "nodejs20.x": images.get("node", ""), "provided.al2023": images["provided"],
        RUBY_RUNTIME: images["ruby"], JAVA_RUNTIME: images["java"],
    }


@pytest.fixture(params=["process", "isolated", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> SandboxKind:
    """The kind of sandbox a test runs in."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def cached_packages(one_cache: None) -> None:
    """Packages are built once."""


@pytest.fixture(scope="session")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the images' Pythons have compiled once: an engine of each test would start a container for it anew."""
    return tmp_path_factory.mktemp("traces")


@pytest.fixture
async def start(
    sandbox: SandboxKind, traces: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StartEngine]:
    """Start an engine for a workspace in this test's sandbox.

    In Docker it makes no networks ahead of those that environments take: most tests would be over before they are used.
    """
    images = request.getfixturevalue("docker_images") if sandbox == "docker" else {}
    monkeypatch.setattr(pause_containers, "FIRST_SPARES", 0)
    monkeypatch.setattr(pause_containers, "MOST_SPARES", 1)
    async with AsyncExitStack() as stack:

        async def start_engine(workspace: Path) -> EngineInTest:
            if sandbox == "docker":
                own_traces = state_directory(workspace) / "docker" / "import_trace"
                shutil.copytree(traces, own_traces, symlinks=True, dirs_exist_ok=True)
                stack.callback(_keep, own_traces, traces)
            return await stack.enter_async_context(engine_in_test(workspace, sandbox=sandbox, images=images))

        yield start_engine


def _keep(own: Path, kept: Path) -> None:
    """What was compiled for an image that none was compiled for before."""
    for folder in own.iterdir():
        if not (kept / folder.name).exists():
            shutil.copytree(folder, kept / folder.name, symlinks=True)
