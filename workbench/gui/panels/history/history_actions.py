"""What can be done with chosen invocations: one record each, for the menu, the list and its keys."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from workbench.model.past_invocations import PastInvocation


class HistoryAction(msgspec.Struct, frozen=True):
    """One action. `key` works in the list. `least` and `most`: of how many invocations; `group` separates them in the menu."""

    name: str
    title: str
    key: str = ""
    least: int = 1
    most: int = 10_000
    group: int = 0


ACTIONS = (
    HistoryAction("details", "Show &details", "Return", most=1),
    HistoryAction("compare", "&Compare two", "C", least=2, most=2),
    HistoryAction("replay", "&Replay", "R", group=1, most=100),
    HistoryAction("event", "Save as &event…", "E", group=1, most=1),
    HistoryAction("star", "&Star", "S", group=2),
    HistoryAction("name", "&Name…", "F2", group=2, most=1),
    HistoryAction("copy.boto3", "Copy as &boto3", group=3, most=1),
    HistoryAction("copy.AWS CLI", "Copy as &AWS CLI", "Ctrl+C", group=3, most=1),
    HistoryAction("copy.curl", "Copy as c&url", group=3, most=1),
    HistoryAction("export", "E&xport as a file…", "Ctrl+S", group=4, most=1),
    HistoryAction("open", "&Open an exported file…", "Ctrl+O", least=0, group=4),
    HistoryAction("forget", "&Forget", "Delete", group=5),
    HistoryAction("retention", "How long history is &kept…", least=0, group=5))


class HistoryActions(QObject):
    """Makes them for a list, whose keys go before those of the window. Emits `requested(str name)`."""

    requested = Signal(str)

    def __init__(self, table: QWidget) -> None:
        super().__init__(table)
        self.by_name: dict[str, QAction] = {}
        for each in ACTIONS:
            action = self.by_name[each.name] = QAction(each.title, table)
            action.setData(each.name)
            action.triggered.connect(self._on_triggered)
            if each.key:
                keys = [QKeySequence(each.key)] + ([QKeySequence("Enter")] if each.key == "Return" else [])
                action.setShortcuts(keys)
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            table.addAction(action)
        table.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the list's keys before the window's commands get them: where both have one, Qt would do neither."""
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(event, QKeyEvent):
            action = self._of_key(QKeySequence(event.keyCombination()))
            if action is not None:
                event.accept()
                if event.type() is QEvent.Type.KeyPress:
                    action.trigger()
                return True
        return False

    def fill(self, menu: QMenu) -> None:
        """Put them into a menu."""
        group = 0
        for each in ACTIONS:
            if each.group != group:
                menu.addSeparator()
                group = each.group
            menu.addAction(self.by_name[each.name])

    def show_chosen(self, chosen: Sequence[PastInvocation]) -> None:
        """Show what can be done with these."""
        for each in ACTIONS:
            self.by_name[each.name].setEnabled(each.least <= len(chosen) <= each.most)
        self.by_name["replay"].setText("&Replay" if len(chosen) < 2 else f"&Replay {len(chosen):,}")
        all_starred = bool(chosen) and all(each.is_starred for each in chosen)
        self.by_name["star"].setText("Take the &star away" if all_starred else "&Star")
        self.by_name["forget"].setText("&Forget" if len(chosen) < 2 else f"&Forget {len(chosen):,}")

    def _of_key(self, key: QKeySequence) -> QAction | None:
        return next((action for action in self.by_name.values() if key in action.shortcuts()), None)

    def _on_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.requested.emit(str(action.data()))
