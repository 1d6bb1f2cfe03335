"""All of one past invocation: event, result, log, figures, and what it ran beside what its function is now. Read-only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QTabWidget, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.reading_direction import OrderedText
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import Theme
from workbench.gui.panels.history.ran_view import RanView
from workbench.gui.panels.history.readable import Texts, as_it_is, texts_of
from workbench.gui.panels.invocation_words import past_figures, past_look
from workbench.model.moments import local_time
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.model.prices import format_usd
from workbench.state.invocation import Invocation


class DetailsWindow(QDialog):
    """Shows the figures at once, and the rest with `show_invocation`. `source` names the file that it was opened from."""

    def __init__(
        self, past: PastInvocation, parent: QWidget | None = None, *, source: str = "",
        seen: Callable[[Invocation], Invocation] = as_it_is,
    ) -> None:
        """`seen` returns what is to be seen of an invocation."""
        super().__init__(parent)
        self._seen = seen
        self._invocation: Invocation | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._past, self._source = past, source
        self.setWindowTitle(f"{past.function_name} · {source or past.name or past.request_id[:8]}")
        self.mark, self.headline, self.figures, self.note = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.tabs = QTabWidget()
        self.event_text, self.result_text, self.log_text = _text("Event"), _text("Result"), _text("Log")
        self.ran = RanView()
        self._lay_out()
        self._show_figures("")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.mark.setStyleSheet(f"color: {getattr(theme, past_look(self._past).token)}")
        for view in (self.event_text, self.result_text, self.log_text):
            view.setFont(QFont(theme.mono_family))
        self.ran.set_theme(theme)
        if self._invocation is not None:  # after the theme, other values are to be seen
            self._write(texts_of(self._seen(self._invocation)))

    @property
    def request_ids(self) -> frozenset[str]:
        """Which invocation of this workspace is shown, none for one from a file."""
        return frozenset() if self._source else frozenset({self._past.request_id})

    def show_invocation(self, invocation: Invocation, texts: Texts, deployed: Deployed) -> None:
        """Show what it was sent, answered and logged (`texts`, of what is to be seen of it), and what it ran."""
        self._invocation = invocation
        self._write(texts)
        self.ran.show_deployed(deployed)
        self._show_figures(format_usd(invocation.cost.usd) if invocation.cost is not None else "")

    def _write(self, texts: Texts) -> None:
        self.event_text.setPlainText(texts.event)
        self.result_text.setPlainText(texts.result)
        self.log_text.setPlainText(texts.log)

    def _show_figures(self, cost: str) -> None:
        past = self._past
        received = local_time(past.received_ms / 1_000).strftime("%Y-%m-%d %H:%M:%S")
        look = past_look(past)
        self.mark.setText(look.mark)
        self.headline.setText(f"{look.word} · {past.function_name}:{past.version} · {received}")
        parts = [past_figures(past), cost, f"alias {past.alias}" if past.alias else "", past.error_type, past.sandbox]
        self.figures.setText(" · ".join(filter(None, parts)) + f"\nrequest {past.request_id} · environment {past.environment_id}")
        self.note.setText(f"From {self._source}: read-only, and not in this workspace's history." if self._source else past.name)
        self.note.setVisible(bool(self.note.text()))

    def _lay_out(self) -> None:
        for label in (self.mark, self.headline):
            label.setFont(strong(self.headline.font()))
        self.headline.setAccessibleName("Invocation")
        self.figures.setObjectName("muted")
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.setObjectName("muted")
        views: tuple[QWidget, ...] = (self.event_text, self.result_text, self.log_text, self.ran)
        for widget, title in zip(views, ("Event", "Result", "Log", "What it ran"), strict=True):
            self.tabs.addTab(widget, title)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName("Parts of the invocation")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.headline, 1)
        layout.addLayout(head)
        for label in (self.headline, self.figures, self.note):
            label.setWordWrap(True)
        for label in (self.figures, self.note):
            layout.addWidget(label)
        layout.addWidget(self.tabs, 1)
        self.resize(900, 600)


def _text(name: str) -> QPlainTextEdit:
    view = OrderedText()
    view.setObjectName("area")
    view.setAccessibleName(name)
    view.setTabChangesFocus(True)
    view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    return view
