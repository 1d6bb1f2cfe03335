"""One line below the toolbar per debugged function: its stage, where to attach, and buttons to configure and to stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.theme import DARK, Theme, blend
from workbench.state.debugging import Debugged, debugging_text

_TOKENS = {"waiting": "warning", "stopped": "warning", "attached": "success", "running": "success"}
_TIPS = {
    "listening": "Attach now or later. An environment that starts waits for a debugger before the function's module is loaded.",
    "waiting": "It stands before the function's module, so that breakpoints there are met. No time limit runs meanwhile.",
    "stopped": "It goes on when the debugger lets it. No time limit runs meanwhile.",
}
_ICON_SIZE = QSize(15, 15)


class DebugBar(QFrame):
    """Hidden while nothing is debugged.

    Signals: `stop_requested(str function_name)`; `configuration_requested(str function_name, str ide)` with `vscode` or
    `pycharm`.
    """

    stop_requested = Signal(str)
    configuration_requested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Debugged functions")
        self._theme = DARK
        self.lines: dict[str, DebugLine] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._layout = layout
        self.hide()

    def show_debugged(self, debugged: Sequence[tuple[Debugged, str]]) -> None:
        """Show these functions, each with the name of its runtime's debugger (see `debugger_of`)."""
        kept = {one.function_name for one, _ in debugged}
        for name in [name for name in self.lines if name not in kept]:
            line = self.lines.pop(name)
            line.hide()  # deleteLater only takes effect in a later turn of the loop
            self._layout.removeWidget(line)
            line.deleteLater()
        for one, debugger in debugged:
            self._line(one.function_name).show_debugged(one, debugger)
        self.setVisible(bool(debugged))

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        self._theme = theme
        for line in self.lines.values():
            line.set_theme(theme)

    def _line(self, name: str) -> DebugLine:
        line = self.lines.get(name)
        if line is None:
            line = self.lines[name] = DebugLine(name, self)
            line.set_theme(self._theme)
            line.stop_requested.connect(self.stop_requested)
            line.configuration_requested.connect(self.configuration_requested)
            self._layout.addWidget(line)
        return line


class DebugLine(QFrame):
    """The line of one function. While it waits for the person's debugger, it has the color of a warning."""

    stop_requested = Signal(str)
    configuration_requested = Signal(str, str)

    def __init__(self, function_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("debugLine")
        self._name = function_name
        self._debugged: Debugged | None = None
        self._theme = DARK
        self._icon, self._text = PlainLabel(), PlainLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.vscode = self._button("Write VS Code configuration", "Write an attach configuration into .vscode/launch.json")
        self.pycharm = self._button("Write PyCharm configuration", "Write an attach configuration, or show its fields")
        self.copy = self._button("Copy address", "Copy the address where debuggers attach")
        self.stop = self._button("Stop debugging", f"Stop debugging {function_name}; code that is paused continues")
        self.vscode.clicked.connect(self._on_vscode)
        self.pycharm.clicked.connect(self._on_pycharm)
        self.copy.clicked.connect(self._on_copy)
        self.stop.clicked.connect(self._on_stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(13, 4, 8, 4)
        layout.setSpacing(7)
        for widget in (self._icon, self._text, self.vscode, self.pycharm, self.copy, self.stop):
            layout.addWidget(widget)

    @property
    def text(self) -> str:
        """The text shown now."""
        return self._text.text()

    def show_debugged(self, debugged: Debugged, debugger: str) -> None:
        """Show the function's stage. A screen reader announces it when it changed."""
        if debugged == self._debugged:  # asked after every drain of the stream; setting the text would lose its selection
            return
        is_news = self._debugged is None or self._debugged.stage != debugged.stage
        self._debugged = debugged
        self._text.setText(debugging_text(debugged, debugger))
        self._text.setToolTip(_TIPS.get(debugged.stage, ""))
        self.copy.setText("Copy address")
        for button in (self.vscode, self.pycharm, self.copy, self.stop):
            button.setEnabled(debugged.stage != "switching")
        self._paint()
        if is_news:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._text.text()))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for background and icon."""
        self._theme = theme
        self._paint()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(f"{text}: {self._name}")
        return button

    def _paint(self) -> None:
        stage = self._debugged.stage if self._debugged is not None else "switching"
        edge = getattr(self._theme, _TOKENS.get(stage, "muted"))
        ground = blend(edge, self._theme.panel, 0.14 if stage in ("waiting", "stopped") else 0.04)
        self._icon.setPixmap(icon_pixmap("bug", edge, _ICON_SIZE.width()))
        self.setStyleSheet(f"#debugLine {{ background: {ground}; border-left: 3px solid {edge}; border-bottom: 1px solid "
                           f"{self._theme.border}; }} QPushButton {{ padding: 3px 9px; }}")

    def _on_vscode(self) -> None:
        self.configuration_requested.emit(self._name, "vscode")

    def _on_pycharm(self) -> None:
        self.configuration_requested.emit(self._name, "pycharm")

    def _on_copy(self) -> None:
        if self._debugged is not None:
            QGuiApplication.clipboard().setText(self._debugged.address)
            self.copy.setText("Address copied")

    def _on_stop(self) -> None:
        self.stop_requested.emit(self._name)
