"""What tests of attacks get: a person who trusts nothing yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.hostile_clones import HostileClone
from workbench.workspace.trusted_folders import TrustedFolders


@pytest.fixture
def nothing_trusted(_isolated_person: None) -> TrustedFolders:
    """The person's list of trusted folders, empty."""
    folders = TrustedFolders()
    for folder, _ in folders.all():
        folders.withdraw(folder)
    assert not folders.all()
    return folders


@pytest.fixture
def clone(tmp_path: Path, nothing_trusted: TrustedFolders) -> HostileClone:
    """A hostile clone that nobody trusts."""
    return HostileClone(tmp_path)
