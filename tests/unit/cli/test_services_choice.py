from __future__ import annotations

import pytest

from workbench.cli.services_choice import services_choice
from workbench.model.failures import InvalidInput


@pytest.mark.parametrize(("named", "chosen"), [
    ("moto", "moto"), ("none", ""), ("http://localhost:4566", "http://localhost:4566"), ("https://[::1]:1/", "https://[::1]:1/")])
def test_what_may_be_named(named: str, chosen: str) -> None:
    assert services_choice(named) == chosen


@pytest.mark.parametrize("named", ["localhost:5000", "http://", "http://user@host", "http://host/path", "Moto", "http://a b"])
def test_what_may_not(named: str) -> None:
    with pytest.raises(InvalidInput, match="is no services endpoint"):
        services_choice(named)
