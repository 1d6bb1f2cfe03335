"""The commands of an editor as QActions by ID; the window shows the same ones in its menus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


def add_action(owner: QWidget, actions: dict[str, QAction], action_id: str, text: str, keys: tuple[str, ...],
               run: Callable[[], object]) -> None:
    """Add an action that works while the focus is inside `owner`.

    `run` must be a bound method. PySide keeps a lambda, and what it captures, alive after the widget is gone.
    """
    action = QAction(text, owner)
    action.setObjectName(action_id)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(run)
    owner.addAction(action)
    actions[action_id] = action
