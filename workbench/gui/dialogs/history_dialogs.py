"""What is asked about past invocations: a name, whether they are forgotten, and how long history is kept."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.form_dialog import FormDialog
from workbench.gui.widgets.number_slider import plain_box
from workbench.model.past_invocations import MOST_NAME, Retention


class NameDialog(FormDialog):
    """Asks for the name of an invocation. Emits `chosen(str)`, "" for none."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("Name an invocation", "Name", parent)
        self.name = QLineEdit(name)
        self.name.setMaxLength(MOST_NAME)
        self.name.setAccessibleName("Name of the invocation")
        self.name.setPlaceholderText("For example: the slow order. Empty for none")
        self.form.addRow("Name", self.name)
        self.name.selectAll()
        self.name.setFocus()

    def hand_over(self) -> None:
        """Emit the name."""
        self.chosen.emit(self.name.text().strip())


class ForgetDialog(FormDialog):
    """Asks before invocations are deleted for good. Emits `chosen()`."""

    chosen = Signal()

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__("Forget" if count == 1 else f"Forget {count:,} invocations", "Delete", parent)
        self.warn()
        what = "this invocation" if count == 1 else f"these {count:,} invocations"
        self.text = PlainLabel(
            f"Event, result, log and figures of {what} are deleted from the journal and overwritten on the disk, with all "
            "attempts of the same request. It is too much to be kept for an Undo: this cannot be "
            "undone.\n\nWhat is elsewhere stays: saved events, exported files, the "
            "queue and the inbox, copies that other programs made.")
        self.text.setWordWrap(True)
        self.form.addRow(self.text)
        self.confirm.setFocus()

    def hand_over(self) -> None:
        """Emit that they are to be deleted."""
        self.chosen.emit()


class RetentionDialog(FormDialog):
    """Asks how long history is kept. Emits `chosen(Retention)`."""

    chosen = Signal(object)

    def __init__(self, retention: Retention, parent: QWidget | None = None) -> None:
        super().__init__("How long history is kept", "Keep", parent)
        self.days, self.megabytes = plain_box(" days"), plain_box(" MB")
        self.days.setRange(1, 3650)
        self.days.setValue(retention.days)
        self.days.setAccessibleName("Days that history is kept")
        self.megabytes.setRange(16, 4096)
        self.megabytes.setValue(retention.megabytes)
        self.megabytes.setAccessibleName("Size of the journal, in megabytes")
        self.form.addRow("At most", self.days)
        self.form.addRow("and", self.megabytes)
        note = PlainLabel("What is older or too much is deleted now, the oldest first, starred invocations too, and overwritten.")
        note.setObjectName("muted")
        note.setWordWrap(True)
        self.form.addRow(note)
        self.days.setFocus()

    def hand_over(self) -> None:
        """Emit the setting."""
        self.chosen.emit(Retention(days=self.days.value(), megabytes=self.megabytes.value()))
