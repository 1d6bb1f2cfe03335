"""What is left of a killed engine: containers, volumes and folders, removed by the next one in the background of its start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import dead_labels, docker, eventually, function_in, running, write_function
from workbench.sandbox.docker.labels import engine_labels
from workbench.sandbox.docker.orphans import dead_folders, note_owner
from workbench.sandbox.docker.provider import DockerSandboxProvider

ENGINE_THAT_DIES = """
import asyncio, os, sys
from pathlib import Path
from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import Environment, function_in, write_function

async def main():
    folder = Path(sys.argv[1])
    code = write_function(folder / "code", "def handler(event, context): return event")
    async with docker_provider(folder) as provider:
        environment = Environment(provider, function_in(code))
        await environment.create({})
        await environment.start()
        environment.sandbox.freeze()
        print("ready", flush=True)
        sys.stdin.read()
        os._exit(0)

asyncio.run(main())
"""


def nowhere(folder: Path) -> DockerSandboxProvider:
    return DockerSandboxProvider(engine_id="next", state_folder=folder, image_for=lambda _runtime, _architecture: None)


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    made = nowhere(tmp_path / "state")
    yield made
    await made.close()


def test_only_folders_of_dead_engines_are_found(tmp_path: Path) -> None:
    note_owner(tmp_path / "alive", engine_labels("alive"))
    note_owner(tmp_path / "dead", dead_labels())
    (tmp_path / "import_trace").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/owner.json").write_text("[")
    assert dead_folders(tmp_path) == [tmp_path / "dead"]
    assert dead_folders(tmp_path / "missing") == []


def test_docker_is_not_even_imported_where_no_engine_died(tmp_path: Path) -> None:
    program = ("import asyncio, pathlib, sys\nfrom tests.integration.sandbox.docker.test_orphans import nowhere\n"
               "print(asyncio.run(nowhere(pathlib.Path(sys.argv[1])).reap_orphans()), 'docker' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0 False\n", "")


async def test_without_docker_nothing_happens(
    provider: DockerSandboxProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    dead = tmp_path / "state/docker/dead"
    note_owner(dead, dead_labels())
    assert await provider.reap_orphans() == 0
    assert dead.exists()  # its containers may still be there when Docker is


@pytest.mark.docker
async def test_everything_of_a_killed_engine_goes(tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "own", "def handler(event, context): return event"))
    async with docker_provider(tmp_path) as provider, running(provider, function) as environment:
        # While it lives nobody removes what it has: any engine on this machine may do so as soon as it is dead.
        engine = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ENGINE_THAT_DIES, str(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert engine.stdout is not None
        assert await engine.stdout.readline() == b"ready\n"
        left = f"label=workbench.pid={engine.pid}"
        await provider.reap_orphans()
        assert docker("ps", "-aq", "--filter", left)
        assert docker("volume", "ls", "-q", "--filter", left)
        engine.kill()
        await engine.wait()
        await provider.reap_orphans()
        # What another engine, or this one's first connection, is removing just now goes in a moment.
        await eventually(lambda: docker("ps", "-aq", "--filter", left) == docker("volume", "ls", "-q", "--filter", left) == "")
        await eventually(lambda: len(list((tmp_path / "state/docker").glob("test-*"))) == 1)  # this engine's
        assert await environment.invoke(1) == 1
