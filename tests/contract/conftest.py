"""One suite, every sandbox: a test that takes `start` runs in each kind, unless one of the marks below says where it is enough.

What a test costs is mostly engines and environments, so what can be seen in one invocation is asserted of one.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.docker_engine import engine_or_reason
from tests.support.docker_images import ensure_images
from tests.support.engines import EngineInTest, engine_in_test
from tests.support.podman import podman_or_reason, podman_service
from workbench.model.function import SandboxKind

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


@pytest.fixture
async def start(sandbox: SandboxKind, request: pytest.FixtureRequest) -> AsyncIterator[StartEngine]:
    """Start an engine for a workspace in this test's sandbox."""
    images = request.getfixturevalue("docker_images") if sandbox == "docker" else {}
    async with AsyncExitStack() as stack:

        async def start_engine(workspace: Path) -> EngineInTest:
            return await stack.enter_async_context(engine_in_test(workspace, sandbox=sandbox, images=images))

        yield start_engine
