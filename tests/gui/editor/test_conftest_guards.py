"""The guards guard: without these tests a broken fixture would pass everything."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QMessageBox
from pytestqt.qtbot import QtBot

import workbench
from tests.gui.conftest import _timers

SOURCES = sorted(path for folder in ("gui", "editor") for path in (Path(workbench.__file__).parent / folder).rglob("*.py"))


@pytest.mark.parametrize("widget", [QDialog, QMessageBox])
def test_modal_loops_are_refused(qtbot: QtBot, widget: type[QDialog]) -> None:
    made = widget()
    qtbot.addWidget(made)
    with pytest.raises(AssertionError, match="blocks"):
        made.exec()


def test_a_running_timer_is_seen(qapp: object) -> None:
    timer = QTimer()
    timer.start(60_000)
    assert timer in _timers()
    timer.stop()
    assert timer not in _timers()


def test_no_source_runs_a_nested_loop() -> None:
    """PySide looks up `exec` of a QMenu's instance past the class, so a fixture alone cannot refuse it."""
    texts = {source: source.read_text("utf-8") for source in SOURCES}
    nested = {source.name: found for source, text in texts.items() if ".exec" in text and (found := _nested_loops(text))}
    assert not nested


def _nested_loops(text: str) -> list[int]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in ("exec", "exec_")]
