"""What a command tells while it waits: its own function's and request's progress, nothing of what others do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import one_function
from workbench.cli.progress import told_progress


@pytest.mark.parametrize(("request_id", "told"), [("mine", "of mine\nof none\n"), ("", "of mine\nof none\nof another\n")])
async def test_only_our_own_progress_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request_id: str, told: str
) -> None:
    async with engine_in_test(one_function(tmp_path / "w", "")) as engine:
        async with told_progress(engine.client, "Function", request_id):
            for function, request in (("Function", "mine"), ("Other", "mine"), ("Function", ""), ("Function", "another")):
                text = f"of {request or 'none'}" if function == "Function" else "of another function"
                engine.engine.events.publish(
                    "sandbox.progress", {"stage": "build", "text": text}, function_name=function, request_id=request)
        assert capsys.readouterr().err == told
