"""Closes tabs one after the other. No unsaved text goes before the person was asked about it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.editor.close_guard import CloseGuard
from workbench.editor.editor_page import EditorPage
from workbench.editor.page_groups import PageGroups


class TabCloser(QObject):
    """Closes single tabs and all of them. Tell it with `note_saved` and `note_save_failed` how each save went."""

    save_chosen = Signal(object)
    """An `EditorPage` to save; it closes when its text is on disk."""
    closed = Signal(str)
    """The path of a closed file."""
    all_closed = Signal()
    """Answer to `close_all`: no tab is left."""
    close_cancelled = Signal()
    """Answer to `close_all`: the person wants to continue working, or a text could not be saved."""

    def __init__(self, tabs: PageGroups) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._closes_all = False
        self._awaits_save: set[EditorPage] = set()
        self._guard = CloseGuard(tabs)
        self._guard.save_chosen.connect(self._save_then_close)
        self._guard.discard_chosen.connect(self._remove)
        self._guard.cancelled.connect(self._call_off)

    @property
    def is_closing_all(self) -> bool:
        """Whether all tabs are being closed."""
        return self._closes_all

    def close(self, page: EditorPage) -> None:
        """Close a tab; if it has unsaved text, ask the person first. Does nothing while a question is open."""
        if not self._guard.is_asking:
            self._close_or_ask(page)

    def close_all(self) -> None:
        """Close all tabs; answers with `all_closed` or `close_cancelled`. Does nothing while a question is open."""
        if not self._guard.is_asking:
            self._closes_all = True
            self._close_next()

    def note_saved(self, page: EditorPage) -> None:
        """Note that the page's text is on disk: if it was waiting for that, it closes now."""
        if page in self._awaits_save:
            self._awaits_save.discard(page)
            self._close_or_ask(page)

    def note_save_failed(self, page: EditorPage) -> None:
        """Note that the text could not be written: the tab stays, and closing all of them is called off."""
        self._awaits_save.discard(page)
        self._call_off()

    def _close_next(self) -> None:
        """Close the next tab. Unsaved ones come first, so that the others are still open if the person decides to continue."""
        pages = sorted(self._tabs.pages(), key=lambda page: not page.editor.is_modified)
        if pages:
            self._close_or_ask(pages[0])
        else:
            self._closes_all = False
            self.all_closed.emit()

    def _close_or_ask(self, page: EditorPage) -> None:
        if page.editor.is_modified:
            self._tabs.show_page(page)
            self._guard.ask(page, self._tabs.title_of(page))
        else:
            self._remove(page)

    def _save_then_close(self, page: EditorPage) -> None:
        self._awaits_save.add(page)
        self.save_chosen.emit(page)

    def _remove(self, page: EditorPage) -> None:
        page.give_up()  # first, while the page still knows its text and its path
        self._awaits_save.discard(page)
        self._tabs.remove(page)
        self.closed.emit(page.file.path)
        page.deleteLater()
        self._tabs.name_tabs()
        if self._closes_all:
            self._close_next()

    def _call_off(self, _page: object = None) -> None:
        if self._closes_all:
            self._closes_all = False
            self.close_cancelled.emit()
