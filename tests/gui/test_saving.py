"""A function that boto3 made is saved into the template from the window, and is one of the template's from then on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from tests.gui.test_api_functions import choose, names, rows
from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.api_clients import create, lambda_client, zipped
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, one_function
from workbench.gui.dialogs.saving_dialog import SavingDialog

__all__ = ["play"]  # a fixture

MADE = "made-here"
CODE = "import os\ndef handler(event, context):\n    return [os.environ['STAGE'], os.environ['PASSWORD']]\n"


def test_a_function_is_saved_into_the_template(play: Callable[[Scenario], None], tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", "def handler(event, context):\n    return 1\n")
    (root / "taken").mkdir()
    with served(root) as engine:
        client = lambda_client(engine.url)

        async def scenario(window: Window) -> None:
            await window.open(root)
            await asyncio.to_thread(
                create, client, MADE, Runtime=PYTHON_RUNTIME, Code={"ZipFile": zipped(CODE)},
                Environment={"Variables": {"STAGE": "one", "PASSWORD": "hunter2"}})
            await until(lambda: names(window) == ["Function", MADE])
            save = window.window.actions_by_id["function.save"]
            assert not save.isEnabled()  # the template's own is chosen
            choose(window, MADE)
            assert save.isEnabled()
            save.trigger()
            dialog = window.window.findChild(SavingDialog)
            assert dialog is not None
            for wrong in ("taken", "../outside", "/absolute"):
                dialog.folder.setText(wrong)
                assert (bool(dialog.problem_text), dialog.confirm.isEnabled()) == (True, False)
            dialog.folder.setText("src/made")
            dialog.confirm.click()
            await until(lambda: [row.tag for row in rows(window)] == ["", ""] and window.workspace.model.function is not None
                        and window.workspace.model.function.name == MADE)  # listed first, then chosen
            function = window.workspace.model.function
            assert function is not None
            assert (function.name, function.source, function.logical_id) == (MADE, "template", "MadeHere")
            assert "MadeHerePassword" in window.workspace.page.notice.text
            assert not save.isEnabled()
            assert json.loads((await window.invoke()).payload) == ["one", "hunter2"]

        play(scenario)
    assert (root / "src/made/app.py").read_text() == CODE
    assert "hunter2" not in (root / "template.yaml").read_text()
