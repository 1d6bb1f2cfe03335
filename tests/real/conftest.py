"""Handlers that nobody here wrote, or in the style of a library's guide, run unchanged in every sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conftest import container_engine, docker_images, sandbox, start, traces

__all__ = ["container_engine", "docker_images", "sandbox", "start", "traces"]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What these tests build and install is built and installed once for all of them, as it is for a person."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _shared_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
