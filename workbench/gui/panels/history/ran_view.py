"""What an invocation ran: digests of code and configuration, and what differs now, settings as a table and code as diffs."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QSplitter, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.versions.version_words import file_row
from workbench.gui.widgets.diff_view import DiffView
from workbench.gui.widgets.row_list import RowList
from workbench.gui.widgets.row_table import choose_rows
from workbench.model.comparisons import Comparison, FileDifference
from workbench.model.past_invocations import Deployed


class RanView(QWidget):
    """Filled by `show_deployed`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.digests, self.verdict = PlainLabel(), PlainLabel()
        self.settings = QTableWidget(0, 3)
        self.files = RowList("Files that differ")
        self.diff = DiffView()
        self._code = QSplitter()
        self._shown: dict[str, FileDifference] = {}
        self._lay_out()
        self.files.row_selected.connect(self._show_file)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.files.set_theme(theme)
        self.diff.set_theme(theme)

    def show_deployed(self, deployed: Deployed) -> None:
        """Show what was deployed then."""
        self.digests.setText(f"CodeSha256  {deployed.code_sha256 or 'not noted'}\n"
                             f"configuration  SHA-256 {deployed.configuration_sha256 or 'not noted'}")
        now = deployed.now or Comparison(left="then", right="now")
        self.verdict.setText(deployed.why_not or (verdict(now) if deployed.now else "The configuration as it was:"))
        if deployed.now is None:
            self._fill([(name, _text(value), "") for name, value in sorted(deployed.configuration.items())])
        else:
            self._fill([(each.property, each.left or "not set", each.right or "not set") for each in now.settings])
        self._shown = {each.path: each for each in now.files}
        self._code.setVisible(bool(now.files))
        rows = tuple(map(file_row, now.files))
        self.files.show_rows(rows, rows[0].key if rows else "")
        self._show_file(self.files.current_key())

    def _fill(self, rows: list[tuple[str, str, str]]) -> None:
        self.settings.setVisible(bool(rows))
        self.settings.setColumnHidden(2, not any(row[2] for row in rows))
        self.settings.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.settings.setItem(number, column, item)

    def _show_file(self, path: str) -> None:
        if path in self._shown:
            self.diff.show_difference(self._shown[path])

    def _lay_out(self) -> None:
        self.digests.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.digests.setAccessibleName("Digests of code and configuration")
        self.digests.setObjectName("muted")
        self.verdict.setWordWrap(True)
        choose_rows(self.settings)
        self.settings.setAccessibleName("Settings that differ")
        self.settings.setHorizontalHeaderLabels(["Setting", "Then", "Now"])
        self.settings.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.files.setSizePolicy(self.sizePolicy())
        self._code.setChildrenCollapsible(False)
        self._code.setObjectName("apart")  # the diff has a frame of its own
        self._code.setHandleWidth(8)
        self._code.addWidget(self.files)
        self._code.addWidget(self.diff)
        self._code.setSizes([240, 620])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        for widget, stretch in ((self.digests, 0), (self.verdict, 0), (self.settings, 1), (self._code, 2)):
            layout.addWidget(widget, stretch)
        layout.addStretch(0)


def verdict(now: Comparison) -> str:
    """Return in a sentence what differs now."""
    if not (now.settings or now.files or now.why_no_code):
        return "Code and configuration are now what they were then."
    parts = []
    if now.settings:
        parts.append(f"{len(now.settings):,} setting{'s' if len(now.settings) > 1 else ''}")
    if now.files:
        parts.append(f"{len(now.files):,} file{'s' if len(now.files) > 1 else ''}")
    differs = f"Since then {' and '.join(parts)} changed." if parts else "Since then the code changed."
    return f"{differs} {now.why_no_code}".strip()


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
