"""The window shows and invokes functions as its engine resolves them, where the window alone would resolve them differently."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME

__all__ = ["play"]  # a fixture

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev}}
  MemoryMb: {{Type: Number, Default: 256}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "hello-${{Stage}}-${{AWS::Region}}"
      CodeUri: code
      Handler: app.handler
      Runtime: {PYTHON_RUNTIME}
      Timeout: 10
      MemorySize: !Ref MemoryMb
      Environment:
        Variables:
          STAGE: !Ref Stage
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "code").mkdir(parents=True)
    (root / "code" / "app.py").write_text("import os\ndef handler(event, context):\n    return os.environ['STAGE']\n")
    (root / "template.yaml").write_text(TEMPLATE)
    return root


def test_an_engine_with_parameters_of_its_own(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await names_and_values_are_the_engines(window)
        await what_is_written_into_the_template_is_what_the_person_changed(window, root)
        await what_changes_on_disk_and_the_region_are_taken_over(window, root)

    with served(root, "--parameter-overrides", "Stage=prod", "--parameter-overrides", "MemoryMb=512"):
        play(scenario)


async def names_and_values_are_the_engines(window: Window) -> None:
    model, page = window.workspace.model, window.workspace.page
    assert [function.name for function in model.functions_read] == ["hello-dev-us-east-1"]
    await until(lambda: [function.name for function in model.functions] == ["hello-prod-us-east-1"])
    assert page.toolbar.functions.currentText() == "hello-prod-us-east-1"
    window.workspace.page.regions.open_drawer(is_open=True)
    assert window.workspace.configuration.panel.controls.environment.rows.variables == {"STAGE": "prod"}
    assert model.function is not None
    assert model.function.memory_mb == 512
    invocation = await window.invoke()
    assert (invocation.function_name, json.loads(invocation.payload)) == ("hello-prod-us-east-1", "prod")


async def what_is_written_into_the_template_is_what_the_person_changed(window: Window, root: Path) -> None:
    model, rows = window.workspace.model, window.workspace.configuration.panel.controls.environment.rows
    rows.setData(rows.index(rows.rowCount() - 1, 0), "ADDED")
    rows.setData(rows.index(rows.rowCount() - 2, 1), "x")
    assert json.loads((await window.invoke()).payload) == "prod"  # it saves what was typed
    text = (root / "template.yaml").read_text()
    assert "STAGE: !Ref Stage\n          ADDED: x\n" in text
    assert "MemorySize: !Ref MemoryMb\n" in text
    assert model.function is not None
    assert model.function.environment == {"STAGE": "prod", "ADDED": "x"}


async def what_changes_on_disk_and_the_region_are_taken_over(window: Window, root: Path) -> None:
    model = window.workspace.model
    (root / "template.yaml").write_text(TEMPLATE.replace("hello-", "bye-"))
    await until(lambda: [function.name for function in model.functions] == ["bye-prod-us-east-1"])
    window.workspace.engine.change_settings(lambda settings: msgspec.structs.replace(settings, region="eu-west-3"))
    await until(lambda: [function.name for function in model.functions] == ["bye-prod-eu-west-3"])
    assert (await window.invoke()).function_name == "bye-prod-eu-west-3"
