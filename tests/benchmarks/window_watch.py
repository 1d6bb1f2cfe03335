"""What watches the window from inside its process. Imported when Qt has been: the program decides when that is."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

if TYPE_CHECKING:
    from workbench.gui.shell.main_window import MainWindow

FRAME_MS = 16


def tell(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


def note(at_s: dict[str, float], name: str) -> None:
    """Keep that something happened now, and the processor time until then."""
    at_s[f"{name}_s"], at_s[f"{name}_cpu_s"] = time.perf_counter(), time.process_time()


class FirstPaint(QObject):
    """Calls `done` once, in the first turn of the loop after a widget was painted."""

    def __init__(self, widget: QWidget, done: Callable[[], None]) -> None:
        super().__init__(widget)
        self._done = done
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._done)
        return False


class Frames(QObject):
    """A 60 Hz timer that keeps by how many milliseconds each of its calls was late, and the processor time of this thread
    since the one before: what others hold up does not count there.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._late_ms: list[float] = []
        self._own_ms: list[float] = []
        self._last_s, self._last_own_s = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(FRAME_MS)

    def take(self) -> tuple[list[float], list[float]]:
        """What was kept since the last call: late by, processor time."""
        taken = self._late_ms, self._own_ms
        self._late_ms, self._own_ms = [], []
        return taken

    def _tick(self) -> None:
        now_s, own_s = time.perf_counter(), time.thread_time()
        self._late_ms.append(max(0.0, (now_s - self._last_s) * 1000 - FRAME_MS))
        self._own_ms.append((own_s - self._last_own_s) * 1000)
        self._last_s, self._last_own_s = now_s, own_s


def empty() -> None:
    """The least a window of Qt can be."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1280, 800)
    window.setCentralWidget(QWidget())

    def painted() -> None:
        at_s: dict[str, float] = {}
        note(at_s, "painted")
        tell(at_s)
        application.quit()

    FirstPaint(window, painted)
    window.show()
    application.exec()


Observer = Callable[["MainWindow"], None]


def observe(shown: Observer, begun: Observer, opened: Observer) -> None:
    """Call these with the window: before it is shown, when it has code, and when it has a workspace."""
    from workbench.gui.shell.main_window import MainWindow

    show_code, show_workspace = MainWindow.show_code, MainWindow.show_workspace

    def begin_observed(window: MainWindow, folder: Any) -> bool:
        done = show_code(window, folder)
        begun(window)
        return done

    async def open_observed(window: MainWindow, folder: Any) -> bool:
        done = await show_workspace(window, folder)
        opened(window)
        return done

    def show_observed(window: MainWindow) -> None:
        shown(window)
        QMainWindow.show(window)

    MainWindow.show_code = begin_observed  # type: ignore[method-assign, assignment]
    MainWindow.show_workspace = open_observed  # type: ignore[method-assign, assignment]
    MainWindow.show = show_observed  # type: ignore[method-assign, assignment]


class Start(QObject):
    """Watches one start of the window: the code's first paint, a key typed into it, the list of functions, the other panels."""

    def __init__(self, window: MainWindow, at_s: dict[str, float]) -> None:
        from workbench.gui.workspace.workspace_page import WorkspacePage

        super().__init__(window)
        page = window.pages.currentWidget()
        assert isinstance(page, WorkspacePage)
        self._window, self._page, self._at_s = window, page, at_s
        editor = page.documents.tabs.current_editor()
        assert editor is not None
        self._editor, self._code = editor, editor.text()
        assert "def handler" in self._code
        FirstPaint(editor.view.viewport(), self._on_code)

    def on_opened(self, window: MainWindow) -> None:
        """The workspace was read."""
        assert window.workspace is not None
        assert [row.text for row in self._page.functions.list.rows] == ["Function"]
        window.workspace.completed.connect(self._on_completed)
        FirstPaint(self._page.functions.list.viewport(), self._on_listed)

    def _on_listed(self) -> None:
        note(self._at_s, "listed")

    def _on_code(self) -> None:
        note(self._at_s, "code")
        self._frames = Frames(self)
        self._type()

    def _type(self) -> None:
        """From a turn of the loop, where a person's keys arrive: not while the program's own start paints the window.

        Into what has the window's focus: a display without a window manager makes no window active.
        """
        from PySide6.QtGui import QKeyEvent

        asyncio = sys.modules.get("asyncio")  # not imported for this: when the program does is what is measured
        if asyncio is not None and asyncio._get_running_loop() is not None and asyncio.current_task() is not None:
            QTimer.singleShot(0, self._type)
            return
        focused = self._window.focusWidget()
        assert focused is self._editor.view, f"the focus is in {focused}"
        self._editor.text_edited.connect(self._on_typed)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.postEvent(focused, QKeyEvent(kind, Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier, "x"))

    def _on_typed(self) -> None:
        note(self._at_s, "interactive")
        assert self._editor.text() == "x" + self._code
        self._editor.text_edited.disconnect(self._on_typed)

    def _on_completed(self) -> None:
        note(self._at_s, "complete")
        QTimer.singleShot(FRAME_MS, self._take_frames)

    def _take_frames(self) -> None:
        late_ms, own_ms = self._frames.take()
        self._at_s["held_ms"], self._at_s["held_cpu_ms"] = max(late_ms), max(own_ms)
        self._end()

    def _end(self) -> None:
        assert "interactive_s" in self._at_s
        tell(self._at_s)
        self._editor.set_modified(False)
        self._window.close()


def show_all(window: MainWindow) -> None:
    """Have timeline, log, result and history beside each other, each a quarter of the window below a narrow strip of code."""
    from workbench.gui.layout.arrangement import Group, Split
    from workbench.gui.workspace.page_layouts import PageLayout

    assert window.workspace is not None
    rest = ("cost", "environments", "concurrency", "queue", "inbox")
    above = Split((Group(("timeline",)), Group(("logs",))))
    below = Split((Group(("result",)), Group(("history", *rest))))
    views = Split((above, below), is_vertical=True)
    window.workspace.page.regions.show_layout(PageLayout(views, editor=0.12))
    for name in ("timeline", "logs", "result", "history"):
        window.workspace.panels.lazy[name].fill()
