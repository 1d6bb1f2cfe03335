"""How a request stands and whose it is, and its figures, to be read from the second row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import SCALE, sized, small
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.invocation_words import CANCELED_LOOK, figures, start_word, status_look
from workbench.gui.panels.result.figure_cell import FigureCell
from workbench.gui.panels.result.figure_words import TITLES, Figure, figures_of, running_figures
from workbench.gui.panels.result.running_words import running_detail, running_word, waiting_detail
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.state.session import Session

_TICK_MS = 100
_FACTORS = (SCALE.sizes.figure, SCALE.sizes.title, SCALE.sizes.body)
_LARGE = (2.8, 2.3)
"""Before an audience, where there is the width."""
_WIDE_GAP_PX, _GAP_PX = 20, 14
_WORDS_CHARACTERS = 26
"""Room for status, function and event beside the figures."""
_MOST_WORDS_CHARACTERS, _WORDS_SHARE = 60, 0.4
_UNLIMITED_PX = 16_777_215
"""QWIDGETSIZE_MAX, which Qt takes for no limit."""


class Headline(QWidget):
    """Counts the time of a running request by itself while it can be seen. Emits `previous_chosen()`."""

    previous_chosen = Signal()

    def __init__(self, shown: ShownRequest, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self._session, self._theme = shown, session, theme
        self._factor, self._is_low, self._wanted_px = 0.0, False, 0
        self._factors: tuple[float, ...] = _FACTORS
        self._characters: list[int] = []
        self.status, self.start, self.identity, self.previous = PlainLabel(), PlainLabel(), _identity_label(), QToolButton()
        self.cells = [FigureCell(title) for title in TITLES]
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self.refresh)
        self._prepare()
        self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.previous.setFont(small(self.font()))
        self._factor = 0.0
        self._fit()
        self.refresh()

    def set_low(self, is_low: bool) -> None:
        """Leave out the figures of before, or show them."""
        if is_low != self._is_low:
            self._is_low = is_low
            self.refresh()

    def present(self, *, is_on: bool) -> None:
        """Show figures as large as there is room for, before an audience."""
        self._factors = (*_LARGE, *_FACTORS) if is_on else _FACTORS
        self._factor = 0.0
        self._fit()

    def refresh(self) -> None:
        """Show how the request stands now, or that there is none."""
        running = self._shown.is_running
        if running != self._clock.isActive():
            (self._clock.start if running and self.isVisible() else self._clock.stop)()
        mark, word, token, detail = self._running_parts() if running else self._ended_parts()
        self.status.setText(f"{mark} {word}")
        color = getattr(self._theme, token)
        _style(self.status, f"color: {color}; font-weight: 600; font-size: {self._status_size()}pt")
        self._show_start()
        self._show_identity(detail if running else "")
        self._show_figures(running)
        self.setAccessibleName(f"{word} {detail}")

    def keep_whole(self) -> None:
        """Give figures more than their usual room if they need it, as those of ten seconds do."""
        characters = [cell.characters for cell in self.cells]
        if characters != self._characters:
            self._characters = characters
            self._factor = 0.0
            self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the largest figures for which there is room."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._factor = 0.0
            self._fit()

    def sizeHint(self) -> QSize:
        """Return the height that is wanted for what fits the width."""
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), self._wanted_px))

    def minimumSizeHint(self) -> QSize:
        """Return a width that never widens the panel: figures are made smaller, words are cut."""
        return QSize(0, max(super().minimumSizeHint().height(), self._wanted_px))

    def _prepare(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.previous.setObjectName("previousButton")
        self.previous.setToolTip(self.tr("Show the previous invocation"))
        self.previous.setAutoRaise(True)
        self.previous.clicked.connect(self.previous_chosen)

    def _lay_out(self) -> None:
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.status)
        words.addWidget(self.start, 0, Qt.AlignmentFlag.AlignVCenter)
        words.addStretch(1)
        names = QHBoxLayout()
        names.setSpacing(6)
        names.addWidget(self.identity, 1)
        names.addWidget(self.previous)
        self._left = QWidget()
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addStretch(1)
        column.addLayout(words)
        column.addLayout(names)
        column.addStretch(1)
        self._right = QHBoxLayout()
        for cell in self.cells:
            self._right.addWidget(cell)
        self._right.addStretch(1)
        self._whole = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(4)
        self._whole.addWidget(self._left, 1)
        self._whole.addLayout(self._right)

    def _fit(self) -> None:
        """Take the largest figures that fit, beside the words where the panel is wide.

        They go below these once there is the height for both, or all would be painted squeezed until there is.
        """
        width = self.width()
        words = _WORDS_CHARACTERS * self.fontMetrics().averageCharWidth()
        beside = width >= words + self._figures_width(_FACTORS[1])
        below_px = 0 if beside else self._height_below()
        waits = below_px > self.height() and self._whole.direction() is QBoxLayout.Direction.LeftToRight
        self._want(below_px if waits else 0)  # once the figures are there, the layout knows it
        if waits:
            return
        room = width - words if beside else width
        factor = next((each for each in self._factors if self._figures_width(each) <= room), _FACTORS[-1])
        self._whole.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        if factor != self._factor:
            self._factor = factor
            self._right.setSpacing(_gap_px(factor))
            self.start.setFont(small(self.font()))
            for cell in self.cells:
                cell.set_size(factor)
        self._left.setMaximumWidth(self._words_px(width) if beside else _UNLIMITED_PX)
        self._whole.activate()  # Qt would lay it out in the next turn of the loop, once it was painted

    def _words_px(self, width: int) -> int:
        """All that the figures leave where that is little, so that names are not cut; else figures follow the words."""
        most = max(_MOST_WORDS_CHARACTERS * self.fontMetrics().averageCharWidth(), round(width * _WORDS_SHARE))
        return max(min(width - self._figures_width(self._factor) - _WIDE_GAP_PX, most), 0)

    def _want(self, height_px: int) -> None:
        if height_px != self._wanted_px:
            self._wanted_px = height_px
            self.updateGeometry()

    def _height_below(self) -> int:
        return self._left.sizeHint().height() + self._whole.spacing() + self._right.sizeHint().height()

    def _figures_width(self, factor: float) -> int:
        return sum(cell.width_with(factor) for cell in self.cells) + _gap_px(factor) * (len(self.cells) - 1)

    def _status_size(self) -> float:
        return sized(self.font(), SCALE.sizes.title).pointSizeF()

    def _show_start(self) -> None:
        invocation = self._shown.invocation
        word = start_word(invocation) if invocation is not None else ""
        self.start.setText({"cold": "cold start"}.get(word, word))
        self.start.setVisible(bool(word))
        theme = self._theme
        token = theme.function_init if word != "warm" else theme.success
        _style(self.start, f"color: {theme.text}; background: {blend(token, theme.window, 0.22)}; border-radius: 4px;"
                           " padding: 1px 6px")

    def _show_identity(self, detail: str) -> None:
        words = self._shown.identity
        self.identity.setText(" · ".join(filter(None, (words.text, detail))))
        self.identity.set_short(" · ".join(filter(None, (words.short, detail))))
        self.identity.setToolTip(words.tip)
        before = self._shown.before
        self.previous.setVisible(before is not None)
        if before is not None:
            self.previous.setText(self.tr("before: {0}").format(start_word(before)))

    def _show_figures(self, running: bool) -> None:
        invocation, before = self._shown.invocation, self._shown.before
        # What takes time before the invocation begins (fetching an image, building a package) is no part of its duration.
        now = running_figures(self._shown.elapsed_ms) if running and invocation is not None else figures_of(invocation)
        then: tuple[Figure | None, ...] = figures_of(before) if before is not None else (None,) * len(now)
        for cell, figure, earlier in zip(self.cells, now, then, strict=True):
            cell.show_figure(figure, earlier, has_line=not self._is_low)
        self.keep_whole()

    def _running_parts(self) -> tuple[str, str, str, str]:
        """Mark, word, color token and details."""
        invocation = self._shown.invocation
        detail = running_detail(self._session, invocation) if invocation is not None else waiting_detail(
            self._session, self._shown.request_id, self._shown.asked_ms)
        return "◌", *running_word(self._session, invocation, self._shown.request_id), detail

    def _ended_parts(self) -> tuple[str, str, str, str]:
        invocation = self._shown.invocation
        if invocation is None and not self._shown.request_id:
            return "○", self.tr("Not invoked yet"), "muted", ""
        if invocation is None and self._shown.is_accepted:
            return "✓", self.tr("202 Accepted"), "success", self._shown.request_id
        failure = self._shown.failure
        if invocation is None and failure is not None and failure.is_canceled:
            return *CANCELED_LOOK, ""
        if invocation is None:
            return "✕", self.tr("Not invoked"), "error", ""
        look = status_look(invocation)
        return *look[:2], look.token, figures(invocation)


def _identity_label() -> ElidedLabel:
    label = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)  # the end of the event's name tells more than its middle
    label.setObjectName("muted")
    return label


def _gap_px(factor: float) -> int:
    return _WIDE_GAP_PX if factor >= SCALE.sizes.figure else _GAP_PX


def _style(label: PlainLabel, sheet: str) -> None:
    """Style a label anew only if that changes something: Qt lays it out again each time, ten times a second here."""
    if label.styleSheet() != sheet:
        label.setStyleSheet(sheet)
