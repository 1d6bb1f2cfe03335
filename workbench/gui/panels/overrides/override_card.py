"""What the API changed of the chosen function, above its configuration. Hidden while that is nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.overrides.override_row import OverrideRow, link_button
from workbench.model.overrides import OverrideInfo


class OverrideCard(QFrame):
    """Signals: `written_back(str property)` and `dropped(str property)`, "" for all properties."""

    written_back = Signal(str)
    dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("overrides")
        self._shown: tuple[OverrideInfo, ...] = ()
        self.rows: list[OverrideRow] = []
        self._title = PlainLabel("CHANGED THROUGH THE API")
        self.write_back = link_button("Write back all", "Write all that can be written into the template")
        self.drop = link_button("Drop all", "Use the template's values again")
        self.write_back.clicked.connect(self._on_write_back)
        self.drop.clicked.connect(self._on_drop)
        self._column = QVBoxLayout()
        self._lay_out()
        self.hide()

    def show_overrides(self, overrides: Sequence[OverrideInfo]) -> None:
        """Show these overrides, all of one function."""
        shown = tuple(overrides)
        self.setVisible(bool(shown))
        if shown == self._shown:  # a button that is about to be clicked stays where it is
            return
        self._shown = shown
        for row in self.rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self.rows = [self._row(override) for override in shown]
        for button in (self.write_back, self.drop):
            button.setVisible(len(shown) > 1)
        self.write_back.setEnabled(any(not each.why_kept for each in shown))
        names = ", ".join(each.property for each in shown)
        self.setAccessibleName(f"Changed through the API: {names}")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        ground = blend(theme.info, theme.panel, 0.08)
        size_pt = small(self.font()).pointSizeF()
        self.setStyleSheet(
            f"#overrides {{ background: {ground}; border: 1px solid {theme.border}; border-left: 3px solid {theme.info}; "
            f"border-radius: 6px; }} "
            f"#link {{ color: {theme.text}; border: 1px solid {theme.border}; border-radius: 4px; padding: 1px 5px; "
            f"background: {theme.surface}; font-size: {size_pt}pt; }} "
            f"#link:hover {{ border-color: {theme.muted}; }} "
            f"#link:focus {{ border-color: {theme.accent}; }} "
            f"#link:disabled {{ color: {theme.faded}; }}")

    def _row(self, override: OverrideInfo) -> OverrideRow:
        row = OverrideRow(override)
        row.written_back.connect(self.written_back)
        row.dropped.connect(self.dropped)
        self._column.addWidget(row)
        row.show()  # Qt would do so only in the next turn of the loop, and a hidden row has no height
        return row

    def _on_write_back(self) -> None:
        self.written_back.emit("")

    def _on_drop(self) -> None:
        self.dropped.emit("")

    def _lay_out(self) -> None:
        self._title.setFont(small(self._title.font()))
        self._title.setObjectName("sectionTitle")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title, 1)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addStretch(1)
        foot.addWidget(self.write_back)
        foot.addWidget(self.drop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(self._column)
        layout.addLayout(foot)
