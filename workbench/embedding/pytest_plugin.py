"""The pytest plugin: `lambda_workbench`, an engine for the functions under test.

pytest imports this module wherever the workbench is installed, so it imports nothing else until a test asks for an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench.embedding.engine import Engine
    from workbench.embedding.options import EngineOptions

_MARKER = "lambda_workbench"
_OPTION = "lambda_workbench_dir"
_HELP = "the folder of the SAM application that the fixture lambda_workbench runs; by default pytest's root directory"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which folder is meant, in pytest's configuration or for one run."""
    parser.addini(_OPTION, _HELP, default="")
    group = parser.getgroup("lambda_workbench", "Lambda Workbench")
    group.addoption("--lambda-workbench-dir", dest=_OPTION, metavar="DIR", default="", help=_HELP)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", f"{_MARKER}(directory, **options): another folder or other options (services=, sandbox=, …) for the engine of "
        "the fixture lambda_workbench.")


class Engines:
    """The engines of one test run, each started when the first test asks for it. `close` ends them."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def get(self, directory: str, options: EngineOptions) -> Engine:
        """The engine for a folder with these options."""
        from workbench.embedding.engine import Engine

        key = repr((directory, sorted(options.items())))
        if key not in self._engines:
            self._engines[key] = _started(Engine(directory, **options))
        return self._engines[key]

    def close(self) -> None:
        """End all of them."""
        while self._engines:
            self._engines.popitem()[1].close()


@pytest.fixture(scope="session")
def lambda_workbench_options() -> EngineOptions:
    """Options of the engine, for a conftest.py to override: `return {"services": "moto"}`."""
    return {}


@pytest.fixture(scope="session")
def lambda_workbench_engines() -> Iterator[Engines]:
    """The engines that were started so far; `lambda_workbench` and `lambda_workbench_engine` are among them."""
    engines = Engines()
    yield engines
    engines.close()


@pytest.fixture(scope="session")
def lambda_workbench_engine(
    pytestconfig: pytest.Config, lambda_workbench_engines: Engines, lambda_workbench_options: EngineOptions
) -> Engine:
    """The engine for all tests, as it is, for fixtures of a session or module: to make a bucket or a table, say."""
    return lambda_workbench_engines.get(_directory(pytestconfig), lambda_workbench_options)


@pytest.fixture
def lambda_workbench(
    request: pytest.FixtureRequest, lambda_workbench_engines: Engines, lambda_workbench_options: EngineOptions
) -> Engine:
    """An engine whose queue and inbox are empty, and whose queue's clock is held at the present. It runs for all tests.

    `@pytest.mark.lambda_workbench("folder", services="moto")` asks for another one than the configured.
    """
    marker = request.node.get_closest_marker(_MARKER)
    named, changed = _marked(marker) if marker else ("", {})
    directory = _placed(request.config, named) if named else _directory(request.config)
    engine = lambda_workbench_engines.get(directory, {**lambda_workbench_options, **changed})
    _clear(engine)
    return engine


def _marked(marker: pytest.Mark) -> tuple[str, Any]:
    options = dict(marker.kwargs)
    return str(marker.args[0] if marker.args else options.pop("directory", "")), options


def _directory(config: pytest.Config) -> str:
    """Return the folder: that of the command line, seen from where pytest was started, else the configured one."""
    named = config.getoption(_OPTION)
    return str(config.invocation_params.dir / named) if named else _placed(config, config.getini(_OPTION) or ".")


def _placed(config: pytest.Config, named: str) -> str:
    return str(config.rootpath / named)


def _started(engine: Engine) -> Engine:
    from workbench.model.failures import WorkbenchError

    try:
        return engine.start()
    except WorkbenchError as error:
        pytest.fail(f"{error}\nThe folder is set by {_OPTION} in pytest's configuration, --lambda-workbench-dir, or the marker "
                    f"{_MARKER}.", pytrace=False)


def _clear(engine: Engine) -> None:
    """Leave nothing of the test before. An empty queue's clock that goes shows the present again."""
    engine.queue.hold()
    engine.queue.clear()
    engine.queue.resume()
    engine.queue.hold()
    engine.inbox.clear()
