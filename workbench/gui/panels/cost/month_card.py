"""A month of a function: sliders, x86 beside Arm, where the money goes, and the formula one click away."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.cost.cost_card import CostCard
from workbench.gui.panels.cost.money_bars import MoneyBars
from workbench.gui.panels.cost.month_inputs import MonthInputs
from workbench.model.function import Architecture
from workbench.model.prices import format_usd
from workbench.model.projection import MonthPlan, Projection, project
from workbench.state.costs import FunctionTotals, Pricing

_BOTH: tuple[Architecture, ...] = ("x86_64", "arm64")


class MonthCard(CostCard):
    """Emits `changed` when the person moved something: the panel then calls `show_month` again."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("A month (estimate)", parent)
        self.inputs, self.bars, self.formula_button = MonthInputs(), MoneyBars(), QToolButton()
        self.formula_button.setText(self.tr("Formula"))
        self.formula_button.setCheckable(True)
        self.formula_button.toggled.connect(self._on_formula)
        self._formula = ""
        self._basis = ""
        for place, widget in enumerate((self.inputs, self.bars), start=1):
            self.body.insertWidget(place, widget)
        self.body.addWidget(self.formula_button)
        self.inputs.changed.connect(self.changed)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.bars.set_theme(theme)

    def show_nothing(self) -> None:
        """Nothing was measured, or prices are not known."""
        self.show_cost("–", self.tr("Invoke a function: what it takes warm and cold is what a month is reckoned from."))
        self.bars.show_bars(())
        self.inputs.setEnabled(False)
        self.formula_button.hide()

    def show_month(self, pricing: Pricing, name: str, totals: FunctionTotals, measured: MonthPlan) -> Projection:
        """Show and return a month of a function, as the sliders are."""
        self.inputs.setEnabled(True)
        self.formula_button.show()
        plan = self.inputs.plan(measured)
        found = {each: project(pricing.table, msgspec.structs.replace(plan, architecture=each)) for each in _BOTH}
        own = found.pop(measured.architecture)
        self.bars.show_bars(((measured.architecture, own), *found.items()))
        self._basis = " ".join(filter(None, (_measured(name, totals), own.unknown)))
        self._formula = own.formula
        self.show_cost(format_usd(own.usd), "")
        self._on_formula(self.formula_button.isChecked())
        return own

    def _on_formula(self, is_shown: bool) -> None:
        self.show_formula(f"{self._basis}\n{self._formula}" if is_shown else self._basis)


def _measured(name: str, totals: FunctionTotals) -> str:
    warm, cold = totals.invocations - totals.cold_starts, totals.cold_starts
    parts = ([f"{warm:,} warm, {totals.warm_ms:,.1f} ms billed"] if totals.warm_ms is not None else []) + (
        [f"{cold:,} cold, {totals.cold_ms:,.1f} ms billed"] if totals.cold_ms is not None else [])
    missing = "" if warm else " No warm one yet: what of the cold ones was not INIT is taken."
    return f"{name}, measured here: {'; '.join(parts)}.{missing} The other architecture is taken to be as fast."
