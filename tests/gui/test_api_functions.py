"""Functions that boto3 makes stand in the window beside the template's, and nothing of them is written into the template."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.api_clients import ACCOUNT, ROLE, create, lambda_client, zipped
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder
from workbench.editor.plain_label import PlainLabel
from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel
from workbench.gui.widgets.row import Row

__all__ = ["play"]  # a fixture

MADE = "made-here"
CODE = "import os\ndef handler(event, context):\n    return [os.environ['STAGE'], event]\n"
OF_THE_TEMPLATE = ("function.open", "function.rename", "function.duplicate", "function.delete", "function.remove", "debug")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app")
    root = builder.function("Alpha", {"app.py": "def handler(event, context):\n    return 'alpha'\n"}).write()
    (root / "events").mkdir()
    (root / "events" / "good.json").write_text('{"n": 1}')
    return root


def test_a_function_of_the_api(play: Callable[[Scenario], None], root: Path) -> None:
    template = (root / "template.yaml").read_bytes()
    with served(root) as engine:
        client = lambda_client(engine.url)

        async def scenario(window: Window) -> None:
            await window.open(root)
            await it_appears_when_it_is_made(window, client)
            await it_can_be_chosen_and_is_only_read(window)
            await it_is_invoked_with_any_event(window)
            await it_is_invoked_while_the_template_cannot_be_read(window, root)
            await it_is_shown_as_it_is_changed(window, client)
            await it_is_gone_when_it_is_deleted_even_while_it_is_chosen(window, client)
            await it_comes_and_goes_while_another_is_chosen(window, client)
            await one_of_an_image_opens_no_file_either(window, client)

        play(scenario)
    assert (root / "template.yaml").read_bytes() == template


async def it_appears_when_it_is_made(window: Window, client: Any) -> None:
    assert names(window) == ["Alpha"]
    await make(client)
    await until(lambda: names(window) == ["Alpha", MADE])
    alpha, made = rows(window)
    assert (alpha.tag, made.tag) == ("", "API")
    assert "Made through the API" in made.tip
    assert window.workspace.model.function is not None
    assert window.workspace.model.function.name == "Alpha"


async def it_can_be_chosen_and_is_only_read(window: Window) -> None:
    tabs, panel = window.workspace.documents.tabs, await configuration(window)
    shown = tabs.current_path()
    assert all(window.window.actions_by_id[action].isEnabled() for action in OF_THE_TEMPLATE)
    choose(window, MADE)
    assert window.workspace.page.toolbar.functions.currentText() == MADE
    assert words(panel) == ["Made through the API. Change it there."]
    assert panel.controls.memory.value == 256
    assert not panel.controls.memory.isEnabled()
    assert panel.controls.environment.rows.read_only
    assert not any(window.window.actions_by_id[action].isEnabled() for action in OF_THE_TEMPLATE)
    assert tabs.current_path() == shown
    choose(window, "Alpha")
    assert words(panel) == []
    assert panel.controls.memory.isEnabled()
    assert all(window.window.actions_by_id[action].isEnabled() for action in OF_THE_TEMPLATE)


async def it_is_invoked_with_any_event(window: Window) -> None:
    choose(window, MADE)
    window.workspace.model.choose_event("good")
    invocation = await window.invoke()
    assert (invocation.function_name, invocation.status) == (MADE, "success")
    assert json.loads(invocation.payload) == ["one", {"n": 1}]
    await until(lambda: rows(window)[1].detail == "1 warm")


async def it_is_invoked_while_the_template_cannot_be_read(window: Window, root: Path) -> None:
    template, model = root / "template.yaml", window.workspace.model
    before = template.read_bytes()
    template.write_text("Resources: [")
    await until(lambda: model.problem is not None)
    assert json.loads((await window.invoke()).payload) == ["one", {"n": 1}]
    template.write_bytes(before)
    await until(lambda: model.problem is None)


async def it_is_shown_as_it_is_changed(window: Window, client: Any) -> None:
    panel = await configuration(window)
    await asyncio.to_thread(client.update_function_configuration, FunctionName=MADE, MemorySize=512,
                            Environment={"Variables": {"STAGE": "two"}})
    await until(lambda: panel.controls.memory.value == 512)
    assert json.loads((await window.invoke()).payload) == ["two", {"n": 1}]


async def it_is_gone_when_it_is_deleted_even_while_it_is_chosen(window: Window, client: Any) -> None:
    model, panel = window.workspace.model, await configuration(window)
    assert model.function is not None
    assert model.function.name == MADE
    await asyncio.to_thread(client.delete_function, FunctionName=MADE)
    await until(lambda: names(window) == ["Alpha"])
    assert model.function.name == "Alpha"
    assert window.workspace.page.functions.list.current_key() == "Alpha"
    assert words(panel) == []
    assert json.loads((await window.invoke()).payload) == "alpha"


async def it_comes_and_goes_while_another_is_chosen(window: Window, client: Any) -> None:
    await make(client)
    await until(lambda: names(window) == ["Alpha", MADE])
    await asyncio.to_thread(client.delete_function, FunctionName=MADE)
    await until(lambda: names(window) == ["Alpha"])
    assert window.workspace.model.function is not None
    assert window.workspace.model.function.name == "Alpha"


async def one_of_an_image_opens_no_file_either(window: Window, client: Any) -> None:
    await asyncio.to_thread(client.create_function, FunctionName="of-an-image", PackageType="Image", Role=ROLE,
                            Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/made:latest"})
    await until(lambda: names(window) == ["Alpha", "of-an-image"])
    shown = window.workspace.documents.tabs.current_path()
    choose(window, "of-an-image")
    assert window.workspace.documents.tabs.current_path() == shown
    panel = await configuration(window)
    assert words(panel) == ["Made through the API. Change it there."]
    assert not any(field.problem for field in panel.controls.fields.values())  # an image has neither runtime nor handler


async def make(client: Any) -> None:
    await asyncio.to_thread(
        create, client, MADE, Runtime=PYTHON_RUNTIME, MemorySize=256, Timeout=10, Code={"ZipFile": zipped(CODE)},
        Environment={"Variables": {"STAGE": "one"}})


async def configuration(window: Window) -> ConfigurationPanel:
    window.workspace.page.regions.open_drawer(is_open=True)
    return window.workspace.configuration.panel


def choose(window: Window, name: str) -> None:
    """Choose a function in the list, as with the arrow keys."""
    functions = window.workspace.page.functions.list
    functions.setCurrentIndex(functions.model().index(names(window).index(name), 0))


def rows(window: Window) -> tuple[Row, ...]:
    return window.workspace.page.functions.list.rows


def names(window: Window) -> list[str]:
    return [row.text for row in rows(window)]


def words(panel: ConfigurationPanel) -> list[str]:
    """What it says of why nothing can be typed."""
    labels = panel.findChildren(PlainLabel)
    return [label.text() for label in labels if label.isVisibleTo(panel) and label.text().startswith("Made through")]
