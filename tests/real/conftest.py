"""Handlers that nobody here wrote, or in the style of a library's guide, run unchanged in every sandbox."""

from __future__ import annotations

from tests.contract.conftest import cached_packages, container_engine, docker_images, sandbox, start, traces

__all__ = ["cached_packages", "container_engine", "docker_images", "sandbox", "start", "traces"]
