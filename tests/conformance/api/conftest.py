"""boto3 for the engine of a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.shared_engine import SharedEngine


@pytest.fixture
def client(engine: SharedEngine) -> Iterator[Any]:
    """boto3 for the workspace's own Region."""
    with closing(lambda_client(engine.url)) as client:
        yield client
