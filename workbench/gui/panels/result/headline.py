"""How a request stands and whose it is, and its figures, to be read from the second row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHideEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import SCALE, sized, small
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.invocation_words import CANCELED_LOOK, figures, start_word, status_look
from workbench.gui.panels.result.figure_cell import FACTORS, LARGE, FigureCell, figure_sizes, label_px
from workbench.gui.panels.result.figure_words import TITLES, Figure, figures_of, running_figures
from workbench.gui.panels.result.headline_places import FigureSize, Parts, height_for, place, usable
from workbench.gui.panels.result.running_words import doing, running_detail, running_word, waiting_detail
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.state.session import Session

_TICK_MS = 100


class Headline(QWidget):
    """Counts the time of a running request by itself while it can be seen. Emits `previous_chosen()`.

    It places its parts itself (`headline_places`), in the turn in which it gets another size: nothing is painted squeezed.
    `corner` is placed at the right end, beside all or beside the words.
    """

    previous_chosen = Signal()

    def __init__(
        self, shown: ShownRequest, session: Session, theme: Theme, corner: QWidget, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shown, self._session, self._theme, self._corner = shown, session, theme, corner
        self._is_low = self._is_presenting = False
        self._color = theme.muted
        self._factor, self._wanted_px = 0.0, 0
        self._sizes: tuple[FigureSize, ...] = ()
        self._measured: tuple[int, ...] = ()
        self.status, self.start, self.identity, self.previous = PlainLabel(), PlainLabel(), _identity_label(), QToolButton()
        self.cells = [FigureCell(title) for title in TITLES]
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self.refresh)
        self._prepare()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self._measure_anew()
        self.refresh()

    def set_low(self, is_low: bool) -> None:
        """Leave out the figures of before, or show them."""
        if is_low != self._is_low:
            self._is_low = is_low
            self._measure_anew()
            self.refresh()

    def present(self, *, is_on: bool) -> None:
        """Show figures as large as there is room for, before an audience."""
        self._is_presenting = is_on
        self._measure_anew()
        self.refresh()

    def refresh(self) -> None:
        """Show how the request stands now, or that there is none."""
        running = self._shown.is_running
        if running != self._clock.isActive():
            (self._clock.start if running and self.isVisible() else self._clock.stop)()
        mark, word, token, detail = self._running_parts() if running else self._ended_parts()
        self._color = getattr(self._theme, token)
        self.status.setText(f"{mark} {word}")
        self._show_start()
        self._show_identity(self._doing(detail) if running else "")
        self._show_figures(running)
        self.setAccessibleName(f"{word} {detail}")
        self.arrange()

    def arrange(self) -> None:
        """Place all parts: words and figures give each other the room that they do not need."""
        parts = self._parts(self.width())
        places = place(parts, self.size())
        if places.factor != self._factor:
            self._factor = places.factor
            for cell in self.cells:
                cell.set_size(places.factor)
        self._show_status(places.status, places.name.width())
        self.identity.setGeometry(places.name)
        self._corner.setGeometry(places.corner)
        for part, where in ((self.start, places.chip), (self.previous, places.before)):
            part.setGeometry(where)
            part.setVisible(not where.isEmpty())
        for cell, where in zip(self.cells, places.cells, strict=True):
            cell.put(where)
        wanted_px = height_for(parts, self.width())
        if wanted_px != self._wanted_px:
            self._wanted_px = wanted_px
            self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """Return the one height that is needed in a width, whatever is shown."""
        return height_for(self._parts(width), width)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place all parts anew."""
        super().resizeEvent(event)
        self.arrange()

    def event(self, event: QEvent) -> bool:
        """Follow the size of the font, and parts that need another size."""
        if event.type() is QEvent.Type.FontChange:
            self._measure_anew()
            self.refresh()
        elif event.type() is QEvent.Type.LayoutRequest:
            self.arrange()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """Return a width that never widens the panel: figures are made smaller, words are cut."""
        return QSize(0, self.heightForWidth(self.width()))

    def _prepare(self) -> None:
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for part in (self.status, self.start, self.identity, self.previous, *self.cells, self._corner):
            part.setParent(self)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.previous.setObjectName("previousButton")
        self.previous.setText(_before("warm"))
        self.previous.setToolTip(self.tr("Show the previous invocation"))
        self.previous.setAutoRaise(True)
        self.previous.clicked.connect(self.previous_chosen)

    def _measure_anew(self) -> None:
        self._measured, self._factor = (), 0.0
        self.start.setFont(small(self.font()))
        self.previous.setFont(small(self.font()))
        self.updateGeometry()

    def _parts(self, width: int) -> Parts:
        metrics, whose = self.fontMetrics(), self._shown.identity
        before_px, words = self.previous.sizeHint().width(), QFontMetrics(self.previous.font())
        title = QFontMetrics(_status_font(self.font(), SCALE.sizes.title))
        usual_px = before_px - words.horizontalAdvance(self.previous.text()) + words.horizontalAdvance(_before("warm"))
        return Parts(
            letter_px=metrics.averageCharWidth(), status_px=self._status_px(SCALE.sizes.title),
            chip=self.start.sizeHint() if self.start.text() else QSize(),
            before_px=before_px if self._shown.before is not None else 0, usual_before_px=usual_px,
            name_px=label_px(whose.text, self.font()), short_px=label_px(whose.short, self.font()),
            corner=self._corner.sizeHint(), row_px=(title.height(), metrics.height()),
            line_px=0 if self._is_low else QFontMetrics(small(self.font())).height(), sizes=usable(
                self._figure_sizes(), width - self._corner.sizeHint().width(), metrics.averageCharWidth()))

    def _figure_sizes(self) -> tuple[FigureSize, ...]:
        """Measured only where that may change something: the time of a running request counts ten times a second."""
        measured = tuple(cell.characters for cell in self.cells)
        if measured != self._measured:
            self._measured = measured
            factors = (*LARGE, *FACTORS) if self._is_presenting else FACTORS
            self._sizes = figure_sizes(self.cells, self.font(), factors, has_line=not self._is_low)
            self._factor = 0.0
        return self._sizes

    def _status_px(self, factor: float) -> int:
        return label_px(self.status.text(), _status_font(self.font(), factor))

    def _show_status(self, where: QRect, room: int) -> None:
        """In the size of a title, or smaller where that would cut it, as "Waiting for a debugger…" in a narrow strip."""
        factor = SCALE.sizes.title if self._status_px(SCALE.sizes.title) <= room else SCALE.sizes.body
        size_pt = _status_font(self.font(), factor).pointSizeF()
        _style(self.status, f"color: {self._color}; font-weight: {SCALE.weights.strong}; font-size: {size_pt}pt")
        self.status.setGeometry(where)

    def _show_start(self) -> None:
        invocation = self._shown.invocation
        word = start_word(invocation) if invocation is not None else ""
        self.start.setText({"cold": "cold start"}.get(word, word))
        theme = self._theme
        token = theme.function_init if word != "warm" else theme.success
        _style(self.start, f"color: {theme.text}; background: {blend(token, theme.window, 0.22)}; border-radius: 4px;"
                           " padding: 1px 6px")

    def _show_identity(self, detail: str) -> None:
        """What is being done gives way before the name is cut."""
        words = self._shown.identity
        self.identity.setText(_joined(words.text, detail))
        self.identity.set_shorter(_joined(words.short, detail), words.text, words.short)
        self.identity.setToolTip(words.tip)
        before = self._shown.before
        if before is not None:
            self.previous.setText(_before(start_word(before)))

    def _show_figures(self, running: bool) -> None:
        invocation, before = self._shown.invocation, self._shown.before
        # What takes time before the invocation begins (fetching an image, building a package) is no part of its duration.
        now = running_figures(self._shown.elapsed_ms) if running and invocation is not None else figures_of(invocation)
        then: tuple[Figure | None, ...] = figures_of(before) if before is not None else (None,) * len(now)
        for cell, figure, earlier in zip(self.cells, now, then, strict=True):
            cell.show_figure(figure, earlier, has_line=not self._is_low)

    def _running_parts(self) -> tuple[str, str, str, str]:
        """Mark, word, color token and details."""
        invocation = self._shown.invocation
        detail = running_detail(self._session, invocation) if invocation is not None else waiting_detail(
            self._session, self._shown.request_id, self._shown.asked_ms)
        return "◌", *running_word(self._session, invocation, self._shown.request_id), detail

    def _doing(self, detail: str) -> str:
        """What the details say that neither the figures nor the kind of start do."""
        invocation = self._shown.invocation
        return detail if invocation is None else doing(self._session, invocation)

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


def _status_font(font: QFont, factor: float) -> QFont:
    return sized(font, factor, SCALE.weights.strong)


def _before(word: str) -> str:
    return f"before: {word}"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _style(label: PlainLabel, sheet: str) -> None:
    """Style a label anew only if that changes something: Qt lays it out again each time, ten times a second here."""
    if label.styleSheet() != sheet:
        label.setStyleSheet(sheet)
