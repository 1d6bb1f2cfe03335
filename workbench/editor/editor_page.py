"""One tab: the editor, its banner, and what is known about the file on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.code_editor import CodeEditor
from workbench.editor.colors import EditorColors
from workbench.model.value import Value

if TYPE_CHECKING:
    from workbench.editor.change_banner import ChangeBanner
    from workbench.editor.recovery import UnsavedText


class OpenFile(Value):
    """A file as it was read. `eol`, `encoding` and `disk_token` are passed back unchanged when it is saved."""

    path: str
    eol: str = "\n"
    encoding: str = "utf-8"
    disk_token: str = ""


class SaveRequest(Value):
    """A request to write a text and then call `EditorTabs.mark_saved` or `save_failed`."""

    file: OpenFile
    text: str
    """Lines joined by newlines, whatever `file.eol` says."""


class EditorPage(QWidget):
    """The content of one tab."""

    changed = Signal(object)
    """The text was edited. This signal and the next ones carry the page."""
    modified = Signal(object)
    """The page became modified, or is as on disk again."""
    reload_wanted = Signal(object)
    """The version on disk is to be shown: the person chose it, or it differs while nothing is unsaved here."""
    close_chosen = Signal(object)
    """The close button of the tab was pressed."""
    caret_moved = Signal(object, int, int)
    """The page, and the caret's line and column."""
    given_up = Signal(str, str)
    """Path and unsaved text that the person discards or replaces with the version on disk."""

    def __init__(self, file: OpenFile, text: str, parent: QWidget, *, is_plain: bool = False) -> None:
        super().__init__(parent)
        self.file = file
        self.editor = CodeEditor(self)
        self._seen_token = file.disk_token
        self._banner: ChangeBanner | None = None
        self.below: QWidget | None = None
        """What the window has put below the text."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.editor, 1)
        self.setFocusProxy(self.editor)
        self.editor.set_text(text, file.path, is_plain=is_plain)
        self._connect()

    def _connect(self) -> None:
        self.editor.text_edited.connect(self._tell_changed)
        self.editor.modification_changed.connect(self._tell_modified)
        self.editor.cursor_moved.connect(self._tell_caret)

    @property
    def banner(self) -> ChangeBanner:
        """The banner above the text, hidden until it has something to say; created then."""
        if self._banner is None:
            self._banner = self._make_banner()
        return self._banner

    def _make_banner(self) -> ChangeBanner:
        from workbench.editor.change_banner import ChangeBanner

        banner = ChangeBanner(self)
        banner.set_colors(self.editor.view.colors)
        banner.reload_chosen.connect(self._tell_reload)
        banner.keep_chosen.connect(self.keep_mine)
        self._column.insertWidget(0, banner)
        return banner

    def put_below(self, part: QWidget) -> None:
        """Show a part of the window below the text, as long as the page lasts."""
        self.below = part
        self._column.addWidget(part)
        part.show()  # Qt would do so only in the next turn of the loop

    def unsaved(self) -> UnsavedText:
        """Return the text as the recovery folder keeps it."""
        from workbench.editor.recovery import UnsavedText

        file = self.file
        return UnsavedText(file.path, self.editor.text(), file.disk_token, file.eol, file.encoding)

    def save_request(self) -> SaveRequest:
        """Return what the window has to write to save this page."""
        return SaveRequest(file=self.file, text=self.editor.text())

    def mark_saved(self, text: str, disk_token: str) -> None:
        """Note that `text` is on disk as version `disk_token`; edits made in the meantime stay unsaved."""
        self._use_token(disk_token)
        self._hide_banner()
        # Compared, because a save may be answered after further keystrokes.
        self.editor.set_modified(self.editor.text() != text)

    def load(self, text: str, disk_token: str) -> None:
        """Show the version on disk, as one edit, so that undo brings back what was typed. The caret stays where it was."""
        self.give_up()
        self._use_token(disk_token)
        self._hide_banner()
        self.editor.replace_text(text, is_loaded=True)
        self.editor.set_modified(False)

    def merge(self, text: str, disk_token: str) -> None:
        """Show `text`, the unsaved text merged with version `disk_token` on disk. It stays unsaved; undo separates them again."""
        self._use_token(disk_token)
        self._hide_banner()
        self.editor.replace_text(text)

    def follow(self, path: str) -> None:
        """Take over the file's new path; text, caret and undo history stay."""
        self.file = self.file.replace(path=path)
        self.editor.follow_file(path)

    def meet_disk(self, disk_token: str) -> None:
        """Handle the version on disk: another one is to be loaded, or, if there is unsaved text here, the banner asks."""
        if disk_token == self.file.disk_token:
            return
        self._seen_token = disk_token
        if self.editor.is_modified:
            self.banner.show_changed()
        else:
            self.reload_wanted.emit(self)

    def meet_removal(self) -> None:
        """Handle a deleted file: from now on the text here is unsaved."""
        self.banner.show_removed()
        self.editor.set_modified(True)

    def meet_return(self, text: str) -> None:
        """Handle a file that was deleted and is back with its former text."""
        self._hide_banner()
        self.editor.set_modified(self.editor.text() != text)

    def give_up(self) -> None:
        """Emit `given_up` if there is unsaved text, because it is about to go."""
        if self.editor.is_modified:
            self.given_up.emit(self.file.path, self.editor.text())

    def keep_mine(self) -> None:
        """Keep the text here: saving may now overwrite the version on disk that the banner reported."""
        self._use_token(self._seen_token)
        self._hide_banner()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.editor.set_colors(colors)
        if self._banner is not None:
            self._banner.set_colors(colors)

    def choose_close(self) -> None:
        """Emit `close_chosen`; connected to the tab's close button."""
        self.close_chosen.emit(self)

    def _hide_banner(self) -> None:
        if self._banner is not None:
            self._banner.hide()

    def _use_token(self, disk_token: str) -> None:
        self._seen_token = disk_token
        self.file = self.file.replace(disk_token=disk_token)

    def _tell_changed(self) -> None:
        self.changed.emit(self)

    def _tell_modified(self) -> None:
        self.modified.emit(self)

    def _tell_caret(self, line: int, column: int) -> None:
        self.caret_moved.emit(self, line, column)

    def _tell_reload(self) -> None:
        self.reload_wanted.emit(self)


def short_titles(paths: Sequence[str]) -> list[str]:
    """Return file names, each with as many parent folders as needed to tell the paths apart."""
    parts = [PurePath(path.replace("\\", "/")).parts for path in paths]
    return [_short_title(own, parts) for own in parts]


def _short_title(own: tuple[str, ...], everyone: Sequence[tuple[str, ...]]) -> str:
    count = 1
    # More than 1, because `everyone` includes the path itself.
    while count < len(own) and sum(other[-count:] == own[-count:] for other in everyone) > 1:
        count += 1
    return "/".join(own[-count:]) if own else ""
