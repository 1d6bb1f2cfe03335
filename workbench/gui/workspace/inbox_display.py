"""Shows the inbox in its panel, counts what is unread in the tab above it, and passes on what is asked for there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.inbox_controller import InboxController
from workbench.gui.workspace.invocation_opener import InvocationOpener
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.state.hidden_values import HiddenValues
from workbench.state.inbox_rows import PAGE

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.inbox.inbox_panel import InboxPanel

class InboxDisplay(QObject):
    """Belongs to the workspace's page."""

    def __init__(
        self, controller: InboxController, opener: InvocationOpener, page: WorkspacePage, appearance: Appearance,
        hidden: HiddenValues,
    ) -> None:
        super().__init__(page)
        self._controller = controller
        self._opener = opener
        self._page = page
        self._appearance = appearance
        self._hidden = hidden
        self.lazy_panel = LazyPanel(page.regions.inbox, self._make_panel)
        controller.changed.connect(self._show)
        controller.message_changed.connect(self._show_message)

    @property
    def panel(self) -> InboxPanel:
        """The panel, created now if it does not exist yet."""
        return self.lazy_panel.panel

    def _make_panel(self) -> InboxPanel:
        from workbench.gui.panels.inbox.inbox_panel import InboxPanel

        controller = self._controller
        panel = InboxPanel(controller.rows, theme=self._appearance.theme, seen=self._hidden.text)
        self._appearance.theme_changed.connect(panel.set_theme)
        panel.visibility_changed.connect(controller.look)
        panel.more_needed.connect(controller.read_more)
        panel.message_chosen.connect(controller.choose)
        panel.invocation_requested.connect(self._opener.open)
        panel.clear_requested.connect(self._on_clear)
        return panel

    def _show(self) -> None:
        unread = self._controller.unread
        count = f" ({unread}{'+' if unread >= PAGE else ''})" if unread else ""
        self._page.regions.area.set_title("inbox", f"Inbox{count}")
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.refresh()

    def _show_message(self) -> None:
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_message(self._controller.message)

    def _on_clear(self) -> None:
        from workbench.gui.dialogs.queue_dialogs import ConfirmDialog

        dialog = ConfirmDialog("Clear the inbox", "All messages of the inbox will be deleted. This cannot be undone.",
                               "Clear", self._page)
        dialog.chosen.connect(lambda _: self._controller.clear(dialog))
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one
