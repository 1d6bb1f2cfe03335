"""boto3 for the stacks of a module's engine, which has no services endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.shared_engine import SharedEngine


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
