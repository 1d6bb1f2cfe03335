"""The base of all small dialogs: fields, a sentence about what is wrong, and buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet


class Note(PlainLabel):
    """A muted sentence or two below a field. It sets its own height, because QFormLayout gives wrapped text too little."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("muted")
        self.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the text needs at this width, and no more."""
        super().resizeEvent(event)
        self.setFixedHeight(self.heightForWidth(event.size().width()))


class _Fields(QScrollArea):
    """The form. It scrolls where the window is not high enough for all of it, so that the buttons stay in reach."""

    def __init__(self, form: QFormLayout) -> None:
        super().__init__()
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(self._content)
        self._content.setAutoFillBackground(False)  # QScrollArea has just set it
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        """Return room for all fields."""
        return self._content.sizeHint() + QSize(self._bar_px, 0)

    @property
    def _bar_px(self) -> int:
        return self.verticalScrollBar().sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        """Return their width beside a scroll bar, and the height of a few of them."""
        whole = self._content.minimumSizeHint()
        return QSize(whole.width() + self._bar_px, min(whole.height(), 8 * self.fontMetrics().lineSpacing()))


class FormDialog(Sheet):
    """A dialog with a form. Subclasses add fields to `form` and override `problem` and `hand_over`.

    Fields connect their change signals to `refresh`; while `problem` returns a sentence, the dialog cannot be accepted.
    `hand_over` emits what was filled in. A receiver that cannot carry it out calls `refuse` within that emission, and the
    dialog stays open with what was typed.
    """

    def __init__(self, title: str, confirm: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # its parent, the window, would keep it until the end
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # on a small screen, below their labels
        self.form.setVerticalSpacing(9)
        self._refusal = ""
        self._problem = PlainLabel()
        self._problem.setObjectName("problem")
        self._problem.setWordWrap(True)
        self.confirm = QPushButton(confirm)
        self.confirm.setObjectName("primary")
        buttons = QDialogButtonBox()
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addWidget(_Fields(self.form), 1)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self.confirm.setDefault(True)  # only now: a button can be the default only of the dialog that contains it

    def problem(self) -> str:
        """Return why the form cannot be accepted as it is; "" if it can."""
        return ""

    def refresh(self, *_: object) -> None:
        """Call `problem` again and show the result. Connected to the fields' change signals."""
        sentence = self.problem()
        self._say(sentence, is_problem=self.isVisible())  # what is missing from the start is nobody's mistake
        self.confirm.setEnabled(not sentence)

    def tell(self, sentence: str) -> None:
        """Show a sentence in the place of the problem, until the form changes."""
        self._say(sentence, is_problem=True)

    def warn(self) -> None:
        """Show that what the dialog does deletes something: its button is red."""
        self.confirm.setObjectName("danger")
        self.confirm.style().unpolish(self.confirm)  # it has been polished as what it was before
        self.confirm.style().polish(self.confirm)

    @property
    def problem_text(self) -> str:
        """The problem or refusal shown now."""
        return self._problem.text()

    def hand_over(self) -> None:
        """Emit what was filled in, while the dialog is still open."""

    def refuse(self, reason: str) -> None:
        """Keep the dialog open and show `reason`: what `hand_over` emitted could not be carried out."""
        self._refusal = reason

    def accept(self) -> None:
        """Hand over and close, unless there is a problem or a refusal."""
        self.refresh()  # the disk may have changed since the last keystroke
        if self.problem():
            return
        self._refusal = ""
        self.hand_over()
        if self._refusal:
            self._say(self._refusal, is_problem=True)
        else:
            super().accept()

    def _say(self, sentence: str, *, is_problem: bool) -> None:
        self._problem.setObjectName("problem" if is_problem else "muted")
        self._problem.style().polish(self._problem)
        self._problem.setText(sentence)
