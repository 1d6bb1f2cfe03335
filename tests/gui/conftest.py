"""What every test of the window gets: no screen, no modal dialogs, nothing left behind."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything of Qt is imported

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

_LIMIT_MS = 30_000

_BLOCKING = (
    (QDialog, "exec"), (QMessageBox, "exec"), (QMenu, "exec"),  # of a QMenu only the static form can be replaced
    (QMessageBox, "question"), (QMessageBox, "information"), (QMessageBox, "warning"), (QMessageBox, "critical"),
    (QFileDialog, "getOpenFileName"), (QFileDialog, "getSaveFileName"), (QFileDialog, "getExistingDirectory"),
    (QInputDialog, "getText"), (QInputDialog, "getItem"),
)


def pytest_configure(config: pytest.Config) -> None:
    """A limit of the offscreen platform, told whenever a window with a minimum size is shown."""
    config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


class PatientBot(QtBot):
    """Waits for states as long as a busy machine may take; the parts of the suite run at the same time."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = _LIMIT_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: object, *, timeout: int = _LIMIT_MS, **options: object) -> object:
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    return PatientBot(request)


@pytest.fixture(scope="session", autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    """As in the window (workbench.gui.application.garbage): never on a worker thread, where a QObject in a cycle would die."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def only_what_a_module_makes_is_looked_through(garbage_is_collected_here: None) -> None:
    """By the collector, and by the search for timers that are left behind: what there is before stays, timers included."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_of_each_test(garbage_is_collected_here: None) -> Iterator[None]:
    """Between tests, on this thread."""
    yield
    gc.collect(1)


@pytest.fixture(autouse=True)
def no_blocking_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nested event loop would hang the suite and, in the window, re-enter coroutines: open() is the way."""
    for owner, name in _BLOCKING:
        monkeypatch.setattr(owner, name, _refusal(f"{owner.__name__}.{name}"))


def _refusal(name: str) -> object:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"{name} blocks: use open() and its finished signal")
    return refuse


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every top-level widget and every running timer a test made has to be gone after it."""
    widgets_before, timers_before = _widgets(), _timers()
    yield
    if QApplication.instance() is None:
        return
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left_widgets = _left(_widgets(), widgets_before)
    left_timers = _left(_timers(), timers_before)
    assert not left_widgets, f"top-level widgets left: {left_widgets}"
    assert not left_timers, f"running timers left: {left_timers}"


def _left(after: list[QObject], before: list[QObject]) -> list[QObject]:
    known = {id(one) for one in before}
    return [one for one in after if id(one) not in known]


def _widgets() -> list[QWidget]:
    if QApplication.instance() is None:
        return []
    return [widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ not in ("QTipLabel", "QDesktopWidget")]


def _timers() -> list[QTimer]:
    return [one for one in gc.get_objects() if type(one) is QTimer and shiboken6.isValid(one) and one.isActive()]


@pytest.fixture(autouse=True, scope="session")
def none_keeps_its_references() -> None:
    """PySide6 6.12.0 on Python < 3.12 loses one reference to None per call and aborts after some thousand."""
    gc.freeze()  # what is imported by now holds no timers: the search for those left behind need not look there
    target = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        target.setObjectName("x")
    lost = before - sys.getrefcount(None)
    if abs(lost) >= 50:
        pytest.exit(f"This PySide6 loses references to None ({lost} in 500 calls): install another version", returncode=3)
