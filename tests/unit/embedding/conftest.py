"""One engine for all tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.echo_application import write_application
from workbench import Engine


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that all tests share."""
    root = write_application(tmp_path_factory.mktemp("shared") / "app")
    engine = Engine(root, sandbox="process")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        engine.start().invoke("Echo")  # what begins with the first environment and lasts as long as the engine is no test's
        engine.stop_environments()
    yield engine
    engine.close()


@pytest.fixture
def engine(running: Engine) -> Iterator[Engine]:
    """That engine with an empty queue, whose clock is held, and an empty inbox."""
    running.queue.hold()
    yield running
    running.queue.clear()
    running.queue.resume()
    running.inbox.clear()
    running.stop_environments()
