"""Part of a function's configuration: its network, and what else of this machine it may use in the isolated sandbox."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.field import Field
from workbench.model.allowances import Allowance, Change


class AllowanceList(QWidget):
    """Hidden while nothing is allowed. `network_field`, the switch for its network, is placed elsewhere by the owner.

    Emits `allowance_changed(str logical_id, Change)`: see `model.allowances`.
    """

    allowance_changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._logical_id = ""
        self._allowed = Allowance()
        self.buttons: list[QToolButton] = []
        self.network = QCheckBox()
        self.network.setMinimumHeight(self.network.fontMetrics().height() + 13)  # as high as the spin box beside it
        self.network_field = Field(self.tr("Network"), self.network)
        self.network.setToolTip(self.tr("Off: it reaches nothing but its Runtime API. The isolated sandbox alone holds it to "
                                        "that; in Docker and as a process it has a network."))
        self.network.clicked.connect(self._on_network)  # `clicked`, because `toggled` also comes when the state is shown
        title = PlainLabel(self.tr("Allowed on this machine"))
        title.setObjectName("muted")
        title.setToolTip(self.tr("What the function has in the isolated sandbox that Lambda has not"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(title)
        layout.addLayout(self._rows)
        self._show_network(is_workspaces=False)
        self.setVisible(False)

    def show_allowed(self, logical_id: str, allowed: Allowance, *, is_workspaces: bool = False) -> None:
        """Show what a function may use; "" for no function. `is_workspaces`: it has no allowance of its own."""
        self.setVisible(bool(logical_id) and allowed.names)
        if (logical_id, allowed) != (self._logical_id, self._allowed):
            self._logical_id, self._allowed = logical_id, allowed
            self._fill()
        self._show_network(is_workspaces=is_workspaces)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's color for the icons."""
        self._theme = theme
        for button in self.buttons:
            button.setIcon(icon("remove", theme.muted))

    def texts(self) -> list[str]:
        """Return the listed entries, as a screen reader reads them."""
        return [button.accessibleName() for button in self.buttons]

    def _show_network(self, *, is_workspaces: bool) -> None:
        has_it = self._allowed.network
        self.network.setChecked(has_it)
        self.network.setText(self.tr("On") if has_it else self.tr("Off"))
        self.network_field.show_note(self.tr("Workspace setting") if is_workspaces and not has_it else "")

    def _fill(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.deleteLater()
        self.buttons.clear()
        allowed = self._allowed
        for one in (*allowed.folders, *allowed.addresses):
            named = Allowance(folders=(one,), addresses=(one,))
            self._add(one, self.tr("Stop allowing {0}").format(one), partial(_without, named))

    def _add(self, text: str, action: str, change: Change) -> None:
        label, button = PlainLabel(text.replace("/", "/\u200b")), QToolButton()  # a label wraps a path only at such spaces
        label.setWordWrap(True)
        label.setToolTip(text)
        button.setIcon(icon("remove", self._theme.muted))
        button.setToolTip(action)
        button.setAccessibleName(action)
        button.setAutoRaise(True)
        button.clicked.connect(partial(self._on_clicked, change))
        self.buttons.append(button)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label, 1)
        line.addWidget(button)
        self._rows.addWidget(row)

    def _on_network(self, has_it: bool) -> None:
        self.allowance_changed.emit(self._logical_id, partial(_with_network, has_it))

    def _on_clicked(self, change: Change, _checked: bool = False) -> None:
        self.allowance_changed.emit(self._logical_id, change)


def _without(named: Allowance, before: Allowance) -> Allowance:
    return before.removing(named)


def _with_network(has_it: bool, before: Allowance) -> Allowance:
    return msgspec.structs.replace(before, network=has_it)
