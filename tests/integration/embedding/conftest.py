"""What these tests share: a folder of functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.echo_application import write_application


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A SAM application of this test."""
    return write_application(tmp_path / "app")
