"""What it would cost on Lambda: this invocation, this session, and a projected month, each with its formula."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.cost.cost_card import CostCard
from workbench.gui.panels.cost.month_card import MonthCard
from workbench.gui.panels.invocation_words import start_word
from workbench.model.prices import format_usd, plain
from workbench.model.projection import Projection
from workbench.state.costs import Pricing
from workbench.state.invocation import Invocation
from workbench.state.session import Session


class CostPanel(QWidget):
    """The window calls `refresh` at Topic.COSTS. Emits `monthly_changed(object)` with the Projection of a month, or None."""

    monthly_changed = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._session = session
        self._request_id = ""
        self.invocation_card = CostCard(self.tr("This invocation"))
        self.session_card = CostCard(self.tr("This session"))
        self.month_card = MonthCard()
        self.month_card.changed.connect(self._show_month)
        self._prices = PlainLabel()
        self._lay_out()
        self.set_theme(theme)
        self.refresh()

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
        area.setObjectName("costArea")
        area.setAccessibleName(self.tr("Cost"))  # it is scrolled by keys
        content.setObjectName("costs")
        self.setFocusProxy(area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.month_card.set_theme(theme)

    def select(self, request_id: str) -> None:
        """Show the cost of this invocation; "" for the newest."""
        self._request_id = request_id
        self.refresh()

    def refresh(self) -> None:
        """Show what the session knows now."""
        self._show_invocation(self._invocation())
        self._show_session()
        self._show_month()
        pricing = self._session.costs.pricing
        unknown = self.tr("No price list: durations are measured, costs are not known.")
        self._prices.setText(_price_note(pricing) if pricing else unknown)

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
        text = self.tr("{0}, {1} cold, {2} failed\n{3} ms billed = {4} GB-s").format(
            self.tr("1 invocation") if total.invocations == 1 else self.tr("{0:,} invocations").format(total.invocations),
            f"{total.cold_starts:,}", f"{total.errors:,}", f"{total.billed_ms:,}",
            plain(total.gb_seconds),
        )
        costs = self._session.costs
        for count, words in (
                (costs.debugged, self.tr("{0} debugged, not counted")), (costs.cancelled, self.tr("{0} canceled, not counted"))):
            text += "\n" + words.format(f"{count:,}") if count else ""
        self.session_card.show_cost(format_usd(total.usd) if self._session.costs.pricing else "–", text)

    def _show_month(self) -> None:
        self.monthly_changed.emit(self._month())

    def _month(self) -> Projection | None:
        pricing, name = self._session.costs.pricing, self._function_name()
        totals = self._session.costs.of_function(name)
        measured = pricing.plan_of(name, totals) if pricing is not None else None
        if pricing is None or measured is None:
            self.month_card.show_nothing()
            return None
        return self.month_card.show_month(pricing, name, totals, measured)


def _price_note(pricing: Pricing) -> str:
    table = pricing.table
    kind = "Estimate: prices" if table.is_estimate else "Prices"
    return f"{kind} of {table.region}, {table.effective_date}. {table.note}"
