"""What it would cost on Lambda: this invocation, this session, and a projected month, each with its formula."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.invocation_words import start_word
from workbench.model.prices import Cost, format_usd
from workbench.state.costs import Pricing
from workbench.state.invocation import Invocation
from workbench.state.session import Session

MOST_INVOCATIONS = 2_000_000_000
"""Within 32 bits, which is all that QIntValidator takes."""
FIRST_GUESS = 1_000_000


class CostCard(QFrame):
    """A titled sum with the formula that leads to it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("costCard")
        self._title, self.sum, self.formula = PlainLabel(title), PlainLabel(), PlainLabel()
        self._title.setFont(strong(self._title.font()))
        self.sum.setAccessibleName(title)
        self.formula.setWordWrap(True)
        for label in (self.sum, self.formula):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        header = QHBoxLayout()
        header.addWidget(self._title)
        header.addStretch(1)
        header.addWidget(self.sum)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 9)
        self.body.setSpacing(5)
        self.body.addLayout(header)
        self.body.addWidget(self.formula)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self.setStyleSheet(f"#costCard {{ background: {theme.panel}; border: 1px solid {theme.border}; border-radius: 8px; }}")
        self.sum.setStyleSheet(f'color: {theme.text}; font-family: "{theme.mono_family}"; font-weight: 600')
        self.formula.setStyleSheet(f"color: {theme.muted}")

    def show_cost(self, sum_text: str, formula: str) -> None:
        """Show a sum and its formula."""
        self.sum.setText(sum_text)
        self.formula.setText(formula)


class CostPanel(QWidget):
    """The window calls `refresh` at Topic.COSTS. Emits `monthly_changed(object)` with the projected Cost, or None."""

    monthly_changed = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._session = session
        self._request_id = ""
        self.invocation_card = CostCard(self.tr("This invocation"))
        self.session_card = CostCard(self.tr("This session"))
        self.month_card = CostCard(self.tr("A month (estimate)"))
        self.invocations_box = QLineEdit(QLocale().toString(FIRST_GUESS))
        self.free_tier_box = QCheckBox(self.tr("take off the free tier"))
        self._prices = PlainLabel()
        self._build_inputs()
        self._lay_out()
        self.set_theme(theme)
        self.refresh()

    def _build_inputs(self) -> None:
        self.invocations_box.setAccessibleName(self.tr("Invocations a month"))
        self.invocations_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.invocations_box.setMaximumWidth(self.fontMetrics().horizontalAdvance("0,000,000,000,000"))
        self._validator = QIntValidator(0, MOST_INVOCATIONS, self)
        self.invocations_box.setValidator(self._validator)
        self.invocations_box.textChanged.connect(self._show_month)
        self.invocations_box.editingFinished.connect(self._tidy_number)
        self.free_tier_box.setToolTip(self.tr("1 million requests and 400,000 GB-s a month cost nothing, once per account."))
        self.free_tier_box.toggled.connect(self._show_month)
        form = QFormLayout()
        form.setContentsMargins(0, 2, 0, 2)
        form.addRow(self.tr("Invocations a month"), self.invocations_box)
        form.addRow("", self.free_tier_box)
        self.month_card.body.insertLayout(1, form)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(9)
        self._prices.setWordWrap(True)
        self._prices.setObjectName("muted")
        for widget in (self.invocation_card, self.session_card, self.month_card, self._prices):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self._area, self._content = area, content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._content.setObjectName("costs")
        self._area.setStyleSheet(f"QScrollArea, #costs {{ background: {theme.window}; }}")
        side = self.fontMetrics().height() - 3
        self.free_tier_box.setStyleSheet(
            f"QCheckBox::indicator {{ width: {side}px; height: {side}px; border: 1px solid {theme.muted}; border-radius: 3px; }}"
            f"QCheckBox::indicator:checked {{ background: {theme.text}; border-color: {theme.text}; }}"
            f"QCheckBox::indicator:focus {{ border-color: {theme.accent}; }}"
        )
        for card in (self.invocation_card, self.session_card, self.month_card):
            card.set_theme(theme)

    def select(self, request_id: str) -> None:
        """Show the cost of this invocation; "" for the newest."""
        self._request_id = request_id
        self.refresh()

    @property
    def invocations_a_month(self) -> int:
        """The number that the person entered; 0 if it is not a number."""
        value, valid = QLocale().toInt(self.invocations_box.text() or "0")
        return value if valid else 0

    def refresh(self) -> None:
        """Show what the session knows now."""
        self._show_invocation(self._invocation())
        self._show_session()
        self._show_month()
        pricing = self._session.costs.pricing
        unknown = self.tr("No price list: durations are measured, costs are not known.")
        self._prices.setText(_price_note(pricing) if pricing else unknown)

    def monthly(self) -> Cost | None:
        """Return the projection for the present inputs; None while nothing has been measured."""
        pricing, name = self._session.costs.pricing, self._function_name()
        if pricing is None or not name:
            return None
        totals = self._session.costs.of_function(name)
        return pricing.monthly(name, totals, self.invocations_a_month, free_tier=self.free_tier_box.isChecked())

    def _invocation(self) -> Invocation | None:
        chosen = self._session.history.get(self._request_id)
        return chosen if chosen is not None else self._session.history.newest()

    def _function_name(self) -> str:
        invocation = self._invocation()
        return invocation.function_name if invocation is not None else ""

    def _show_invocation(self, invocation: Invocation | None) -> None:
        if invocation is None or invocation.cost is None:
            self.invocation_card.show_cost("–", self.tr("Known with the REPORT of an invocation."))
            return
        where = f"{invocation.function_name} · {start_word(invocation)}"
        self.invocation_card.show_cost(format_usd(invocation.cost.usd), f"{where}\n{invocation.cost.formula}")

    def _show_session(self) -> None:
        total = self._session.costs.total
        text = self.tr("{0} invocations, {1} cold, {2} failed\n{3} ms billed = {4} GB-s").format(
            f"{total.invocations:,}", f"{total.cold_starts:,}", f"{total.errors:,}", f"{total.billed_ms:,}",
            f"{total.gb_seconds:,.4f}",
        )
        debugged = self._session.costs.debugged
        if debugged:
            text += self.tr("\n{0} debugged, not counted").format(f"{debugged:,}")
        self.session_card.show_cost(format_usd(total.usd) if self._session.costs.pricing else "–", text)

    def _show_month(self) -> None:
        cost, totals = self.monthly(), self._session.costs.of_function(self._function_name())
        if cost is None:
            basis = self.tr("Invoke a function: its mean billed duration is what a month is reckoned from.")
            self.month_card.show_cost("–", basis)
        else:
            mean_ms = totals.billed_ms / totals.invocations
            basis = self.tr("{0} at the mean of {1} measured here: {2} ms billed, {3} MB.").format(
                self._function_name(), f"{totals.invocations:,}", f"{mean_ms:,.1f}", f"{totals.memory_mb:,}"
            )
            self.month_card.show_cost(format_usd(cost.usd), f"{basis}\n{cost.formula}")
        self.monthly_changed.emit(cost)

    def _tidy_number(self) -> None:
        # Only when editing is finished: separators set with each keystroke would move the cursor.
        self.invocations_box.setText(QLocale().toString(self.invocations_a_month))


def _price_note(pricing: Pricing) -> str:
    table = pricing.table
    kind = "Estimate: prices" if table.is_estimate else "Prices"
    return f"{kind} of {table.region}, {table.effective_date}. {table.note}"
