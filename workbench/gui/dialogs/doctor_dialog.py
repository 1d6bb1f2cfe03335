"""Shows what this machine has and what is missing, as the engine found it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.theme import Theme
from workbench.model.engine_api import DoctorReport, Finding
from workbench.model.failures import WorkbenchError


class DoctorDialog(Sheet):
    """Shows the engine's report, or why there is none. It opens empty; `fill` asks the engine.

    Emits `cache_unwanted` when the person wants the package cache cleared; the receiver then calls `clear_cache`.
    """

    cache_unwanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, is_resizable=True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Doctor")
        self.resize(680, 480)
        self._theme = theme
        self._report = ""
        self._head = PlainLabel("Looking…")
        self._head.setWordWrap(True)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy")
        copy.clicked.connect(self._on_copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.clear = QPushButton("Clear cache")
        self.clear.setToolTip("Delete unpacked and built packages that are not in use. They are made again when needed.")
        self.clear.setEnabled(False)
        self.clear.clicked.connect(self._on_clear)
        buttons.addButton(self.clear, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._head)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(buttons)

    @property
    def text(self) -> str:
        """The content as text, for the clipboard."""
        return self._report or self._head.text()

    async def fill(self, link: EngineLink) -> None:
        """Ask the engine and show its report, or the reason for a failure."""
        try:
            report = await link.client.doctor()
        except WorkbenchError as error:
            if isValid(self):  # it may have been closed meanwhile, and deletes itself then
                self.show_problem(str(error))
        else:
            if isValid(self):
                self.show_report(report)

    async def clear_cache(self, link: EngineLink) -> None:
        """Have the engine clear the package cache, then show a new report with its size."""
        try:
            await link.client.clear_cache()
        except WorkbenchError as error:
            if isValid(self):
                self.show_problem(str(error))
                self.clear.setEnabled(True)
        else:
            await self.fill(link)

    def show_report(self, report: DoctorReport) -> None:
        """Show one line per finding, those that need attention first."""
        findings = sorted(report.findings, key=lambda finding: finding.ok)  # stable: the engine's order otherwise
        wrong = sum(not finding.ok for finding in findings)
        state = "everything is in order." if not wrong else f"{wrong} of {len(findings)} need a look."
        self._head.setText(f"Lambda Workbench {report.version}: {state}")
        self._scroll.setWidget(self._table(findings))
        self.clear.setEnabled(True)
        self._report = "\n".join([self._head.text(), *(_line(finding) for finding in findings)])

    def show_problem(self, text: str) -> None:
        """Show why there is no report."""
        self._head.setText(text)

    def _table(self, findings: list[Finding]) -> QWidget:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setColumnStretch(3, 1)
        grid.setHorizontalSpacing(10)
        for row, finding in enumerate(findings):
            dot, word = PlainLabel(), PlainLabel("" if finding.ok else "look")
            dot.setPixmap(icon_pixmap("dot", self._theme.success if finding.ok else self._theme.warning, 14))
            dot.setAccessibleName("in order" if finding.ok else "needs a look")
            word.setObjectName("warning")
            subject = PlainLabel(finding.subject)
            subject.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            detail = PlainLabel(f"{finding.detail}\n{finding.hint}".strip())
            detail.setWordWrap(True)
            detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            for column, widget in enumerate((dot, word, subject, detail)):
                grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(len(findings), 1)
        return content

    def _on_clear(self) -> None:
        self.clear.setEnabled(False)
        self.cache_unwanted.emit()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def _line(finding: Finding) -> str:
    parts = ("ok  " if finding.ok else "LOOK", finding.subject, "-", finding.detail, finding.hint)
    return " ".join(part for part in parts if part)
