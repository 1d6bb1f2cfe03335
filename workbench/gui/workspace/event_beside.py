"""The chosen event beside the code that gets it, where the layout has it there and the page is wide enough."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.workspace.events import expectation_file

FROM_PX = 1_400
"""The width of the page, in logical pixels, from which on an event is put there without being asked for."""
LARGEST_BYTES = 256 * 1024
"""A larger event takes the editor too long to be opened by itself."""


class EventBeside(QObject):
    """Another chosen event takes the place of the one before.

    A person who closes it or moves it back does not want it there in this layout, until they move it there again.
    """

    def __init__(self, model: WorkspaceState, page: WorkspacePage) -> None:
        super().__init__(page)
        self._model = model
        self._page = page
        self._tabs, self._groups = page.documents.tabs, page.documents.tabs.groups
        self._shown = ""
        """The path of the event that stands there."""

    def begin(self) -> None:
        """Show it, and follow from now on."""
        self._model.event_selected.connect(self._show)
        self._model.events_changed.connect(self._settle)
        self._page.regions.resized.connect(self._settle)
        self._page.layouts.presenting_changed.connect(self._settle)
        self._page.layouts.chosen.connect(self._on_layout_chosen)
        self._groups.share_changed.connect(self._on_share_changed)
        self._groups.moved.connect(self._on_moved)
        self._tabs.file_moved.connect(self._on_file_moved)
        self._tabs.file_closed.connect(self._on_closed)
        self._on_layout_chosen()

    @property
    def _wanted(self) -> str:
        """The path of the event that is to stand there; "" for none."""
        event, regions = self._model.event_file, self._page.regions
        has_room = bool(self._shown) or self._page.width() >= FROM_PX
        is_one = event is not None and event.size_bytes <= LARGEST_BYTES and regions.beside > 0 and has_room
        return event.path if event is not None and is_one else ""

    def _show(self) -> None:
        if self._page.layouts.is_presenting:  # afterwards
            return
        former, self._shown = self._shown, self._wanted
        if self._shown and not self._page.documents.open_beside(Path(self._shown)):
            self._shown = ""
        if former and former != self._shown:
            for path in (former, str(expectation_file(Path(former)))):
                self._close_beside(path)

    def _close_beside(self, path: str) -> None:
        page = self._tabs.page_of(path)
        if page is not None and self._groups.is_beside(page) and not page.editor.is_modified:
            self._tabs.request_close(path)

    def _settle(self, *_: object) -> None:
        if self._wanted != self._shown:
            self._show()

    def _on_layout_chosen(self, *_: object) -> None:
        """In a layout that has no event there, it is a tab like the others."""
        page = self._tabs.page_of(self._shown)
        if self._page.regions.beside:
            self._groups.set_share(self._page.regions.beside)
            self._show()
        elif page is not None:
            self._shown = ""
            self._groups.put_back(page)

    def _on_share_changed(self, share: float) -> None:
        if self._shown:
            self._page.regions.set_beside(share)

    def _on_moved(self, path: str, is_beside: bool) -> None:
        event = self._model.event_file
        if event is not None and event.path == path:
            self._shown = path if is_beside else ""
            self._page.regions.set_beside(self._groups.share if is_beside else 0)

    def _on_file_moved(self, path: str, new_path: str) -> None:
        if path == self._shown:
            self._shown = new_path

    def _on_closed(self, path: str) -> None:
        if path == self._shown:
            self._shown = ""
            if Path(path).exists() and not self._tabs.is_closing_all:  # or the person deleted the event, or ends the window
                self._page.regions.set_beside(0)
