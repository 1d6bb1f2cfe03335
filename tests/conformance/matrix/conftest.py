"""The matrix is run once a sandbox, several cells at a time; the tests then look at what was seen."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.conformance.matrix.model import Cell
from tests.conformance.matrix.runs import Seen, run_cells
from tests.contract.conftest import container_engine, docker_images
from tests.support.matrix_interpreters import missing, node_24
from tests.support.package_cache import package_cache
from workbench.model.function import SandboxKind

__all__ = ["container_engine", "docker_images", "seen_in_docker", "seen_in_processes"]

Outcomes = Mapping[str, Seen | Exception]


class _Warnings(logging.Handler):
    """Keeps what the engine logs as a warning or worse: there is no test yet that would fail for it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module")
def seen_in_processes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """What was seen of the selected cells of processes, isolated or not, that have an interpreter here."""
    selected = [*_selected(request, "process"), *_selected(request, "isolated")]
    cells = [cell for cell in selected if not missing(cell.column.runtime)]
    with pytest.MonkeyPatch.context() as patch:
        if (node := node_24()) is not None:
            patch.setenv("PATH", os.pathsep.join((os.environ["PATH"], str(node.parent))))
        patch.setenv("XDG_CACHE_HOME", str(package_cache(tmp_path_factory)))
        yield _run(cells, tmp_path_factory.mktemp("processes"), {}, patch)


@pytest.fixture(scope="module")
def seen_in_docker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, docker_images: dict[str, str]
) -> Iterator[Outcomes]:
    """What was seen of the selected cells of Docker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(package_cache(tmp_path_factory)))
        yield _run(_selected(request, "docker"), tmp_path_factory.mktemp("docker"), docker_images, patch)


def _run(cells: list[Cell], folder: Path, images: Mapping[str, str], patch: pytest.MonkeyPatch) -> Outcomes:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        patch.setenv(name, str(folder / name.lower()))
    warnings, children = _Warnings(), set(psutil.Process().children(recursive=True))
    logging.getLogger().addHandler(warnings)
    try:
        seen = run_cells(cells, folder / "w", images)
    finally:
        logging.getLogger().removeHandler(warnings)
    _, left = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - children, timeout=2)
    assert (warnings.messages, left) == ([], [])
    return seen


def _selected(request: pytest.FixtureRequest, sandbox: SandboxKind) -> list[Cell]:
    """With -k only the cells asked for are run."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    cells = (call.params["cell"] for call in calls if call is not None and isinstance(call.params.get("cell"), Cell))
    return [cell for cell in cells if cell.column.sandbox == sandbox]
