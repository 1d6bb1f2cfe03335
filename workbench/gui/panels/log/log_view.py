"""The table of log lines: one column, fixed row height. It follows its tail unless the person reads further up."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from workbench.gui.look.appearance import mono_font
from workbench.gui.look.theme import Theme
from workbench.gui.panels.log.log_delegate import LogDelegate
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.widgets.source_links import SourceLink, SourceLinks
from workbench.state.logs import LogRing


class LogView(QTableView):
    """Shows a ring of log lines; the panel calls `drain` to take over new ones.

    Emits `place_chosen(str path, int line, int column)` for a clicked link, or the first one of the line where Enter was
    pressed.
    """

    place_chosen = Signal(str, int, int)

    def __init__(self, ring: LogRing, theme: Theme, links: SourceLinks | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = LogModel(ring, self, links)
        self._pressed: SourceLink | None = None
        self._delegate = LogDelegate(self.lines, theme, mono_font(theme), self)
        self._widest = 0
        self.setModel(self.lines)
        self.setItemDelegate(self._delegate)
        self._prepare()
        self.set_theme(theme)

    def _prepare(self) -> None:
        self.setAccessibleName(self.tr("Log lines"))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        # Fixed: ResizeToContents would ask all rows for their size, 100,000 of them.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        font = mono_font(theme)
        self._delegate.set_look(theme, font)
        self.verticalHeader().setMinimumSectionSize(1)  # the style's minimum may be higher than a line
        self.verticalHeader().setDefaultSectionSize(QFontMetrics(font).height() + 3)
        self._fit_column()
        self.viewport().update()

    @property
    def is_following(self) -> bool:
        """Whether new lines scroll into view: the end is visible and the person does not hold the scroll bar."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 1 and not bar.isSliderDown()

    def drain(self) -> int:
        """Take over new lines and return their number. A person who reads further up keeps the lines in view."""
        following, bar = self.is_following, self.verticalScrollBar()
        top = bar.value()
        dropped, added = self.lines.drain()
        if dropped:  # row numbers have moved, and the underline with them
            self._show_hovered(-1, None)
        if not dropped and not added:
            return 0
        self._widen(added)
        if following:
            self.scrollToBottom()
        elif dropped:
            bar.setValue(max(top - dropped, 0))
        return added

    def fit(self) -> None:
        """Make the column as wide as the newest 1,000 lines need."""
        self._widest = 0
        self._widen(min(self.lines.rowCount(), 1_000))
        self._fit_column()

    def copy_selected(self) -> None:
        """Copy the selected lines, or all lines if none is selected."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        numbers = rows or range(self.lines.rowCount())
        QGuiApplication.clipboard().setText("\n".join(self.lines.row_at(number).text for number in numbers))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies whole lines, End follows the tail again, Enter opens the file that the line refers to."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
        elif event.key() == Qt.Key.Key_End:
            self.scrollToBottom()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (links := self.lines.links_of(self.currentIndex().row())):
            self._choose(links[0])
        else:
            super().keyPressEvent(event)

    def link_at(self, position: QPoint) -> tuple[int, SourceLink | None]:
        """Return the row under a point of the viewport, -1 for none, and the link there, if any."""
        index = self.indexAt(position)
        links = self.lines.links_of(index.row())
        x = position.x() - self.visualRect(index).left()
        return index.row(), next((link for link in links if self._delegate.is_on(x, index.row(), link)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Underline a link under the mouse and show the hand."""
        super().mouseMoveEvent(event)
        self._show_hovered(*self.link_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the underline."""
        super().leaveEvent(event)
        self._show_hovered(-1, None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note the link under the button. With a modifier, the click selects lines instead."""
        super().mousePressEvent(event)
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed = self.link_at(event.position().toPoint())[1] if plain else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the link's file if the button is released on the same link."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self.link_at(event.position().toPoint())[1] == pressed:
            self._choose(pressed)

    def _choose(self, link: SourceLink) -> None:
        self.place_chosen.emit(str(link.file), link.line, link.column)

    def _show_hovered(self, row: int, link: SourceLink | None) -> None:
        if self._delegate.hover(row, link):
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor if link is None else Qt.CursorShape.PointingHandCursor)
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the column fill the view, and keep the tail visible if it was."""
        following = self.is_following
        super().resizeEvent(event)
        self._fit_column()
        if following:
            self.scrollToBottom()

    def _widen(self, added: int) -> None:
        # Only ever looks at new lines, and never narrows: `resizeColumnToContents` would measure all of them each time.
        count = self.lines.rowCount()
        longest = max((len(self.lines.row_at(row).text) for row in range(count - min(added, count), count)), default=0)
        if longest > self._widest:
            self._widest = longest
            self._fit_column()

    def _fit_column(self) -> None:
        self.setColumnWidth(0, max(self.viewport().width(), self._delegate.text_width(self._widest)))
