"""The grid of concurrency, an alias's slider, the HTTP request beside a result: a window, its engine, and other clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.api_clients import lambda_client, waited
from tests.support.engines import served
from tests.support.function_urls import url_of
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.panels.concurrency.concurrency_panel import ConcurrencyPanel
from workbench.gui.panels.versions.traffic_card import TrafficCard
from workbench.model.overrides import MASK
from workbench.state.concurrency_rows import Cell

__all__ = ["play"]  # a fixture

CODE = """
    import os, time
    def handler(event, context):
        while os.path.exists(event.get("gate", "")):
            time.sleep(0.01)
        return {"statusCode": 201, "cookies": ["session=abc; Path=/"], "body": context.function_version}
"""
PROPERTIES = "AutoPublishAlias: live\nFunctionUrlConfig: {AuthType: NONE}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}, timeout_s=60, properties=PROPERTIES)
    return builder.function("Beta", {"app.py": CODE}, timeout_s=60).write()


def test_a_url_an_alias_and_the_grid(play: Callable[[Scenario], None], root: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with served(root) as engine:
        client = lambda_client(engine.url)

        async def scenario(window: Window) -> None:
            await window.open(root)
            await a_request_for_a_url_is_inspected(window, client)
            await a_slider_shifts_an_alias(window, client)
            await what_lambda_refuses_is_told_in_its_words(window)
            try:
                gate.touch()
                await what_runs_is_a_cell_and_what_is_throttled_a_spark(window, client, gate)
                await what_waits_for_this_machine_has_its_sentence(window, client, gate)
            finally:
                gate.unlink(missing_ok=True)

        play(scenario)


async def a_request_for_a_url_is_inspected(window: Window, client: Any) -> None:
    url = url_of(client, "Alpha", Qualifier="live")
    body = b'{"id": 7}'
    await asyncio.to_thread(partial(url.send, "POST", "/orders?dry=1", body, Cookie="session=abc", Authorization="Bearer abc"))
    inspector = window.workspace.panels.result.panel.body.inspector
    await until(lambda: inspector.exchange is not None and inspector.exchange.response is not None)
    exchange = inspector.exchange
    assert exchange is not None
    assert exchange.response is not None
    assert (exchange.method, exchange.query, exchange.body.text) == ("POST", "dry=1", body.decode())
    assert dict(exchange.headers)["Authorization"] == f"Bearer {MASK}"
    assert (exchange.response.status, exchange.response.body.text) == (201, "1")
    lines = inspector.text.toPlainText().splitlines()
    assert lines[:2] == ["REQUEST", "POST /orders?dry=1 HTTP/1.1"]
    assert f"Set-Cookie: session={MASK}; Path=/" in lines
    assert inspector.exchange.as_curl().startswith(f"curl -i -X POST '{url.url}orders?dry=1'")
    toggle = window.workspace.panels.result.panel.body.toggle
    assert toggle.isVisible()
    if not toggle.isChecked():
        toggle.click()
    assert inspector.isVisible()


async def card_of(window: Window) -> TrafficCard:
    await until(lambda: window.workspace.versions_display.lazy_panel.made is not None)
    return window.workspace.versions_display.panel.traffic


async def a_slider_shifts_an_alias(window: Window, client: Any) -> None:
    """The stream shows it at once, and the template's alias is overridden."""
    window.window.run("focus.versions")
    card = await card_of(window)
    await asyncio.to_thread(partial(client.update_function_configuration, FunctionName="Alpha", MemorySize=384))
    await asyncio.to_thread(waited, client, "function_updated_v2", "Alpha")
    await asyncio.to_thread(partial(client.publish_version, FunctionName="Alpha"))
    await until(lambda: card.second.findData("2") >= 0)
    await until(lambda: card.told.text() == "1 request: 1 ran version 1.")
    assert card.overrides.isHidden()
    card.second.setCurrentIndex(card.second.findData("2"))
    card.second.activated.emit(card.second.currentIndex())
    QTest.keyClick(card.slider, Qt.Key.Key_End)
    await until(lambda: weights_of(window) == {"2": 1.0})
    alias = await asyncio.to_thread(partial(client.get_alias, FunctionName="Alpha", Name="live"))
    assert (alias["FunctionVersion"], alias["RoutingConfig"]) == ("1", {"AdditionalVersionWeights": {"2": 1.0}})
    for _ in range(3):
        await asyncio.to_thread(partial(client.invoke, FunctionName="Alpha", Qualifier="live"))
    await until(lambda: card.told.text() == "Of the latest 4 requests: 3 ran version 2, 1 ran version 1.")
    await until(lambda: card.overrides.text().startswith("The template declares live otherwise."))


def weights_of(window: Window) -> Any:
    alias = window.workspace.versions.alias("live")
    return dict(alias.weights) if alias is not None else None


async def what_lambda_refuses_is_told_in_its_words(window: Window) -> None:
    card = await card_of(window)
    card.first.setCurrentIndex(card.first.findData("$LATEST"))
    card.first.activated.emit(card.first.currentIndex())
    await until(lambda: card.problem.text() == "$LATEST is not supported for an alias pointing to more than 1 version")
    card.first.setCurrentIndex(card.first.findData("1"))
    card.first.activated.emit(card.first.currentIndex())
    await until(card.problem.isHidden)
    assert weights_of(window) == {"2": 1.0}


def called(client: Any, name: str, gate: Path) -> asyncio.Task[None]:
    """An invocation that goes on as long as the gate is there."""

    async def call() -> None:
        with contextlib.suppress(ClientError):  # throttled, or ended with its engine
            await asyncio.to_thread(partial(client.invoke, FunctionName=name, Payload=json.dumps({"gate": str(gate)})))

    return asyncio.ensure_future(call())


def cell_of(panel: ConcurrencyPanel, name: str) -> Cell | None:
    function = panel.grid._grid.functions.get(name)
    cells = [cell for row in function.rows.values() for cell in row.cells()] if function is not None else []
    return next((cell for cell in cells if cell.look == "busy"), None)


async def what_runs_is_a_cell_and_what_is_throttled_a_spark(window: Window, client: Any, gate: Path) -> None:
    window.window.run("focus.concurrency")
    panel, panels = window.workspace.panels.concurrency.panel, window.workspace.panels
    assert window.window.actions_by_id["focus.concurrency"].shortcut().toString() == "Alt+0"
    await window.invoke()
    assert panel.isVisible(), "who watches it goes on watching it"
    await asyncio.to_thread(partial(client.put_function_concurrency, FunctionName="Beta", ReservedConcurrentExecutions=1))
    calls = [called(client, "Beta", gate)]
    await until(lambda: cell_of(panel, "Beta") is not None)
    await until(lambda: panel.grid._grid.functions["Beta"].reserved == 1)
    await called(client, "Beta", gate)
    beta = panel.grid._grid.functions["Beta"]
    await until(lambda: dict(beta.throttles) == {"ReservedFunctionConcurrentInvocationLimitExceeded": 1})
    assert (beta.running, beta.reserved) == (1, 1)
    cell = cell_of(panel, "Beta")
    assert cell is not None
    panel.refresh()
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(panel, cell))
    shown = panels.result.panel.invocation
    assert shown is not None
    assert shown.request_id == cell.environment.request_id
    table = panels.environments.panel
    assert table.model.environment(table.table.currentIndex().row()).environment_id == cell.environment.environment_id
    gate.unlink()
    await asyncio.gather(*calls)
    await until(lambda: cell.look == "idle" and beta.running == 0)
    gate.touch()


def middle_of(panel: ConcurrencyPanel, cell: Cell) -> QPoint:
    layout = panel.grid.layout_of_rows
    place = next(place for place in layout.rows if place.row is cell.row)
    left, top = layout.corner(place, place.flow().spots.index(cell))
    return QPoint(left + layout.size // 2, top + layout.size // 2 - panel.grid.verticalScrollBar().value())


async def what_waits_for_this_machine_has_its_sentence(window: Window, client: Any, gate: Path) -> None:
    """And is no throttle."""
    panel, link = window.workspace.panels.concurrency.panel, window.workspace.link
    await link.change_settings(lambda settings: msgspec.structs.replace(settings, machine_environments=1))
    await link.client.stop_environments()
    await until(lambda: panel.grid._grid.environments == 0)
    first = called(client, "Beta", gate)
    await until(lambda: cell_of(panel, "Beta") is not None)
    second = called(client, "Alpha", gate)
    waits = panel.header.waits
    await until(lambda: waits.text() == "◷ Waits for this machine: 1 execution environment runs, 1 request waits.")
    assert waits.isVisible()
    assert not panel.grid._grid.functions["Alpha"].throttles
    gate.unlink()
    await asyncio.gather(first, second)
    await until(lambda: not waits.isVisible())
