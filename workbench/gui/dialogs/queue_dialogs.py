"""The dialogs about asynchronous invocations: an event's payload, and what cannot be undone."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QRadioButton, QWidget

from workbench.editor.code_editor import CodeEditor
from workbench.gui.dialogs.engine_dialog import EngineDialog
from workbench.gui.dialogs.form_dialog import Note
from workbench.gui.look.editor_theme import editor_colors
from workbench.gui.look.theme import Theme
from workbench.model.limits import ASYNCHRONOUS, check_event

_AS_NEW = "It has ended: it is sent as a new event, with a request ID of its own and all of its attempts."
_EDITOR_HEIGHT_PX = 260


class EditedEvent(msgspec.Struct, frozen=True):
    """The answer: what the function gets, and whether the event begins anew, with all of its attempts."""

    payload: bytes
    begins_anew: bool


class EditEventDialog(EngineDialog):
    """Shows the payload in an editor. Emits `chosen(EditedEvent)`."""

    def __init__(
        self, event_id: int, payload: str, theme: Theme, parent: QWidget | None = None, *, has_ended: bool
    ) -> None:
        """`has_ended`: the event is not in the queue any more."""
        super().__init__(f"Event {event_id}", "Send again" if has_ended else "Send", parent)
        self.editor = CodeEditor()
        self.editor.set_text(payload, "event.json")
        self.editor.set_colors(editor_colors(theme))
        self.editor.code_font.set_family(theme.mono_family)
        self.editor.setMinimumHeight(_EDITOR_HEIGHT_PX)
        self.editor.setAccessibleName("Payload of the event")
        self.anew = QRadioButton("Send it anew: with all of its attempts before it, as if it had just been accepted", self)
        self.replace = QRadioButton("Replace the payload: the attempts made so far count, and it waits for its time", self)
        self.anew.setChecked(True)
        self.form.addRow(self.editor)
        self.form.addRow(Note(_AS_NEW) if has_ended else self.anew)
        if not has_ended:
            self.form.addRow(self.replace)
        for choice in (self.anew, self.replace):
            choice.setVisible(not has_ended)
        self.editor.text_edited.connect(self.refresh)
        self.resize(620, self.sizeHint().height())
        self.editor.setFocus()

    def problem(self) -> str:
        """Return what Lambda would say of the payload."""
        refused = check_event(self._payload, ASYNCHRONOUS)
        return "" if refused is None else refused.message

    def hand_over(self) -> None:
        """Emit the payload."""
        self.chosen.emit(EditedEvent(self._payload, self.anew.isChecked()))

    @property
    def _payload(self) -> bytes:
        return self.editor.text().encode()


class ConfirmDialog(EngineDialog):
    """Asks before something that cannot be undone. Emits `chosen(True)`."""

    def __init__(self, title: str, sentence: str, confirm: str, parent: QWidget | None = None) -> None:
        super().__init__(title, confirm, parent)
        self.warn()
        self.form.addRow(Note(sentence))

    def hand_over(self) -> None:
        """Emit that it was confirmed."""
        self.chosen.emit(True)
