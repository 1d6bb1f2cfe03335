"""Versions, aliases and overrides in the window, with a real engine and boto3 as another client of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.api_clients import create, lambda_client, waited, zipped
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder
from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.version_dialogs import AliasDialog, PublishDialog
from workbench.gui.panels.overrides.override_card import OverrideCard
from workbench.gui.panels.overrides.override_row import CONFLICT
from workbench.gui.panels.versions.comparison_sheet import ComparisonSheet
from workbench.gui.panels.versions.versions_panel import VersionsPanel
from workbench.gui.widgets.row import ROW_ROLE
from workbench.gui.widgets.row_list import RowList
from workbench.model.overrides import MASK

__all__ = ["play"]  # a fixture

CODE = "import os\ndef handler(event, context):\n    return [os.environ['STAGE'], context.function_version]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}, environment={"STAGE": "one"})
    tenants = "TenancyConfig: {TenantIsolationMode: PER_TENANT}"
    return builder.function("Beta", {"app.py": CODE.replace("]\n", ", context.tenant_id]\n")}, environment={"STAGE": "beta"},
                            properties=tenants).write()


def test_versions_aliases_and_overrides(play: Callable[[Scenario], None], root: Path) -> None:
    with served(root) as engine:
        client = lambda_client(engine.url)

        async def scenario(window: Window) -> None:
            await window.open(root)
            await nothing_is_published_at_first(window)
            await a_version_is_published_once(window)
            await what_another_client_publishes_appears(window, client)
            await a_function_url_is_opened_in_the_browser(window, client)
            await aliases_are_made_pointed_and_deleted(window)
            await what_lambda_refuses_is_told_in_its_words(window)
            await the_chosen_version_is_invoked(window)
            await a_tenant_is_named(window)
            await two_versions_are_compared(window)
            await overrides_are_dropped_and_written_back(window, client, root)
            await a_hidden_function_is_brought_back(window, client)
            await a_function_of_the_api_is_chosen_again(window, client, root)

        play(scenario)


async def nothing_is_published_at_first(window: Window) -> None:
    panel = await versions_panel(window)
    await until(lambda: texts(panel.versions) == ["$LATEST"])
    assert not panel.compare.isEnabled()
    assert not window.workspace.page.toolbar.qualifiers.isEnabled()
    assert not window.window.actions_by_id["version.compare"].isEnabled()
    assert window.window.actions_by_id["version.publish"].isEnabled()


async def a_version_is_published_once(window: Window) -> None:
    panel, notice = await versions_panel(window), window.workspace.page.notice
    for told in ("Version 1 of Alpha is published.",
                 "Neither code nor settings of Alpha changed since version 1: nothing was published."):
        dialog = await window.dialog("version.publish", PublishDialog)
        dialog.description.setText("The first one")
        dialog.accept()
        await until(lambda told=told: notice.text == told)
    await until(lambda: texts(panel.versions) == ["$LATEST", "Version 1 · The first one"])
    assert "SHA-256" in panel.versions.rows[1].tip


async def what_another_client_publishes_appears(window: Window, client: Any) -> None:
    panel = await versions_panel(window)
    await asyncio.to_thread(client.update_function_configuration, FunctionName="Alpha", MemorySize=512, Timeout=20,
                            Environment={"Variables": {"STAGE": "two", "API_KEY": "hidden-value"}})
    await asyncio.to_thread(waited, client, "function_updated_v2", "Alpha")
    changed = zipped({"app.py": CODE + "# a comment\n", "data.bin": "\0\1"})
    await asyncio.to_thread(client.update_function_code, FunctionName="Alpha", ZipFile=changed)
    await asyncio.to_thread(waited, client, "function_updated_v2", "Alpha")
    await asyncio.to_thread(client.publish_version, FunctionName="Alpha")
    await asyncio.to_thread(client.create_alias, FunctionName="Alpha", Name="beta", FunctionVersion="2")
    await until(lambda: texts(panel.versions) == ["$LATEST", "Version 2", "Version 1 · The first one"])
    await until(lambda: [row.tag for row in panel.versions.rows] == ["", "beta", ""])


class Browser(QObject):
    """What opens addresses in place of the system's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def show(self, address: QUrl) -> None:
        self.opened.append(address.toString())


async def a_function_url_is_opened_in_the_browser(window: Window, client: Any) -> None:
    panel, browser = await versions_panel(window), Browser()
    assert panel.urls.isHidden() or not panel.urls.rows.rows
    made = await asyncio.to_thread(partial(client.create_function_url_config, FunctionName="Alpha", AuthType="NONE"))
    await until(lambda: [row.key for row in panel.urls.rows.rows] == [made["FunctionUrl"]])
    QDesktopServices.setUrlHandler("http", browser, "show")
    panel.urls.open.click()
    QDesktopServices.unsetUrlHandler("http")
    assert browser.opened == [made["FunctionUrl"]]
    await asyncio.to_thread(partial(client.delete_function_url_config, FunctionName="Alpha"))
    await until(lambda: not panel.urls.rows.rows)


async def aliases_are_made_pointed_and_deleted(window: Window) -> None:
    panel, versions = await versions_panel(window), window.workspace.versions
    dialog = await window.dialog("alias.new", AliasDialog)
    dialog.name.setText("live")
    dialog.version.setCurrentIndex(dialog.version.findData("1"))
    dialog.second.setCurrentIndex(dialog.second.findData("2"))
    dialog.percent.setValue(12.5)
    dialog.accept()
    await until(lambda: details(panel.aliases) == {"beta": "→ 2", "live": "→ 1 (87.5 %), 2 (12.5 %)"})
    choose(panel.aliases, "live")
    panel.edit_alias.click()
    await until(lambda: isinstance(QApplication.activeModalWidget(), AliasDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, AliasDialog)
    assert (dialog.name.isEnabled(), dialog.percent.value()) == (False, 12.5)
    dialog.second.setCurrentIndex(0)
    dialog.accept()
    await until(lambda: details(panel.aliases)["live"] == "→ 1")
    panel.delete_alias.click()
    await until(lambda: list(details(panel.aliases)) == ["beta"])
    await until(window.workspace.page.toast.isVisible)
    window.workspace.page.toast.undo.click()
    await until(lambda: details(panel.aliases).get("live") == "→ 1")
    assert versions.qualifiers == ("$LATEST", "beta", "live", "2", "1")


async def what_lambda_refuses_is_told_in_its_words(window: Window) -> None:
    dialog = await window.dialog("alias.new", AliasDialog)
    dialog.name.setText("12")
    dialog.accept()
    await until(lambda: "failed to satisfy constraint" in dialog.problem_text)
    assert dialog.isVisible()
    dialog.name.setText("beta")
    assert dialog.problem_text == "There is an alias beta already."
    dialog.reject()


async def the_chosen_version_is_invoked(window: Window) -> None:
    toolbar, panel = window.workspace.page.toolbar, window.workspace.panels
    for qualifier, answer in (("live", ["one", "1"]), ("2", ["two", "2"]), ("$LATEST", ["two", "$LATEST"])):
        place = toolbar.qualifiers.findText(qualifier)
        toolbar.qualifiers.setCurrentIndex(place)
        toolbar.qualifiers.activated.emit(place)
        invocation = await window.invoke()
        assert json.loads(invocation.payload) == answer
        assert invocation.version == answer[1]
    history = panel.history.panel
    rows = range(3)
    await until(lambda: history.model.rowCount() >= len(rows) and [
        history.model.index(row, 0).data(ROW_ROLE).text.partition(" · ")[0] for row in rows] == ["Alpha", "Alpha:2", "Alpha:1"])


async def a_tenant_is_named(window: Window) -> None:
    """Only where the function isolates tenants."""
    model, toolbar = window.workspace.model, window.workspace.page.toolbar
    assert toolbar.tenant.isHidden()
    model.choose_function("Beta")
    assert not toolbar.tenant.isHidden()
    toolbar.tenant.setText("blue")
    assert json.loads((await window.invoke()).payload) == ["beta", "$LATEST", "blue"]
    model.choose_function("Alpha")
    assert toolbar.tenant.isHidden()
    assert json.loads((await window.invoke()).payload) == ["two", "$LATEST"]
    await until(lambda: window.workspace.versions.function_name == "Alpha" and len(window.workspace.versions.versions) > 1)


async def two_versions_are_compared(window: Window) -> None:
    window.window.actions_by_id["version.compare"].trigger()
    shown = window.workspace.page.findChild(ComparisonSheet)
    assert shown is not None
    await until(lambda: shown.state.text() == "Code and settings are the same.")
    shown.left.setCurrentIndex(shown.left.findData("1"))
    await until(lambda: shown.settings.rowCount() > 0)
    table = [[shown.settings.item(row, column).text() for column in range(3)] for row in range(shown.settings.rowCount())]
    assert table == [["Description", "The first one", "not set"], ["Environment.API_KEY", "not set", MASK],
                     ["Environment.STAGE", MASK, f"{MASK} (another value)"], ["MemorySize", "256", "512"],
                     ["Timeout", "10", "20"]]
    assert [(row.text, row.badge) for row in shown.files.rows] == [("app.py", "~"), ("data.bin", "+")]
    assert "+# a comment" in shown.diff.toPlainText().splitlines()
    choose(shown.files, "data.bin")
    assert "2 bytes  SHA-256" in shown.diff.toPlainText()
    shown.close()


async def overrides_are_dropped_and_written_back(window: Window, client: Any, root: Path) -> None:
    await until(lambda: window.workspace.overrides.card is not None)
    card, functions = window.workspace.overrides.card, window.workspace.page.functions.list
    assert card is not None
    await until(lambda: sorted(properties(card)) == ["Code", "Environment", "MemorySize", "Timeout"])
    assert [row.tag for row in functions.rows] == ["changed", ""]
    assert not row_of(card, "Code").write_back.isEnabled()
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("MemorySize: 256", "MemorySize: 320", 1))
    await until(lambda: row_of(card, "MemorySize").override.in_conflict)
    assert CONFLICT in [label.text() for label in row_of(card, "MemorySize").findChildren(PlainLabel)]
    row_of(card, "Timeout").write_back.click()
    await until(lambda: sorted(properties(card)) == ["Code", "Environment", "MemorySize"])
    assert "Timeout: 20" in template.read_text()
    row_of(card, "MemorySize").drop.click()
    await until(lambda: sorted(properties(card)) == ["Code", "Environment"])
    assert (await asyncio.to_thread(client.get_function_configuration, FunctionName="Alpha"))["MemorySize"] == 320
    card.drop.click()
    await until(lambda: card.isHidden())
    await until(lambda: [row.tag for row in functions.rows] == ["", ""])


async def a_hidden_function_is_brought_back(window: Window, client: Any) -> None:
    functions = window.workspace.page.functions.list
    await asyncio.to_thread(client.delete_function, FunctionName="Alpha")
    await until(lambda: [(row.text, row.tag) for row in functions.rows] == [("Beta", ""), ("Alpha", "hidden")])
    assert window.workspace.model.function is not None
    assert window.workspace.model.function.name == "Beta"
    functions.clicked.emit(functions.model().index(1, 0))
    await until(lambda: [(row.text, row.tag) for row in functions.rows] == [("Alpha", ""), ("Beta", "")])


async def a_function_of_the_api_is_chosen_again(window: Window, client: Any, root: Path) -> None:
    await asyncio.to_thread(partial(create, client, "made", Runtime=PYTHON_RUNTIME, Publish=True))
    await until(lambda: "made" in [function.name for function in window.workspace.model.functions])
    choose(window.workspace.page.functions.list, "made")
    panel = await versions_panel(window)
    await until(lambda: texts(panel.versions) == ["$LATEST", "Version 1"])
    window.window.close_workspace()
    await until(lambda: window.window.workspace is None)
    assert await window.window.open_workspace(root)
    model = window.workspace.model
    assert model.function is not None
    assert model.function.name == "Alpha"  # the template's functions come before the engine's
    await until(lambda: model.function is not None and model.function.name == "made")
    assert window.workspace.page.toolbar.functions.currentText() == "made"
    model.choose_function("Beta")
    window.workspace.model.reload()
    assert model.function.name == "Beta"
    await window.workspace.link.ready()


async def versions_panel(window: Window) -> VersionsPanel:
    window.workspace.page.regions.open_drawer(is_open=True)
    return window.workspace.versions_display.panel


def texts(rows: RowList) -> list[str]:
    return [row.text for row in rows.rows]


def details(rows: RowList) -> dict[str, str]:
    return {row.text: row.detail for row in rows.rows}


def choose(rows: RowList, key: str) -> None:
    """Choose a row, as with the arrow keys."""
    rows.setCurrentIndex(rows.model().index([row.key for row in rows.rows].index(key), 0))


def properties(card: OverrideCard) -> list[str]:
    return [row.override.property for row in card.rows]


def row_of(card: OverrideCard, name: str) -> Any:
    return next(row for row in card.rows if row.override.property == name)
