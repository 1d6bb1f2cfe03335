"""One engine for the tests of a module, as a real process, with the clients of people who call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.engines import ServeProcess, served
from tests.support.workspaces import WorkspaceBuilder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeProcess]:
    """`workbench serve` for a workspace with one function in its template, FromTemplate."""
    folder = tmp_path_factory.mktemp("workspace")
    builder = WorkspaceBuilder(folder)
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("person")
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(home / name.lower()))
        with served(builder.write(), "--sandbox", "process") as server:
            yield server


@pytest.fixture(scope="module")
def client(engine: ServeProcess) -> Any:
    """boto3 for the workspace's own Region."""
    return lambda_client(engine.url)
