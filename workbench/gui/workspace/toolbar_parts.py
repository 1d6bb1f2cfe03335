"""The parts of which the toolbar is made."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QToolButton

from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model.quotas import TENANT_ID_LIMIT

INVOKE, KEY = "Invoke", "  Ctrl+↵"


def chooser(name: str, letters: int) -> QComboBox:
    """A box to choose from that has room for a few letters at least."""
    combo = FlatCombo()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    letter_px = combo.fontMetrics().averageCharWidth()
    combo.setMinimumWidth(letters * letter_px)
    combo.setMaximumWidth(letters * letter_px * 3)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo


def fill_chooser(combo: QComboBox, items: list[tuple[str, str]], current: str, empty: str) -> None:
    """Offer these (key, title), with the key `current` chosen; without any, the box says `empty` and is disabled."""
    combo.blockSignals(True)
    combo.clear()
    for key, title in items:
        combo.addItem(title, key)
    if not items:
        combo.addItem(empty, "")
    position = combo.findData(current)
    combo.setCurrentIndex(max(0, position))
    combo.setEnabled(bool(items))
    combo.setToolTip(f"{combo.accessibleName()}: {combo.currentText()}")
    combo.blockSignals(False)


def tenant_field() -> QLineEdit:
    """The field for the tenant that Invoke is for, hidden at first."""
    field = QLineEdit()
    field.setPlaceholderText("Tenant ID")
    field.setAccessibleName("Tenant to invoke for")
    field.setToolTip("The function isolates tenants: each has execution environments of its own")
    field.setMaxLength(TENANT_ID_LIMIT)
    field.setFixedWidth(field.fontMetrics().averageCharWidth() * 16)
    field.hide()
    return field


def invoke_button(action: QAction) -> QPushButton:
    """The primary action."""
    # QPushButton, unlike QToolButton, has no default action: `MainWindow.refresh_actions` enables it together with the action.
    button = QPushButton(INVOKE + KEY)
    button.setObjectName("invoke")
    button.setAccessibleName("Invoke the function")
    button.setToolTip("Save, then invoke the function with the chosen event (Ctrl+Return). Ctrl+Shift+Return starts cold.")
    button.setIconSize(QSize(13, 13))
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)
    return button


def send_button(action: QAction) -> QToolButton:
    """The button for invoking asynchronously."""
    action.setToolTip("Invoke asynchronously: the event goes into the queue (Ctrl+Alt+Return)")
    button = QToolButton()
    button.setDefaultAction(action)
    button.setText("Send")
    button.setAccessibleName("Invoke the function asynchronously")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button


def debug_button(action: QAction) -> QToolButton:
    """A button for the Debug action: checked while the chosen function is debugged, with the action's tool tip."""
    button = QToolButton()
    action.setIconVisibleInMenu(False)
    button.setDefaultAction(action)
    button.setAccessibleName("Debug the function")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(14, 14))
    return button


def leave_button() -> QToolButton:
    """The way out of a presentation, hidden at first."""
    button = QToolButton()
    button.setText("Esc leaves")
    button.setAccessibleName("Leave the presentation")
    button.setToolTip("Go back to what was there before (Escape or F11)")
    button.hide()
    return button


def chip_button(name: str) -> QToolButton:
    """A button that says something and goes there."""
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
