"""One property that the API changed: its value in force, the template's, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.panels.overrides.override_words import template_value, value_in_force
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.heading import Heading
from workbench.model.overrides import OverrideInfo

CONFLICT = "The template was changed since. The API's value stays in force."


class OverrideRow(QFrame):
    """Signals: `written_back(str property)`, `dropped(str property)`."""

    written_back = Signal(str)
    dropped = Signal(str)

    def __init__(self, override: OverrideInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.override = override
        self.write_back = link_button("Write back", override.why_kept or f"Write {override.property} into the template")
        self.write_back.setEnabled(not override.why_kept)
        self.drop = link_button("Drop", f"Use the template's {override.property} again")
        self.write_back.clicked.connect(self._on_write_back)
        self.drop.clicked.connect(self._on_drop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 5, 0, 5)
        layout.setSpacing(2)
        layout.addLayout(self._head())
        layout.addLayout(self._values())
        if override.in_conflict:
            layout.addWidget(_sentence(CONFLICT, "problem"))

    def _head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(Heading(self.override.property), 1)
        line.addWidget(self.write_back)
        line.addWidget(self.drop)
        return line

    def _values(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        values = (("API", value_in_force(self.override)), ("Template", template_value(self.override)))
        for line, (title, text) in enumerate(values):
            label, shown = PlainLabel(title), ElidedLabel()
            label.setObjectName("muted")
            shown.setText(text)
            shown.setToolTip(text)
            shown.setAccessibleName(f"{title}: {text}")
            grid.addWidget(label, line, 0)
            grid.addWidget(shown, line, 1)
        return grid

    def _on_write_back(self) -> None:
        self.written_back.emit(self.override.property)

    def _on_drop(self) -> None:
        self.dropped.emit(self.override.property)


def link_button(text: str, tip: str) -> QToolButton:
    """Return a flat button for a line of text."""
    button = QToolButton()
    button.setObjectName("link")
    button.setText(text)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _sentence(text: str, name: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
