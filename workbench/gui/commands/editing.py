"""Undo, cut, copy, find and the like, for what has the keyboard: the editor, a field, a list.

The keys belong to what has the focus, which takes them as everywhere on the platform. The menu shows them and does the same: an
action with these keys would compete with the widgets, and each press be ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

Deed = Literal["Undo", "Redo", "Cut", "Copy", "Paste", "SelectAll", "Find"]
"""Each is the name of one of Qt's standard keys."""
_CHOOSE_MANY = (QAbstractItemView.SelectionMode.ExtendedSelection, QAbstractItemView.SelectionMode.MultiSelection,
                QAbstractItemView.SelectionMode.ContiguousSelection)


@runtime_checkable
class PutsBack(Protocol):
    """A list that can undo by itself, with the platform's key."""

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""


def key_text(name: str) -> str:
    """Return the platform's key of this name as it is written in menus. Needs the QApplication."""
    return QKeySequence(QKeySequence.StandardKey[name]).toString(QKeySequence.SequenceFormat.NativeText)


class Editing(QObject):
    """Acts on what has the focus in a window. While the menu bar has it, as it is used by keyboard, what had it before counts."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._before_menu: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def can(self, deed: Deed) -> bool:
        """Whether it would do something now."""
        target = self._target()
        if target is None:
            return False
        return _finder(target, self._window) is not None if deed == "Find" else _can(target, deed)

    def do(self, deed: Deed) -> None:
        """Do it, as the key would."""
        target = self._target()
        if target is None or not self.can(deed):
            return
        finder = _finder(target, self._window) if deed == "Find" else None
        if isinstance(finder, QAction):
            finder.trigger()
        elif finder is not None:
            finder.activated.emit()
        else:
            _press(target, deed)

    def _target(self) -> QWidget | None:
        focused: QWidget | None = self._window.focusWidget()
        if isinstance(focused, QMenuBar):
            focused = self._before_menu
        if focused is None or not isValid(focused) or not focused.isVisible():
            return None
        return focused.findChild(QLineEdit) or focused if isinstance(focused, (QComboBox, QAbstractSpinBox)) else focused

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if isinstance(new, QMenuBar) and not isinstance(old, (QMenuBar, QMenu)):
            self._before_menu = old


def _can(target: QWidget, deed: Deed) -> bool:
    if isinstance(target, (QPlainTextEdit, QTextEdit)):
        return _can_text(target, deed)
    if isinstance(target, QLineEdit):
        return _can_line(target, deed)
    if isinstance(target, QAbstractItemView):
        return _can_list(target, deed)
    return isinstance(target, QLabel) and deed == "Copy" and target.hasSelectedText()


def _can_text(target: QPlainTextEdit | QTextEdit, deed: Deed) -> bool:
    writable, document = not target.isReadOnly(), target.document()
    return {
        "Undo": writable and document.isUndoAvailable(), "Redo": writable and document.isRedoAvailable(),
        "Cut": writable and target.textCursor().hasSelection(), "Copy": target.textCursor().hasSelection(),
        "Paste": writable and target.canPaste(), "SelectAll": not document.isEmpty(),
    }.get(deed, False)


def _can_line(target: QLineEdit, deed: Deed) -> bool:
    writable, is_plain = not target.isReadOnly(), target.echoMode() is QLineEdit.EchoMode.Normal
    return {
        "Undo": writable and target.isUndoAvailable(), "Redo": writable and target.isRedoAvailable(),
        "Cut": writable and is_plain and target.hasSelectedText(), "Copy": is_plain and target.hasSelectedText(),
        "Paste": writable and bool(QGuiApplication.clipboard().text()), "SelectAll": bool(target.text()),
    }.get(deed, False)


def _can_list(target: QAbstractItemView, deed: Deed) -> bool:
    model = target.model()
    return {
        "Undo": isinstance(target, PutsBack) and target.can_undo, "Copy": target.currentIndex().isValid(),
        "SelectAll": target.selectionMode() in _CHOOSE_MANY and model is not None and model.rowCount() > 0,
    }.get(deed, False)


def _press(target: QWidget, deed: Deed) -> None:
    """Give it the key itself: what a list copies is known to the list alone."""
    combination = QKeySequence(QKeySequence.StandardKey[deed])[0]  # type: ignore[index]  # PySide's types leave it out
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QCoreApplication.sendEvent(target, QKeyEvent(kind, combination.key().value, combination.keyboardModifiers()))


def _finder(target: QWidget, window: QWidget) -> QAction | QShortcut | None:
    """What the key for finding would set off with the focus there; None for nothing."""
    wanted = QKeySequence(QKeySequence.StandardKey.Find)
    for widget in _upward(target, window):
        for action in widget.actions():
            if wanted in action.shortcuts() and action.isEnabled():
                return action
        for shortcut in widget.findChildren(QShortcut, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if shortcut.key() == wanted and shortcut.isEnabled():
                return shortcut
    return None


def _upward(widget: QWidget, end: QWidget) -> Iterator[QWidget]:
    while widget is not end:
        yield widget
        above = widget.parentWidget()
        if above is None:
            return
        widget = above
