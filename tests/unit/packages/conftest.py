"""What the tests of this package share."""

import concurrent.futures.thread  # noqa: F401  (asyncio imports it late, when it may not be readable any more)
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*")) if path.is_dir() and not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anywhere: be nobody meanwhile
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.fixture
def read_only(tmp_path: Path) -> Callable[[Path], object]:
    """A context in which a folder and all in it cannot be written, also when the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("folders have no write protection on this system")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return _read_only
