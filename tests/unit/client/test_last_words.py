from __future__ import annotations

from pathlib import Path

import pytest

from workbench.client.engine_process import last_words


@pytest.mark.parametrize(("log", "words"), [
    ("listening\nworkbench: moto is not installed.\n  Install it.\n", "moto is not installed. Install it."),
    ("workbench: The port is taken.\n", "The port is taken."),
    ("Traceback:\n  File x\nImportError: none\n", "ImportError: none"),
    ("  indented\n  alone\n", "alone"), ("", ""),
])
def test_an_error_is_told_with_what_to_do(tmp_path: Path, log: str, words: str) -> None:
    (tmp_path / "engine.log").write_text(log)
    assert last_words(tmp_path / "engine.log").strip() == words


def test_no_log_has_no_words(tmp_path: Path) -> None:
    assert last_words(tmp_path / "engine.log") == ""
