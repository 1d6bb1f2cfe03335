"""Creates an event from a template: search, fill in its parameters, and see the resulting JSON at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from workbench.editor.plain_label import PlainLabel
from workbench.editor.reading_direction import OrderedText
from workbench.editor.sheet import Sheet
from workbench.gui.dialogs.parameter_form import RIGHT_PX, ParameterForm
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList
from workbench.model.failures import InvalidInput
from workbench.workspace.event_templates import EventTemplate


class TemplateDialog(Sheet):
    """Emits `event_made(str name, str text)`, to which a receiver may answer with `refuse`. `taken`: names in use."""

    event_made = Signal(str, str)

    def __init__(
        self, templates: tuple[EventTemplate, ...], taken: Collection[str], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, is_resizable=True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New event from a template")
        self._templates = {template.id: template for template in templates}
        self._taken = set(taken)
        self._template: EventTemplate | None = None
        self._refusal = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Search {len(templates)} templates")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.choices = RowList("Event templates")
        self.choices.setSizePolicy(self.sizePolicy())
        self.choices.set_theme(theme)
        self.choices.row_selected.connect(self._on_chosen)
        self.choices.row_activated.connect(self._on_activated)
        self._title, self._description, self._problem = PlainLabel(), PlainLabel(), PlainLabel()
        self.form = ParameterForm()
        self.form.changed.connect(self._on_changed)
        self.name = QLineEdit()
        self.name.textEdited.connect(self._on_changed)
        self.preview = OrderedText()
        self.preview.setObjectName("area")
        self.preview.setAccessibleName("The event as JSON")
        self.preview.setFont(QFont(theme.mono_family))
        self.preview.setLineWrapMode(OrderedText.LineWrapMode.NoWrap)
        self.confirm = QPushButton("Create event")
        self._lay_out()
        self._on_search("")
        self.search.setFocus()

    def choose(self, template_id: str) -> None:
        """Show a template as if it had been clicked."""
        self.choices.show_rows(self.choices.rows, template_id)
        self._on_chosen(template_id)

    def accept(self) -> None:
        """Emit the event, and close unless it is refused."""
        if self._template is None or not self.confirm.isEnabled():
            return
        self._refusal = ""
        self.event_made.emit(self.name.text().strip(), self.preview.toPlainText() + "\n")
        if not self._refusal:
            super().accept()

    def refuse(self, reason: str) -> None:
        """Keep the dialog open, with all that was filled in, and show why the event could not be created."""
        self._refusal = reason
        self._problem.setText(reason)
        self._problem.show()

    def _on_search(self, text: str) -> None:
        words = text.lower().split()
        found = [template for template in self._templates.values() if all(word in _haystack(template) for word in words)]
        rows = tuple(Row(key=t.id, text=t.title, tip=f"{t.service}: {t.description}") for t in found)
        current = self._template.id if self._template and self._template in found else found[0].id if found else ""
        self.choices.show_rows(rows, current)
        self._on_chosen(current)

    def _on_chosen(self, template_id: str) -> None:
        self._template = self._templates.get(template_id)
        if self._template is not None:
            self._title.setText(f"{self._template.service} · {self._template.title}")
            self._description.setText(self._template.description)
            self.form.show_parameters(self._template.parameters)
            self.name.setText(free_name(template_id, self._taken))
        self._on_changed()

    def _on_activated(self, template_id: str) -> None:
        self._on_chosen(template_id)
        self.accept()

    def _on_changed(self) -> None:
        problem = self._name_problem()
        try:
            event = self._template.build(self.form.values) if self._template else None
            self.preview.setPlainText("" if event is None else json.dumps(event, indent=2, ensure_ascii=False))
        except InvalidInput as error:
            problem = str(error)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.confirm.setEnabled(not problem and self._template is not None)

    def _name_problem(self) -> str:
        name = self.name.text().strip()
        if not re.fullmatch(r"[\w.-][\w. -]*", name):
            return "Give the event a name of letters, digits, dots, hyphens and underscores."
        return f"There is an event {name} already." if name in self._taken else ""

    def _lay_out(self) -> None:
        self._title.setFont(strong(self._title.font()))
        self._description.setObjectName("muted")
        self._problem.setObjectName("problem")
        for label in (self._description, self._problem):
            label.setWordWrap(True)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(_column(self.search, self.choices, left_px=0))
        name = QWidget()
        row = QHBoxLayout(name)
        row.setContentsMargins(0, 0, RIGHT_PX, 0)
        row.addWidget(PlainLabel("Name"))
        row.addWidget(self.name, 1)
        splitter.addWidget(_column(self._title, self._description, self.form, name, self._problem))
        splitter.addWidget(_column(self.preview, right_px=0))
        splitter.setSizes([270, 330, 400])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.confirm.setObjectName("primary")
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(splitter, 1)
        layout.addWidget(buttons)
        self.confirm.setDefault(True)  # only now: a button can be the default only of the dialog that contains it
        self.resize(1040, 620)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return the name, or the first of name-2, name-3, … that is not taken."""
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)


def _haystack(template: EventTemplate) -> str:
    return f"{template.id} {template.title} {template.service} {template.description}".lower()


def _column(*widgets: QWidget, left_px: int = 10, right_px: int = 10) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(left_px, 0, right_px, 0)
    for widget in widgets:
        stretches = isinstance(widget, (RowList, QPlainTextEdit, ParameterForm))
        layout.addWidget(widget, 1 if stretches else 0)
    return column
