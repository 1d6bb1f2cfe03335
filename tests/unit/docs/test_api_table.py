"""The manual's table of operations is what the code has."""

from __future__ import annotations

from tests.support.api_table import PAGE, written


def test_the_table_is_that_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.support.api_table"
