"""This result beside another one: the person chooses which, the previous one of the same function at first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.invocation_words import status_look, summary
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.text_comparison import TextComparison
from workbench.model.moments import local_time
from workbench.state.answers import pretty_json
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_MOST_OFFERED = 50
_ALONE = "There is no other result yet to compare with."
_PART = "Of the other result only the first part is known here; what follows is not compared."


class CompareView(QWidget):
    """Shows how another result differs from the one that the panel shows. Choosing in the history turns to another one here."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history, self._hidden = session.history, session.hidden
        self._shown: Invocation | None = None
        self._text = ""
        self._chosen = ""
        self.other, self.comparison = FlatCombo(), TextComparison()
        self.other.setAccessibleName("Compare with")
        self.other.activated.connect(self._on_activated)
        row = QHBoxLayout()
        row.addWidget(PlainLabel("Compared with"))
        row.addWidget(self.other, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.comparison, 1)
        self.setFocusProxy(self.other)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self.comparison.set_theme(theme)

    def choose(self, request_id: str) -> None:
        """Compare with this one from now on, whichever the panel shows."""
        self._chosen = request_id
        if self._shown is not None:
            self._offer(self._shown)
        self._compare()

    def show_result(self, invocation: Invocation, text: str) -> None:
        """Compare another result, of which `text` is the answer as it is shown."""
        self._shown, self._text = invocation, text
        self._offer(invocation)
        self._compare()

    def _offer(self, shown: Invocation) -> None:
        self.other.clear()
        for each in self._offered(shown):
            self.other.addItem(name_of(each), each.request_id)
        if self.other.findData(self._chosen) < 0:
            self._chosen = ""
        before = self._history.before(shown)
        wanted = self._chosen or (before.request_id if before is not None else "")
        self.other.setCurrentIndex(max(self.other.findData(wanted), 0))

    def _offered(self, shown: Invocation) -> Iterator[Invocation]:
        """Yield the latest results, those of the same function first, and the chosen one however long ago it was."""
        answered = [each for each in self._history.newest_first() if each.answered and each.request_id != shown.request_id]
        same = [each for each in answered if each.function_name == shown.function_name]
        others = [each for each in answered if each.function_name != shown.function_name]
        offered = [*same, *others][:_MOST_OFFERED]
        yield from offered
        chosen = self._history.get(self._chosen)
        if chosen is not None and chosen.answered and chosen.request_id != shown.request_id and chosen not in offered:
            yield chosen

    def _compare(self) -> None:
        other = self._history.get(str(self.other.currentData()))
        if self._shown is None or other is None:
            self.comparison.show_none(_ALONE)
            return
        text = pretty_json(self._hidden.text(other.payload))
        self.comparison.compare(text, self._text, name_of(other), name_of(self._shown))
        self.other.setToolTip(_PART if other.payload_bytes > len(other.payload.encode()) else "")

    def _on_activated(self, _index: int) -> None:
        self.choose(str(self.other.currentData()))


def name_of(invocation: Invocation) -> str:
    """Return a line that tells a result from others: time, status, figures, function."""
    clock = local_time(invocation.received_ms / 1_000).strftime("%H:%M:%S")
    return f"{clock} {status_look(invocation).word}, {summary(invocation)} · {invocation.function_name}"
