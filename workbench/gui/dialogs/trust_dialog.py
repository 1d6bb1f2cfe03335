"""Asks whether a folder is trusted, and lists all that it would run. Not modal, so that its code can be read first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialogButtonBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet
from workbench.gui.dialogs.form_dialog import Note
from workbench.model.trust import TrustReport

_MOST_ROWS = 8
"""Rows shown without scrolling."""
_WIDTH_PX = 600
_ITEM = "QListWidget { outline: none; } QListWidget::item { padding: 3px 6px; }"
"""The frame of the whole list shows the focus: its rows cannot be chosen."""


class TrustDialog(Sheet):
    """Emits `trusted(digests)` with the tuple of digests of what was shown, `declined()`, or `withdrawn()`.

    Digests and not just "yes": what changed on disk while the question was open is not trusted with it. Escape leaves the
    question open: nothing is trusted, and the status line says so.
    """

    trusted = Signal(object)
    declined = Signal()
    withdrawn = Signal()

    def __init__(self, report: TrustReport, why: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setMinimumWidth(_WIDTH_PX)
        self._report = report
        is_asked = report.is_limited
        self.setWindowTitle(self.tr("Trust this folder?") if is_asked else self.tr("Trust"))
        self.head = PlainLabel(_head(report))
        self.head.setWordWrap(True)
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        rows = _rows(report)
        self.why = PlainLabel("" if why.rstrip(".") in (text for text, _ in rows) else why)
        self.why.setWordWrap(True)
        self.why.setVisible(bool(self.why.text()))
        self.list = QListWidget()
        self.list.setObjectName("framed")
        self.list.setAccessibleName(self.tr("What the folder would run"))
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        for text, tip in rows:
            item = QListWidgetItem(text, self.list)
            item.setToolTip(tip)
        self.list.setVisible(self.list.count() > 0)
        self.list.setStyleSheet(_ITEM)
        self.note = Note(_note(report))
        self.confirm, self.refuse = QPushButton(self.tr("Trust")), QPushButton(self.tr("Browse without trusting"))
        self._lay_out(is_asked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the list again, because other rows wrap at another width."""
        super().resizeEvent(event)
        self._fit_list()

    def _fit_list(self) -> None:
        """Make the list as high as its rows, up to _MOST_ROWS."""
        rows = [self.list.sizeHintForRow(row) for row in range(min(_MOST_ROWS, self.list.count()))]
        self.list.setFixedHeight(sum(rows) + 2 * self.list.frameWidth() + 2)

    def _lay_out(self, is_asked: bool) -> None:
        buttons = QDialogButtonBox()
        harmless = self.refuse if is_asked else buttons.addButton(QDialogButtonBox.StandardButton.Close)
        if is_asked:
            self.confirm.setObjectName("primary")
            self.confirm.setAutoDefault(False)
            buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
            buttons.addButton(self.refuse, QDialogButtonBox.ButtonRole.RejectRole)
            self.confirm.clicked.connect(self._on_trusted)
            self.refuse.clicked.connect(self._on_declined)
        else:
            harmless.clicked.connect(self.reject)
        if self._report.standing == "trusted" and not self._report.below:
            withdraw = QPushButton(self.tr("Stop trusting it"))
            withdraw.setAutoDefault(False)
            withdraw.clicked.connect(self._on_withdrawn)
            buttons.addButton(withdraw, QDialogButtonBox.ButtonRole.ResetRole)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for widget in (self.head, self.why, self.list, self.note, buttons):
            layout.addWidget(widget)
        # The dialog has no size before it is shown, but rows only know how they wrap at a width and in the final font.
        self.ensurePolished()
        self.list.resize(_WIDTH_PX - 2 * 18, self.list.height())
        self._fit_list()
        # Enter gives the harmless answer: the question may appear while the person types.
        harmless.setDefault(True)
        harmless.setFocus()

    def _on_trusted(self) -> None:
        self.trusted.emit(tuple(item.digest for item in self._report.items))
        self.accept()

    def _on_declined(self) -> None:
        self.declined.emit()
        self.reject()

    def _on_withdrawn(self) -> None:
        self.withdrawn.emit()
        self.accept()


def _head(report: TrustReport) -> str:
    if not report.is_limited:
        said = f" as all in {report.below} is" if report.below else ""
        return f"{report.folder} is trusted{said}." if report.standing == "trusted" else f"{report.folder} needs no trust."
    if report.standing == "trusted":
        return f"{report.folder} is trusted, but would now run something that it did not when you said so:"
    return f"{report.folder} was not made here. Trust it, and this may happen on your machine, outside of the sandbox:"


def _rows(report: TrustReport) -> list[tuple[str, str]]:
    shown = report.open_items if report.is_limited else report.items
    rows = [(item.text, ", ".join(item.functions)) for item in shown]
    if report.runs_as_processes and report.standing != "trusted":
        rows.insert(0, ("Its functions, as processes with all your rights", ""))
    return rows


def _note(report: TrustReport) -> str:
    if not report.is_limited:
        return "What it runs is asked about again when it would be something else; an edited handler is not."
    if report.runs_as_processes:
        return "Without trust you can read and edit everything, and run its functions in an isolated sandbox or in Docker."
    return ("Without trust you can read, edit and run everything that needs none of this. Packages are installed without their "
            "scripts then, and Python's as wheels alone.")
