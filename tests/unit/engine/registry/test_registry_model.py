"""Any order of calls gives what a small model of the registry gives. `dev.py bench registry_model` does it for longer."""

from __future__ import annotations

from tests.support.registry_model.runs import run


def test_in_any_order() -> None:
    run(examples=15, calls=25)
