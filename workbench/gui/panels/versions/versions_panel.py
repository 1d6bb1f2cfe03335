"""A function's versions, aliases and URLs: what each is, where it leads, and the buttons for what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.versions.traffic_card import TrafficCard
from workbench.gui.panels.versions.url_list import UrlList
from workbench.gui.panels.versions.version_words import alias_row, version_row
from workbench.gui.widgets.heading import Heading
from workbench.gui.widgets.row_list import RowList
from workbench.gui.widgets.section import Section
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo, VersionInfo

NO_VERSION = "Nothing is published yet. A version keeps code and settings as they are now, for good."
NO_ALIAS = "No alias yet. It is a name for a version, such as live: who invokes it follows when you point it elsewhere."


class VersionsPanel(QScrollArea):
    """Shows what `show_versions` was given last.

    Signals: `publish_requested()`; `comparison_requested(str version)` with the selected one; `qualifier_chosen(str)` to invoke
    it; `alias_requested(str name)` to change an alias, "" for a new one; `alias_deleted(str name)`.
    """

    publish_requested = Signal()
    comparison_requested = Signal(str)
    qualifier_chosen = Signal(str)
    alias_requested = Signal(str)
    alias_deleted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = Heading()
        self._state = _sentence()
        self._shown = ""
        self.versions, self.aliases = RowList("Versions"), RowList("Aliases")
        self._no_version, self._no_alias = _sentence(NO_VERSION), _sentence(NO_ALIAS)
        self.publish = _button("Publish version…", "Keep code and settings as they are now")
        self.compare = _button("Compare…", "Show what differs between two versions (Return in the list)")
        self.new_alias = _button("New alias…", "Give a version a name")
        self.edit_alias = _button("Edit…", "Point the chosen alias elsewhere (Return in the list)")
        self.delete_alias = _button("Delete", "Delete the chosen alias (Delete in the list)")
        self._delete = QAction("Delete alias", self)
        self._invoke_version, self._invoke_alias = (QAction("Choose for Invoke", self) for _ in range(2))
        self.traffic = TrafficCard()
        self._listed: tuple[Sequence[VersionInfo], Sequence[AliasInfo]] = (), ()
        self._sections = (Section("Versions", self._column(self.versions, self._no_version, (self.publish, self.compare))),
                          Section("Aliases", self._column(
                              self.aliases, self._no_alias, (self.new_alias, self.edit_alias, self.delete_alias), self.traffic)))
        self.urls = UrlList()
        self._url_section = Section("Function URL", self.urls)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.versions)
        self.show_nothing("", "")

    @property
    def state_text(self) -> str:
        """The sentence shown in place of the lists, "" while there are lists."""
        return self._state.text()

    def show_versions(self, name: str, versions: Sequence[VersionInfo], aliases: Sequence[AliasInfo]) -> None:
        """Show a function's versions, as Lambda lists them, and aliases. The selection stays where it is."""
        version, alias = self.versions.current_key(), self.aliases.current_key()
        if name != self._shown:
            self.traffic.forget_changes()
            self._shown, version, alias = name, LATEST, ""
        self._show_name(name, "")
        now = datetime.now().astimezone()
        # $LATEST first, then the newest: what one compares most.
        ordered = sorted(versions, key=lambda each: (not each.is_latest, -_number(each)))
        rows = tuple(version_row(each, aliases, now) for each in ordered)
        self.versions.show_rows(rows, version or LATEST)
        self.aliases.show_rows(tuple(alias_row(each) for each in aliases), alias)
        self._no_version.setVisible(len(rows) < 2)
        self._no_alias.setVisible(not aliases)
        self.aliases.setVisible(bool(aliases))
        self._listed = versions, aliases
        self._settle_buttons()

    def show_urls(self, urls: Sequence[FunctionUrlInfo]) -> None:
        """Show the function URLs of the same function, nothing of them if it has none."""
        self.urls.show_urls(urls)
        self._url_section.setVisible(bool(urls))

    def show_waiting(self, name: str) -> None:
        """Show another function's name while the engine is asked. What is below it stays in its place, but cannot be used."""
        self._name.show_name(name)
        self.traffic.forget_changes()
        for section in (*self._sections, self._url_section):
            section.setEnabled(False)

    def show_nothing(self, name: str, why: str) -> None:
        """Show a sentence in place of the lists."""
        self._show_name(name, why)
        for rows in (self.versions, self.aliases):
            rows.show_rows((), "")
        self.traffic.show_alias(None, ())
        self.show_urls(())

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        for part in (self.versions, self.aliases, self.urls, self.traffic):
            part.set_theme(theme)

    def _show_name(self, name: str, why: str) -> None:
        self._name.show_name(name)
        self._state.setText(why)
        self._state.setVisible(bool(why))
        for section in self._sections:
            section.setVisible(bool(name) and not why)
            section.setEnabled(True)
        self._url_section.setEnabled(True)

    def _settle_buttons(self, *_: object) -> None:
        chosen = bool(self.aliases.current_key())
        for button in (self.edit_alias, self.delete_alias):
            button.setEnabled(chosen)
        self._delete.setEnabled(chosen)
        versions, aliases = self._listed
        # Without a chosen one, the one whose traffic is split: what one most likely wants to shift.
        fitting = [each for each in aliases if each.name == self.aliases.current_key()] or sorted(
            aliases, key=lambda each: not each.weights)
        self.traffic.show_alias(next(iter(fitting), None), versions)
        self.compare.setEnabled(len(self.versions.rows) > 1)

    def _on_compare(self, *_: object) -> None:
        if len(self.versions.rows) > 1:
            self.comparison_requested.emit(self.versions.current_key() or LATEST)

    def _on_new_alias(self) -> None:
        self.alias_requested.emit("")

    def _on_edit_alias(self, *_: object) -> None:
        if self.aliases.current_key():
            self.alias_requested.emit(self.aliases.current_key())

    def _on_delete_alias(self) -> None:
        if self.aliases.current_key():
            self.alias_deleted.emit(self.aliases.current_key())

    def _on_invoke_version(self) -> None:
        self.qualifier_chosen.emit(self.versions.current_key() or LATEST)

    def _on_invoke_alias(self) -> None:
        if self.aliases.current_key():
            self.qualifier_chosen.emit(self.aliases.current_key())

    def _connect(self) -> None:
        self.publish.clicked.connect(self.publish_requested)
        self.compare.clicked.connect(self._on_compare)
        self.versions.row_activated.connect(self._on_compare)
        self.versions.addAction(self._invoke_version)
        self._invoke_version.triggered.connect(self._on_invoke_version)
        self._invoke_alias.triggered.connect(self._on_invoke_alias)
        self.new_alias.clicked.connect(self._on_new_alias)
        self.edit_alias.clicked.connect(self._on_edit_alias)
        self.delete_alias.clicked.connect(self._on_delete_alias)
        self.aliases.row_activated.connect(self._on_edit_alias)
        self.aliases.row_selected.connect(self._settle_buttons)
        self._delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        # Only with the focus here: Delete in the editor must not delete an alias.
        self._delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._delete.triggered.connect(self._on_delete_alias)
        self.aliases.addActions([self._invoke_alias, self._delete])

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Versions and aliases")
        self._name.setContentsMargins(14, 11, 14, 0)
        content = QWidget()
        content.setObjectName("sidePanel")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 10)
        layout.setSpacing(0)
        for widget in (self._name, self._state, *self._sections, self._url_section):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(content)

    @staticmethod
    def _column(rows: RowList, empty: PlainLabel, buttons: Sequence[QPushButton], below: QWidget | None = None) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(14, 7, 14, 4)
        line.setSpacing(7)
        for button in buttons:
            line.addWidget(button)
        line.addStretch(1)
        layout.addWidget(rows)
        layout.addWidget(empty)
        layout.addLayout(line)
        if below is not None:
            layout.addWidget(below)
        return column


def _number(version: VersionInfo) -> int:
    return int(version.version) if version.version.isdecimal() else 0


def _sentence(text: str = "") -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setContentsMargins(14, 6, 14, 4)
    return label


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("compact")  # three of them fit beside each other, also beside a scroll bar
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
