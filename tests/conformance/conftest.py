"""One engine for the tests of a module, as a real process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder


@pytest.fixture(autouse=True)
def cached_packages(one_cache: None) -> None:
    """Packages are built once."""


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for a workspace with one function in its template, FromTemplate."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with shared_by_tests(tmp_path_factory, builder.write()) as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: SharedEngine) -> Iterator[SharedEngine]:
    """The shared engine, left without environments."""
    yield shared_engine
    asyncio.run(shared_engine.stop_environments())
