from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
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


def test_a_month_follows_its_inputs(panel: CostPanel):
    """Mean 123.5 ms at 0.5 GB: 61,750 GB-s a million, × 0.0000166667 = 1.029…, + 0.20 for requests."""
    assert panel.month_card.sum.text() == "$1.22"
    panel.invocations_box.setText("10000000")
    assert panel.month_card.sum.text() == "$12.29"
    panel.free_tier_box.click()
    assert panel.month_card.sum.text() == "$5.42"


def test_nothing_is_projected_from_nothing(qtbot: QtBot):
    panel = CostPanel(Session(Pricing(table())))
    qtbot.addWidget(panel)

    assert panel.monthly() is None
    assert panel.month_card.sum.text() == "–"


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
