from __future__ import annotations

import re

import pytest
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.panels.cost.cost_card import CostCard
from workbench.gui.panels.cost.cost_panel import CostPanel
from workbench.model.prices import decode_prices
from workbench.resource_files import resource_path
from workbench.state.costs import Pricing
from workbench.state.session import Session


def table(region: str = "us-east-1"):
    return decode_prices(resource_path("prices/lambda.json").read_bytes()).table(region)


@pytest.fixture
def session() -> Session:
    session = Session(Pricing(table()))
    stream = EventStream()
    stream.cold_success()
    session.apply(stream.warm_success())
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> CostPanel:
    panel = CostPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_the_newest_invocation_with_its_formula(panel: CostPanel):
    assert panel.invocation_card.sum.text() == "$0.000000208"
    assert "1 ms × 512 MB" in panel.invocation_card.formula.text()


def test_a_chosen_invocation(panel: CostPanel):
    panel.select("r-cold")

    assert panel.invocation_card.sum.text() == "$0.00000225"


def test_the_session(panel: CostPanel):
    assert panel.session_card.formula.text().startswith("2 invocations, 1 cold, 0 failed\n247 ms billed = 0.1235 GB-s")


def test_session_and_invocation_have_one_figure_where_they_are_the_same(qtbot: QtBot) -> None:
    session = Session(Pricing(table()))
    session.apply(EventStream().cold_success())
    panel = CostPanel(session)
    qtbot.addWidget(panel)
    [said] = re.findall(r"= ([\d.]+ GB-s)", panel.invocation_card.formula.text())
    assert f"= {said}" in panel.session_card.formula.text()


def test_a_month_keeps_cold_and_warm_starts_apart(panel: CostPanel):
    """Warm 1 ms, cold 246, 1 % cold: 3.45 ms at 0.5 GB are 1,725 GB-s a million; × 0.0000166667, + 0.20 for requests."""
    assert panel.month_card.sum.text() == "$0.22"
    assert "1 warm, 1.0 ms billed; 1 cold, 246.0 ms billed" in panel.month_card.formula.text()
    panel.month_card.inputs.sliders["cold_share"].set_value(100)
    assert panel.month_card.sum.text() == "$2.25"


def test_a_month_follows_its_inputs(panel: CostPanel):
    inputs = panel.month_card.inputs
    inputs.invocations_box.setText("10000000")
    assert panel.month_card.sum.text() == "$2.28"
    inputs.sliders["memory_mb"].set_value(1_024)
    inputs.sliders["warm_ms"].set_value(100)
    assert panel.month_card.sum.text() == "$18.91"
    inputs.free_tier_box.click()
    assert panel.month_card.sum.text() == "$12.04"
    inputs.measured_button.click()
    assert (inputs.sliders["memory_mb"].value, inputs.sliders["warm_ms"].value) == (512, 1)
    assert panel.month_card.sum.text() == "$1.80", "of ten million requests nine are paid for, and no durations"


def test_sliders_move_and_follow_what_was_measured(panel: CostPanel, session: Session):
    inputs = panel.month_card.inputs
    assert {name: each.value for name, each in inputs.sliders.items()} == {
        "cold_share": 1, "warm_ms": 1, "cold_ms": 246, "memory_mb": 512, "ephemeral_mb": 512, "provisioned": 0,
        "provisioned_hours": 0}
    inputs.sliders["cold_ms"].set_value(90)
    inputs.invocations_slider.setValue(inputs.invocations_slider.maximum())
    assert inputs.invocations == 1_000_000_000
    session.apply(EventStream().cold_success("r-again", "a81f01"))
    panel.refresh()
    assert (inputs.sliders["cold_ms"].value, inputs.invocations) == (90, 1_000_000_000), "what the person set stays"


def test_both_architectures_stand_side_by_side(panel: CostPanel):
    (own, x86), (other, arm) = panel.month_card.bars._bars.bars
    assert (own, other) == ("x86_64", "arm64")
    assert [share.name for share in x86.shares] == ["requests", "running", "cold starts"]
    assert arm.usd < x86.usd
    assert "x86_64 $0.22: requests $0.20" in panel.month_card.bars.toolTip()


def test_provisioned_concurrency_is_paid_for_by_the_hour(panel: CostPanel):
    inputs = panel.month_card.inputs
    inputs.sliders["provisioned"].set_value(2)
    assert panel.month_card.sum.text() == "$0.22", "for no hour"
    inputs.sliders["provisioned_hours"].set_value(730)
    # 2 × 0.5 GB × 730 h × 3,600 s × 0.0000041667, and a million warm milliseconds on it.
    assert panel.month_card.sum.text() == "$11.15"
    assert [share.name for share in panel.month_card.bars._bars.bars[0][1].shares] == ["requests", "provisioned"]


def test_the_formula_is_one_click_away(panel: CostPanel):
    assert "×" not in panel.month_card.formula.text()
    panel.month_card.formula_button.click()
    assert "1,000,000 requests × $0.20 per million" in panel.month_card.formula.text()


def test_what_was_canceled_counts_nowhere(qtbot: QtBot):
    session = Session(Pricing(table()))
    stream = EventStream()
    stream.cold_success()
    session.apply(stream.cancelled())
    panel = CostPanel(session)
    qtbot.addWidget(panel)
    assert panel.session_card.formula.text().startswith("1 invocation, 1 cold, 0 failed")
    assert panel.session_card.formula.text().endswith("1 canceled, not counted")
    assert (session.totals.invocations, session.totals.canceled) == (1, 1), "the status bar has the same count"


def test_nothing_is_projected_from_nothing(qtbot: QtBot):
    panel = CostPanel(Session(Pricing(table())))
    qtbot.addWidget(panel)

    assert panel.month_card.sum.text() == "–"
    assert not panel.month_card.inputs.isEnabled()


def test_region_and_date_of_the_prices_stand_there(panel: CostPanel):
    assert panel._prices.text().startswith("Prices of us-east-1, 2025-10-01.")


def test_prices_of_another_region_are_called_an_estimate(qtbot: QtBot):
    panel = CostPanel(Session(Pricing(table("xx-nowhere-1"))))
    qtbot.addWidget(panel)

    assert panel._prices.text().startswith("Estimate")


def test_without_prices_no_figure_is_invented(qtbot: QtBot):
    session = Session()
    session.apply(EventStream().cold_success())
    panel = CostPanel(session)
    qtbot.addWidget(panel)

    assert panel.invocation_card.sum.text() == "–"
    assert panel.session_card.sum.text() == "–"


def test_a_long_name_is_broken_where_there_is_little_room(qtbot: QtBot):
    name = "ThumbnailsOfAllPicturesThatWereUploadedToTheArchiveByAnyone"
    card = CostCard("This invocation")
    qtbot.addWidget(card)
    card.show_cost("$0.20", f"{name} · cold")
    assert card.formula.text().replace("\u200b", "") == f"{name} · cold"
    assert card.minimumSizeHint().width() < card.fontMetrics().horizontalAdvance(name) / 2
