"""Handlers that nobody here wrote, or in the style of a library's guide, run unchanged in every sandbox."""

from __future__ import annotations

from tests.contract.conftest import container_engine, docker_images, one_cache, package_cache, sandbox, start, traces

__all__ = ["container_engine", "docker_images", "one_cache", "package_cache", "sandbox", "start", "traces"]
