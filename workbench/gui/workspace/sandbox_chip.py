"""The toolbar's button for the sandbox: where functions run now, and the choice of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.flat_combo import ARROW

if TYPE_CHECKING:  # all that an engine tells takes 20 ms to import, and the code is shown before
    from workbench.model.engine_api import Health, SandboxStatus

SANDBOX_TITLES = {"auto": "Automatic", "isolated": "Isolated", "process": "Process", "docker": "Docker"}


class SandboxChip(QToolButton):
    """Shows where functions run and offers the choice; sandboxes that cannot be used here say why. Emits `chosen(str kind)`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sandbox")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIconSize(QSize(12, 12))
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self._group: QActionGroup | None = None
        self._health: Health | None = None
        self._function = ""
        self._used = ""
        self._is_short = False
        self._color = "muted"
        self._theme: Theme | None = None
        self._show()

    def show_health(self, health: Health | None) -> None:
        """Show the engine's sandboxes; None while it does not answer."""
        self._health = health
        self._fill_menu()
        self._show()

    def show_function(self, runtime: str, architecture: str) -> None:
        """Show the chosen function's runtime and architecture beside the sandbox."""
        self._function = f" · {runtime} · {architecture}" if runtime else ""
        self._show()

    def show_used(self, kind: str) -> None:
        """Show where the chosen function ran last, which may differ from the setting (no image, for example). "": nowhere yet."""
        if kind != self._used:
            self._used = kind
            self._show()

    @property
    def spare_px(self) -> int:
        """The width of what `shorten` leaves out."""
        return self.fontMetrics().horizontalAdvance(self._function)

    @property
    def least_px(self) -> int:
        """The width without that."""
        return self.sizeHint().width() - (0 if self._is_short else self.spare_px)

    def minimumSizeHint(self) -> QSize:
        """Let the toolbar shorten it instead of widening the window."""
        return QSize(self.least_px, super().minimumSizeHint().height())

    def shorten(self, *, is_short: bool) -> None:
        """Leave out runtime and architecture, which the configuration shows too, or show them again."""
        if is_short is not self._is_short:
            self._is_short = is_short
            self._show()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for the dot."""
        self._theme = theme
        self._show()

    @property
    def _more(self) -> str:
        return "" if self._is_short else self._function

    def _show(self) -> None:
        if self._health is None:
            self.setText(f"Engine starting{self._more} {ARROW}")
            self._color = "muted"
        else:
            self._show_sandbox(self._health)
        if self._theme is not None:
            self.setIcon(icon("dot", getattr(self._theme, self._color)))

    def _show_sandbox(self, health: Health) -> None:
        status, used = _status(health, health.sandbox), used_sandbox(health, self._used)
        differs, title = used != health.sandbox, SANDBOX_TITLES[used]
        self.setText(f"{title}{self._more} {ARROW}")
        available = status is None or status.available
        self._color = "warning" if differs else "success" if available else "error"
        detail = status.detail if status else ""
        self.setToolTip(f"The last invocation ran in the sandbox {title}, not in {SANDBOX_TITLES[health.sandbox]} ({detail})."
                        if differs else detail)

    def _fill_menu(self) -> None:
        self._menu.clear()
        if self._group is not None:
            self._group.deleteLater()  # with its actions; not at once, because this may run within its own `triggered`
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        if self._health is None:
            return
        for kind in SANDBOX_TITLES:
            self._add_choice(self._group, self._health, kind)
        self._menu.addActions(self._group.actions())

    def _add_choice(self, group: QActionGroup, health: Health, kind: str) -> None:
        status = _status(health, kind)
        text = SANDBOX_TITLES[kind]
        if kind == "auto":
            chosen = health.settings.sandbox == "auto"
            text += f"  –  {SANDBOX_TITLES[health.sandbox]} now" if chosen else "  –  the best that works here"
        # The group is the parent: `QMenu.clear` deletes only actions that belong to the menu, so others would pile up.
        action = QAction(text if status is None else f"{text}  –  {status.detail}", group)
        action.setData(kind)
        action.setCheckable(True)
        action.setChecked(health.settings.sandbox == kind)
        action.setEnabled(status is None or status.available)
        action.setToolTip(status.hint if status else "Isolated where that works, else Docker, else processes of this machine.")

    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))


def used_sandbox(health: Health, used: str) -> str:
    """Return the sandbox that functions run in now: the one `used` last, or the engine's setting if that is "".

    A last sandbox that is no longer available says nothing about the next invocation, so the setting counts then as well.
    """
    status = _status(health, used)
    return used if used in SANDBOX_TITLES and (status is None or status.available) else health.sandbox


def _status(health: Health, kind: str) -> SandboxStatus | None:
    return next((status for status in health.sandboxes if status.kind == kind), None)
