"""The log of all functions: filter, follow, fold, copy, save, metrics."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.application.file_places import FilePlaces
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.log.log_cards import LogCards
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_saving import LogSaving
from workbench.gui.panels.log.log_toolbar import LogToolbar
from workbench.gui.panels.log.log_view import LogView
from workbench.gui.panels.log.log_words import words_for_nothing
from workbench.gui.panels.log.metrics_view import MetricsView
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.beside_or_below import BesideOrBelow
from workbench.gui.widgets.source_links import SourceLinks
from workbench.model.log_queries import LogFilter, SearchStep
from workbench.model.past_invocations import InvocationPage
from workbench.state.session import Session

DRAIN_MS = 80
"""New lines are shown at most so often. The window refreshes the panel less often: in its turn, not when this pause is over."""
_WIDE_CHARACTERS = 110
MOST_COPIED = 100_000
"""More entries than this are saved, not copied."""


class LogPanel(QWidget):
    """The window calls `refresh` for Topic.LOGS. What is not here is asked for by signals, see `gui/workspace/log_reader.py`.

    Signals: `invocation_selected(str request_id)` when a line of a request was activated; `place_chosen(str path, int line,
    int column)` for a link to one of the person's own files, which `links` finds (None: no links);
    `configuration_wanted(str function_name)` for a link in a card; `search_wanted(LogFilter)`, None to end the search;
    `folds_wanted(bool older)`, `fold_wanted(int row)` for invocations and the entries of one; `copy_wanted(list[tuple])` for
    ranges of rows of which not all are here; `metrics_wanted(bool)`. `saving` has its own.
    """

    invocation_selected = Signal(str)
    place_chosen = Signal(str, int, int)
    configuration_wanted = Signal(str)
    search_wanted = Signal(object)
    folds_wanted = Signal(bool)
    fold_wanted = Signal(int)
    copy_wanted = Signal(object)
    metrics_wanted = Signal(bool)

    def __init__(
        self, session: Session, parent: QWidget | None = None, theme: Theme = DARK, links: SourceLinks | None = None,
        places: FilePlaces | None = None,
    ) -> None:
        """`places`: where dialogs for files begin; None for the person's own folder."""
        super().__init__(parent)
        self._session = session
        self.lines = LogModel(session.logs, self, links, session.hidden.text)
        self.lines.cards = LogCards(session, links)
        self.view = LogView(self.lines, theme)
        self.bar = LogToolbar()
        self.saving = LogSaving(self.bar, places or FilePlaces(Path.home()))
        self.metrics: MetricsView | None = None
        self._theme = theme
        self._pending = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self._show_state()

    def _lay_out(self) -> None:
        self._split = BesideOrBelow(_WIDE_CHARACTERS)
        self._split.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._split, 1)
        self.setFocusProxy(self.view)
        self.bar.find_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(self.bar.find_action)

    def _connect(self) -> None:
        bar, view = self.bar, self.view
        bar.filter_changed.connect(self._on_filter_changed)
        bar.find_action.triggered.connect(self._on_find)
        bar.invalid.connect(self._on_invalid)
        bar.stop_wanted.connect(self._on_stop)
        bar.left.connect(view.setFocus)
        bar.fold.toggled.connect(self._on_fold_toggled)
        bar.metrics.toggled.connect(self._on_metrics_toggled)
        bar.follow.clicked.connect(self._on_follow_clicked)
        bar.wrap_action.toggled.connect(view.set_wrapping)
        bar.all_action.toggled.connect(self.lines.tell_all)
        bar.copy_action.triggered.connect(self.copy)
        bar.text_action.triggered.connect(self.saving.ask_for_text)
        bar.ndjson_action.triggered.connect(self.saving.ask_for_ndjson)
        bar.clear_action.toggled.connect(self._on_clear_toggled)
        view.following_changed.connect(bar.follow.setChecked)
        view.copy_wanted.connect(self.copy)
        view.place_chosen.connect(self.place_chosen)
        view.configuration_wanted.connect(self.configuration_wanted)
        view.activated.connect(self._on_activated)
        view.fold_toggled.connect(self._on_fold)
        view.moved.connect(self._on_moved)
        bar.follow.setChecked(view.is_following)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        fill_background(self)
        self.view.set_theme(theme)
        if self.metrics is not None:
            self.metrics.set_theme(theme)

    def present(self, is_on: bool) -> None:
        """Leave the room of the bar to lines for an audience, unless they are filtered; Ctrl+F brings it back."""
        is_filtered = bool(self.bar.filter_box.text()) or self.bar.wanted != LogFilter()
        self.bar.setHidden(is_on and not is_filtered)

    def refresh(self) -> None:
        """Show new lines at once, or DRAIN_MS after the last time."""
        if self.isVisible() and not self._timer.isActive():
            self._drain_now()
            self._timer.start()
        elif self.isVisible():
            self._pending = True

    def refresh_folds(self) -> None:
        """Show what invocations are now, if the log is folded by them."""
        if self.lines.folds is not None and self.isVisible():
            self.folds_wanted.emit(False)

    def select(self, request_id: str) -> None:
        """Set the invocation that the button "this invocation" filters by; "" for none."""
        self.bar.select(request_id)

    def take_step(self, step: SearchStep) -> None:
        """Take what a search has found."""
        if self.lines.hits is not None:
            self.lines.take_step(step)
            self.bar.show_problem(step.problem)
            self._show_state()

    def show_extent(self) -> None:
        """Show how long the log is now."""
        self._show_state()

    def take_invocations(self, page: InvocationPage, *, is_older: bool) -> None:
        """Take a page of invocations: the newest one, or the next older one."""
        folds = self.lines.folds
        if folds is not None:
            if is_older or not len(folds):
                folds.next = page.next
            self.lines.take_invocations(page.invocations)
            self._show_state()

    def copy(self) -> None:
        """Copy the selected entries, or all; those that are not here are asked for first."""
        selection = self.view.selectionModel().selection()
        ranges = sorted((each.top(), each.bottom()) for each in map(selection.at, range(selection.count())))
        ranges = ranges or [(0, self.lines.rowCount() - 1)]
        if sum(last - first + 1 for first, last in ranges) > MOST_COPIED:
            self.bar.show_problem(self.tr("More than {0} entries are too many to copy: save them.").format(f"{MOST_COPIED:,}"))
            return
        found = [self.lines.copied(row) for first, last in ranges for row in range(first, last + 1)]
        if not all(found):
            self.copy_wanted.emit(ranges)
        else:
            self.put_on_clipboard([text for texts in found for text in texts])

    def put_on_clipboard(self, texts: list[str]) -> None:
        """Copy entries as they were written, but for what is not to be seen now."""
        QGuiApplication.clipboard().setText("\n".join(map(self._session.hidden.text, texts)).replace("\r", "\n"))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the lines that came while the panel was hidden."""
        super().showEvent(event)
        self._drain_now()

    def _drain(self) -> None:
        if self._pending:  # otherwise the timer rests, and the next line is shown at once
            self._drain_now()
            self._timer.start()

    def _drain_now(self) -> None:
        self._pending = False
        self.lines.drain()
        self._show_state()

    def _show_state(self) -> None:
        hits = self.lines.hits
        self.view.say_why_empty(words_for_nothing(self.lines, is_filtered=not self.bar.wanted.is_empty))
        self.bar.show_count(self.lines.shown, hits, of_invocations=self.lines.folds is not None)

    def _on_filter_changed(self, wanted: LogFilter) -> None:
        if self.lines.folds is not None:
            self.lines.show_folds()
            self.folds_wanted.emit(True)
        elif wanted.is_empty:
            if self.lines.hits is not None:
                self.lines.show_all()
            self.search_wanted.emit(None)
        else:
            self.lines.show_hits()
            self.search_wanted.emit(wanted)
        self.view.follow()
        self._show_state()

    def look_again(self) -> None:
        """Search again, or list the invocations again, because some were forgotten."""
        if self.lines.hits is not None or self.lines.folds is not None:
            self.bar.apply()

    def _on_invalid(self, problem: str) -> None:
        """Show no lines: those of another filter would look like an answer."""
        if self.lines.folds is None:
            self.search_wanted.emit(None)
            self.lines.show_hits().problem = problem
            self._show_state()

    def _on_find(self) -> None:
        self.bar.show()
        self.bar.filter_box.setFocus()

    def _on_stop(self) -> None:
        self.search_wanted.emit(None)
        if self.lines.hits is not None:
            self.lines.hits.is_stopped = self.lines.hits.goes_on
        self._show_state()

    def _on_fold_toggled(self, is_folded: bool) -> None:
        self.search_wanted.emit(None)
        if is_folded:
            self.lines.show_folds()
            self.folds_wanted.emit(True)
            self._show_state()
        else:
            self.lines.show_all()
            self.bar.apply()

    def _on_fold(self, row: int) -> None:
        folds = self.lines.folds
        head = folds.head_at(row) if folds is not None else None
        if folds is not None and head is not None and folds.is_open(row):
            self.lines.fold(row)
        elif head is not None:
            self.fold_wanted.emit(row)

    def _on_moved(self) -> None:
        folds = self.lines.folds
        if folds is not None and folds.next is not None and self.view.top().row == 0 and len(folds):
            self.folds_wanted.emit(True)

    def _on_metrics_toggled(self, is_shown: bool) -> None:
        if is_shown and self.metrics is None:
            self.metrics = MetricsView(self._theme)
            self._split.addWidget(self.metrics)
            self._split.share()
        if self.metrics is not None:
            self.metrics.begin()
            self.metrics.setVisible(is_shown)
        self.metrics_wanted.emit(is_shown)

    def _on_follow_clicked(self) -> None:
        self.view.follow()
        self.bar.follow.setChecked(True)

    def _on_activated(self, index: QModelIndex) -> None:
        row = self.lines.row_at(index.row())
        if row is not None and row.entry.request_id:
            self.invocation_selected.emit(row.entry.request_id)

    def _on_clear_toggled(self, is_hidden: bool) -> None:
        self.bar.since = self._session.sequence.last if is_hidden else 0
        self.lines.clear(is_hidden)
        if self.lines.hits is not None:
            self.bar.apply()
        self._show_state()
