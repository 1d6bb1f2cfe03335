"""What the tests of this package share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anywhere: be nobody meanwhile
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)
        folder.chmod(mode)


@pytest.fixture
def read_only(tmp_path: Path) -> Callable[[Path], object]:
    """A context in which a folder cannot be written, also when the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("folders have no write protection on this system")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return _read_only
