"""In a function's configuration: what it is allowed beyond Lambda's world when it runs isolated, each with a way to remove it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from workbench.gui.icons import icon
from workbench.gui.theme import DARK, Theme
from workbench.model.allowances import Allowance, Change


class AllowanceList(QWidget):
    """Hidden where nothing is allowed. Emits `allowance_changed(str logical_id, Change)`: see `model.allowances`."""

    allowance_changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._logical_id = ""
        self._allowed = Allowance()
        self.buttons: list[QToolButton] = []
        title = QLabel(self.tr("Allowed on this machine"))
        title.setObjectName("muted")
        title.setToolTip(self.tr("What the function has in the isolated sandbox that Lambda has not"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(title)
        layout.addLayout(self._rows)
        self.setVisible(False)

    def show_allowed(self, logical_id: str, allowed: Allowance) -> None:
        """Show what a function has, "" for no function."""
        self.setVisible(bool(logical_id) and not allowed.is_default)
        if (logical_id, allowed) != (self._logical_id, self._allowed):
            self._logical_id, self._allowed = logical_id, allowed
            self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Icons in its colour."""
        self._theme = theme
        for button in self.buttons:
            button.setIcon(icon("remove", theme.muted))

    def texts(self) -> list[str]:
        """What is listed, as it is read out."""
        return [button.accessibleName() for button in self.buttons]

    def _fill(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.deleteLater()
        self.buttons.clear()
        allowed = self._allowed
        for one in (*allowed.folders, *allowed.addresses):
            named = Allowance(folders=(one,), addresses=(one,))
            self._add(one, self.tr("Do not allow {0} any more").format(one), partial(_without, named))
        if not allowed.network:
            self._add(self.tr("No network"), self.tr("Allow the network"), _with_network)

    def _add(self, text: str, action: str, change: Change) -> None:
        label, button = QLabel(text.replace("/", "/\u200b")), QToolButton()
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

    def _on_clicked(self, change: Change, _checked: bool = False) -> None:
        self.allowance_changed.emit(self._logical_id, change)


def _without(named: Allowance, before: Allowance) -> Allowance:
    return before.removing(named)


def _with_network(before: Allowance) -> Allowance:
    return before.adding(Allowance())
