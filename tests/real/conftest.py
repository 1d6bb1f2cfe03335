"""Handlers that nobody here wrote, or in the style of a library's guide, run unchanged in every sandbox."""

from __future__ import annotations

from tests.contract.conftest import container_engine, docker_images, sandbox, start

__all__ = ["container_engine", "docker_images", "sandbox", "start"]
