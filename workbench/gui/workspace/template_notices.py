"""Says what is wrong with the templates of a workspace: that they cannot be read, or that nested ones are missing."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject

from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkspaceError


class TemplateNotices(QObject):
    """Follows the model and shows it in the notice bar. Missing nested templates are looked for from `watch_left_out` on."""

    def __init__(self, model: WorkspaceState, bar: NoticeBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._bar = bar
        self._left_out: tuple[str, ...] = ()
        model.broken.connect(bar.show_error)
        model.mended.connect(bar.hide)

    def watch_left_out(self) -> None:
        """Say which nested templates are missing, now and after each change, not when somebody misses a function.

        Reads the disk, so it is called when the page is complete: nobody misses the answer before the first paint.
        """
        self._model.functions_changed.connect(self._show_left_out)
        self._show_left_out()

    def _show_left_out(self) -> None:
        with suppress(WorkspaceError):  # a broken template is already shown by `model.broken`
            before, self._left_out = self._left_out, self._model.workspace.left_out()
            # This is the least urgent message: it does not replace one that is on screen.
            if self._left_out and self._left_out != before and self._bar.isHidden():
                self._bar.show_message("\n".join(self._left_out))
