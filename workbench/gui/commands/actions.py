"""All actions of the window in one registry: menu bar, toolbar, shortcuts and tests use the same ID."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

SEPARATOR = "-"


def _always() -> bool:
    return True


class Actions(QObject):
    """The registry. Actions are added to `window`, so that their shortcuts work wherever the focus is inside it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        # One connection for all of them, and to a method of this object: a lambda may be called when what it holds is gone.
        self._group = QActionGroup(self)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self._group.triggered.connect(self._on_triggered)
        self._actions: dict[str, QAction] = {}
        self._slots: dict[str, Callable[[], object]] = {}
        self._enabled_when: dict[str, Callable[[], bool]] = {}

    def add(
        self,
        identifier: str,
        text: str,
        slot: Callable[[], object],
        *,
        shortcut: str = "",
        enabled_when: Callable[[], bool] = _always,
        tip: str = "",
        checkable: bool = False,
    ) -> QAction:
        """Register one action. `shortcut` may contain several, separated by `;`. `refresh` calls `enabled_when`.

        Raises ValueError if the ID is taken.
        """
        if identifier in self._actions:
            raise ValueError(f"There is an action {identifier!r} already.")
        action = QAction(text, self._group)
        action.setObjectName(identifier)
        if checkable:
            action.setCheckable(True)
        if shortcut:  # they work in the whole window, which is Qt's default
            action.setShortcuts([QKeySequence(key) for key in shortcut.split(";")])
        action.setToolTip(tip or text.partition("\t")[0].replace("&", "").rstrip("…"))
        self._window.addAction(action)
        self._slots[identifier] = slot
        self._actions[identifier] = action
        self._enabled_when[identifier] = enabled_when
        return action

    def __getitem__(self, identifier: str) -> QAction:
        return self._actions[identifier]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def refresh(self) -> None:
        """Enable the actions that can be used now, and disable the others."""
        for identifier, action in self._actions.items():
            enabled = self._enabled_when[identifier]()
            if action.isEnabled() != enabled:
                action.setEnabled(enabled)

    def fill(self, menu: QMenu, identifiers: tuple[str, ...]) -> None:
        """Add actions to a menu in this order; SEPARATOR stands for a separator."""
        for identifier in identifiers:
            if identifier == SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[identifier])

    def _on_triggered(self, action: QAction) -> None:
        self._slots[action.objectName()]()
