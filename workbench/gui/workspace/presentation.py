"""Presentation mode: large type, timeline and log first, and no value of an environment variable and no secret to be seen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from shiboken6 import isValid

from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.secret_values import secret_values
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.state.hidden_values import HiddenValues

SCALE = 1.5
"""How much larger everything is at least: 9-point text is read from the second row at 13.5."""
_LARGEST = 2.2
_LEAST_PX = 540
"""A window that is so many times as high has room for text that many times as large."""


class Presentation(QObject):
    """Belongs to the workspace's page. It ends with the workspace, or when the person chooses another layout."""

    def __init__(
        self, page: WorkspacePage, configuration: ConfigurationController, appearance: Appearance, model: WorkspaceState,
        hidden: HiddenValues,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._configuration = configuration
        self._appearance = appearance
        self._model, self._hidden = model, hidden
        self._code_size_pt = 0.0
        self._icons: list[tuple[QAbstractButton, QSize]] = []
        self._focused_before: QWidget | None = None
        page.layouts.presenting_changed.connect(self._on_changed)
        page.escape_pressed.connect(self.end)
        page.toolbar.leave_wanted.connect(self.end)
        model.functions_changed.connect(self._hide_secrets)

    @property
    def is_on(self) -> bool:
        """Whether the page is shown to an audience."""
        return self._page.layouts.is_presenting

    def toggle(self) -> None:
        """Begin, or go back to what was there before."""
        self.end() if self.is_on else self._begin()

    def end(self) -> None:
        """Go back to what was there before, the keyboard too."""
        if self.is_on:
            self._page.layouts.present(is_on=False)
            before, self._focused_before = self._focused_before, None
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin(self) -> None:
        self._focused_before = self._page.window().focusWidget()
        self._page.layouts.present(is_on=True)

    def _on_changed(self, is_on: bool) -> None:
        editor = self._page.documents.tabs.current_editor()
        if is_on:
            self._code_size_pt = editor.code_font.size_pt if editor is not None else 0.0
            buttons = self._page.window().findChildren(QAbstractButton)
            self._icons = [(button, button.iconSize()) for button in buttons if not button.icon().isNull()]
        self._page.toolbar.present(is_on=is_on)
        self._configuration.hide_values(is_hidden=is_on)
        if is_on:
            self._hide_secrets()
        else:
            self._hidden.show_all()
        self._page.regions.strip.present(is_on=is_on)
        scale = scale_in(self._page.window().height()) if is_on else 1.0
        self._appearance.enlarge(scale, lambda: self._enlarge_rest(scale))  # all is drawn anew with that, and nothing before

    def _enlarge_rest(self, scale: float) -> None:
        """Give code and icons their sizes, which do not follow the application's font."""
        if not isValid(self):  # the workspace may have been closed meanwhile
            return
        if self._code_size_pt:
            self._page.documents.tabs.look.set_font_size(self._code_size_pt * scale)
        for button, own in self._icons:
            if isValid(button):
                button.setIconSize(own * scale)

    def _hide_secrets(self) -> None:
        """Hide the secrets that there are now. Those that there were stay hidden, because logs have them."""
        if self.is_on:
            self._hidden.hide(secret_values(self._model))


def scale_in(height_px: int) -> float:
    """Return how much larger everything is in a window of that height."""
    return min(max(SCALE, height_px / _LEAST_PX), _LARGEST)
