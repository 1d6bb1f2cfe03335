"""An engine for the stacks of a module, and boto3 for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` without a services endpoint."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with shared_by_tests(tmp_path_factory, builder.write()) as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: SharedEngine) -> Iterator[SharedEngine]:
    """The shared engine, left without environments."""
    yield shared_engine
    asyncio.run(shared_engine.stop_environments())


@pytest.fixture
def functions(engine: SharedEngine) -> Iterator[Any]:
    """boto3 for Lambda."""
    with closing(lambda_client(engine.url)) as client:
        yield client


@pytest.fixture
def stacks(engine: SharedEngine) -> Iterator[Any]:
    """boto3 for CloudFormation."""
    with closing(lambda_client(engine.url, service="cloudformation")) as client:
        yield client
