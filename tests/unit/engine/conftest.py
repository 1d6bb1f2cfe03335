"""Tests of the engine's own rooms look into its journal, so that the file stays in this process, however much is written."""

from __future__ import annotations

import pytest

from workbench.engine.journal.traffic import Traffic


@pytest.fixture(autouse=True)
def _stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Traffic, "is_much", False)
