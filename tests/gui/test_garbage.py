"""Cycles that hold QObjects are collected on the window's thread, whatever thread allocates."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.gui.application.garbage import GarbageCollector


class Dying(QObject):
    """Says on which thread it was collected."""

    def __init__(self, threads: list[threading.Thread]) -> None:
        super().__init__()
        self.cycle = self
        self.threads = threads

    def __del__(self) -> None:
        self.threads.append(threading.current_thread())


def test_a_worker_that_allocates_collects_nothing(qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    collector = GarbageCollector()
    try:
        Dying(threads)
        worker = threading.Thread(target=lambda: [[] for _ in range(200_000)])
        worker.start()
        worker.join()
        kept = [[] for _ in range(2_000)]
        qtbot.waitUntil(lambda: bool(threads))
        assert threads == [threading.main_thread()], kept[:0]
    finally:
        collector.stop()
        gc.disable()  # as the other tests of the window have it
