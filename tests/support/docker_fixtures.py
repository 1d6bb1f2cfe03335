"""What tests with real containers begin with."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.docker_images import images_or_reason
from workbench.sandbox.docker.provider import DockerSandboxProvider

RUNTIMES = {"python3.11": "python", "nodejs18.x": "node", "provided.al2023": "provided", "ruby3.3": "ruby", "java17": "java"}


def known_images() -> dict[str, str]:
    """Runtime identifier -> test image; skips the test where there is no engine."""
    images = images_or_reason()
    if isinstance(images, str):
        pytest.skip(images)
    return {runtime: images[family] for runtime, family in RUNTIMES.items() if family in images}


@asynccontextmanager
async def docker_provider(folder: Path) -> AsyncIterator[DockerSandboxProvider]:
    """A provider that knows the test images, closed afterwards."""
    provider = DockerSandboxProvider(engine_id=f"test-{uuid.uuid4().hex[:12]}", state_folder=folder / "state",
                                     image_for=lambda _runtime, _architecture: None, images=known_images())
    try:
        yield provider
    finally:
        await provider.close()
