"""The cache of packages that tests share: the SDK, debugpy and what else pip installs take six seconds of a processor each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "WORKBENCH_TEST_PACKAGES"
"""Names the folder that all parts of a run share. packaging/dev.py sets it."""


def package_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder: that of all parts, or one of this part's own.

    Keyed by what is built, it is no way from test to test; a test that is about the cache itself has one of its own.
    """
    folder = Path(os.environ.get(VARIABLE) or tmp_path_factory.getbasetemp() / "packages")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder
