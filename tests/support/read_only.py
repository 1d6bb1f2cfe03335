"""Fixtures for what happens where nothing can be written, also when the tests run as root."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  (asyncio imports it late, when it may not be readable any more)
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The test's folder; with `read_only` one that nobody reaches, too.

    Every other run of pytest that starts closes the folder of all of them to other users.
    """
    if "read_only" not in request.fixturenames:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="read-only-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder).resolve()


@pytest.fixture
def read_only(tmp_path: Path) -> Callable[[Path], AbstractContextManager[None]]:
    """A context in which a folder and all in it cannot be written."""
    del tmp_path  # see there
    if not hasattr(os, "geteuid"):
        pytest.skip("folders have no write protection on this system")
    return _read_only
