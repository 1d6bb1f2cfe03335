"""A titled sum with the formula that leads to it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import strong
from workbench.gui.widgets.field import breakable
from workbench.gui.widgets.two_groups import TwoGroups

_LONGEST_WORD = 18
"""Longer names are broken where there is little room."""


class CostCard(QFrame):
    """A card. Others add to `body` what they have besides."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._title, self.sum, self.formula = PlainLabel(title), PlainLabel(), PlainLabel()
        self._title.setFont(strong(self._title.font()))
        self.sum.setObjectName("costSum")
        self.formula.setObjectName("muted")
        self.sum.setAccessibleName(title)
        self.formula.setWordWrap(True)
        for label in (self.sum, self.formula):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        header = TwoGroups()
        header.left.add(self._title)
        header.right.add(self.sum)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 9)
        self.body.setSpacing(5)
        self.body.addWidget(header)
        self.body.addWidget(self.formula)

    def show_cost(self, sum_text: str, formula: str) -> None:
        """Show a sum and its formula."""
        self.sum.setText(sum_text)
        self.show_formula(formula)

    def show_formula(self, formula: str) -> None:
        """Show what leads to the sum."""
        self.formula.setText(breakable(formula, _LONGEST_WORD))
