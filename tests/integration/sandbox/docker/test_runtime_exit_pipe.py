"""How a runtime ended, told by the shell of a container that stays."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import (
    WAIT_S,
    Environment,
    containers_of,
    docker,
    function_in,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.container import ContainerPlan
from workbench.sandbox.docker.first_process import OUT_OF_MEMORY_CODE, RUN_FOLDER
from workbench.sandbox.docker.output import make_pipe
from workbench.sandbox.docker.runtime_exit_pipe import RuntimeExitPipe
from workbench.sandbox.protocol import Exit

ENDS = """
import os, signal, time
def handler(event, context):
    if event == "memory":
        return len(bytes(1 << 30).replace(b"\\0", b"x"))
    if event == "signal":
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "wait":
        time.sleep(60)
    print("last words")
    os._exit(250 if event == "250" else 3)
"""
WHEN_PARENT_HEARS_SIGTERM = "until grep -Eq 'SigCgt:.*[4-7c-f][0-9a-f]{3}$' /proc/$PPID/status; do :; done; echo up"


def shell(folder: Path, *command: str) -> list[str]:
    """What a container runs, outside of one."""
    plan = ContainerPlan(
        name="n", image="i", command=command, environment={}, labels={}, memory_mb=128, ephemeral_storage_mb=512,
        network_mode="bridge", extra_hosts={}, run_folder="/run", has_shell=True, init=True)
    return [part.replace(RUN_FOLDER, str(folder)) for part in plan.entrypoint()]


@asynccontextmanager
async def heard(folder: Path) -> AsyncIterator[tuple[RuntimeExitPipe, asyncio.Queue[int]]]:
    codes: asyncio.Queue[int] = asyncio.Queue()
    word = RuntimeExitPipe(folder, codes.put_nowait)
    try:
        yield word, codes
    finally:
        word.close()


@asynccontextmanager
async def run(folder: Path, script: str) -> AsyncIterator[tuple[Process, int]]:
    """A process like a container's first one, and where what it writes can be read."""
    output = os.open(make_pipe(folder / "output"), os.O_RDWR)
    process = await asyncio.create_subprocess_exec(*shell(folder, "/bin/sh", "-c", script))
    try:
        yield process, output
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(output)


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("exit 0", 0), ("kill -SEGV $$", 139), ("kill -KILL $$", 137)])
async def test_the_shell_says_the_code_and_stays(tmp_path: Path, script: str, code: int) -> None:
    async with heard(tmp_path) as (word, codes), run(tmp_path, script) as (process, _):
        assert await asyncio.wait_for(codes.get(), WAIT_S) == code
        assert word.is_said
        assert process.returncode is None


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process listens to is told by Linux")
async def test_a_shell_that_is_asked_to_end_ends_with_its_runtime(tmp_path: Path) -> None:
    async with heard(tmp_path) as (word, _), run(tmp_path, f"{WHEN_PARENT_HEARS_SIGTERM}; exec sleep 60") as (process, output):
        assert await asyncio.to_thread(os.read, output, 10) == b"up\n"
        process.terminate()
        assert await asyncio.wait_for(process.wait(), WAIT_S) == 143
        assert not word.is_said


async def test_without_a_pipe_to_say_it_in_the_shell_becomes_the_runtime(tmp_path: Path) -> None:
    async with run(tmp_path, "echo $$") as (process, output):
        assert int(await asyncio.to_thread(os.read, output, 10)) == process.pid
        assert await asyncio.wait_for(process.wait(), WAIT_S) == 0


async def test_what_is_no_code_is_not_taken_for_one(tmp_path: Path) -> None:
    async with heard(tmp_path) as (_, codes):
        (tmp_path / "end").write_bytes(b"none\n\n-1\n5")
        (tmp_path / "end").write_bytes(b"0\n7\n")
        assert await asyncio.wait_for(codes.get(), WAIT_S) == 50
        assert codes.empty()


async def test_memory_is_told_apart_from_a_code(tmp_path: Path) -> None:
    async with heard(tmp_path) as (word, codes):
        (tmp_path / "end").write_bytes(b"memory\n250\n")
        assert await asyncio.wait_for(codes.get(), WAIT_S) == OUT_OF_MEMORY_CODE
        assert word.out_of_memory
        assert codes.empty()


async def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="could not be filled"):
        RuntimeExitPipe(tmp_path / "gone", lambda _: None)


@pytest.mark.docker
async def test_a_container_that_holds_tmp_alone_outlives_its_runtime(tmp_path: Path) -> None:
    function = function_in(write_function(tmp_path / "code", ENDS))
    ends = {"exit": Exit(code=3), "250": Exit(code=250), "signal": Exit(signal=9),
            "memory": Exit(signal=9, out_of_memory=True)}
    with nothing_made_ahead():
        async with docker_provider(tmp_path) as provider, running(provider, function) as first:
            for event, end in ends.items():
                environment = Environment(provider, function)
                environment.runtime_plan = first.runtime_plan  # another prepare would make a pause container
                try:
                    await environment.create({})
                    await environment.start()
                    environment.api.send(event)
                    assert await environment.sandbox.wait() == end
                    assert docker("inspect", "-f", "{{.State.Running}}", containers_of(environment.identifier)) == "true"
                finally:
                    await environment.close()
