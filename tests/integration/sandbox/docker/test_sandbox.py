"""The Docker sandbox with real containers in which AWS's own runtime clients run."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.docker_cable import Cable
from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import (
    BEATING,
    WAIT_S,
    containers_of,
    created,
    docker,
    eventually,
    function_in,
    nothing_made_ahead,
    running,
    write_function,
)
from workbench.sandbox.docker.cgroup import cgroup_named, cgroup_of
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.protocol import EntrypointInvalid, Exit

pytestmark = pytest.mark.docker

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture
async def containers(tmp_path: Path) -> AsyncIterator[DockerSandboxProvider]:
    with nothing_made_ahead():  # what a test does not need costs it a container
        async with docker_provider(tmp_path) as provider:
            yield provider


def python_code(tmp_path: Path, source: str) -> Path:
    return write_function(tmp_path / "code", source)


async def test_a_handler_runs_under_awss_node_client(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    if "nodejs18.x" not in known_images():
        pytest.skip("AWS's client for Node.js could not be compiled here")
    source = "exports.handler = async (event) => { console.log('seen'); return {twice: event * 2}; };"
    code = write_function(tmp_path / "code", source, file="index.js")
    async with running(containers, function_in(code, runtime="nodejs18.x", handler="index.handler")) as environment:
        assert await environment.invoke(21) == {"twice": 42}
        assert b"seen" in environment.output


async def test_an_os_only_runtime_starts_its_bootstrap(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "#!/bin/sh\necho \"$_HANDLER in $PWD\"\nexit 3\n", file="bootstrap", mode=0o755)
    async with created(containers, function_in(code, runtime="provided.al2023", handler="anything")) as environment:
        await environment.sandbox.start()
        assert await environment.sandbox.wait() == Exit(code=3)
        assert environment.output == b"anything in /var/task\n"


async def test_an_os_only_runtime_without_bootstrap_is_refused_in_lambdas_words(
        containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = write_function(tmp_path / "code", "", file="other")
    with pytest.raises(EntrypointInvalid) as refused:
        async with created(containers, function_in(code, runtime="provided.al2023")):
            pass
    assert refused.value.reason == "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


async def test_a_handler_runs_under_awss_python_client_and_its_output_is_complete_after_drain(
        containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import sys\ndef handler(event, context):\n    for n in range(event['lines']):\n" \
             "        print('line', n, file=(sys.stdout, sys.stderr)[n % 2])\n    return event\n"
    async with running(containers, function_in(python_code(tmp_path, source))) as environment:
        for lines in (1000, 0, 1000, 2000):
            environment.output.clear()
            assert await environment.invoke({"a": [1, "é"], "lines": lines}) == {"a": [1, "é"], "lines": lines}
            assert environment.output.decode().splitlines() == [f"line {n}" for n in range(lines)]


async def test_the_last_words_of_a_runtime_arrive_before_its_end(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    print('x' * 50000, flush=True)\n    os._exit(7)\n"
    async with running(containers, function_in(python_code(tmp_path, source))) as environment:
        environment.api.send(None)
        assert await environment.sandbox.wait() == Exit(code=7)
        assert environment.output.count(b"x") == 50_000


async def test_a_runtime_that_kills_itself_ends_by_that_signal(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 9)\n"
    async with running(containers, function_in(python_code(tmp_path, source))) as environment:
        environment.api.send(None)
        assert await environment.sandbox.wait() == Exit(signal=9)


async def test_the_memory_limit_kills(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return len(bytes(1 << 30).replace(b'\\0', b'x'))\n"
    async with running(containers, function_in(python_code(tmp_path, source), memory_mb=128)) as environment:
        assert 1 < environment.sandbox.memory_peak_mb() < 128
        environment.api.send(None)
        assert await environment.sandbox.wait() == Exit(signal=9, out_of_memory=True)
        assert environment.sandbox.memory_peak_mb() == 128


async def test_the_memory_peak_stays(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    # Kept for a while: an engine whose kernel keeps no peak looks from time to time.
    source = ("import time\ndef handler(event, context):\n    block = bytearray(b'x') * (event << 20)\n    time.sleep(0.5)\n"
              "    len(block)\n")
    async with running(containers, function_in(python_code(tmp_path, source))) as environment:
        await environment.invoke(150)
        await environment.invoke(1)
        assert 150 < environment.sandbox.memory_peak_mb() < 300


async def test_the_control_group_is_found_by_the_containers_id(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    engine = find_engine()
    if not engine.shares_kernel:
        pytest.skip("control groups of this engine are in another kernel")
    async with running(containers, function_in(python_code(tmp_path, ECHO))) as environment:
        container = containers_of(environment.identifier)
        identifier = docker("inspect", "-f", "{{.Id}}", container)
        by_pid = cgroup_of(int(docker("inspect", "-f", "{{.State.Pid}}", container)), engine.cgroup_version)
        by_name = cgroup_named(identifier, engine.cgroup_version)
        if by_name is not None:  # the engine may put its groups elsewhere: the process is asked for then
            assert (by_name.freezer.is_writable, by_name.can_measure) == (by_pid.freezer.is_writable, by_pid.can_measure)
            assert by_name.memory_peak_bytes() == pytest.approx(by_pid.memory_peak_bytes(), rel=0.1)
            by_name.close()
        assert (by_name is not None) or engine.product != "Docker"
        by_pid.close()
    assert cgroup_named(identifier, engine.cgroup_version) is None


async def test_only_tmp_is_writable_and_programs_in_it_can_be_started(
        containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import errno, os, subprocess\ndef handler(event, context):\n    try:\n        file = open(event, 'w')\n" \
             "    except OSError as error:\n        return errno.errorcode[error.errno]\n" \
             "    with file:\n        file.write('#!/bin/sh\\necho hello')\n    os.chmod(event, 0o755)\n" \
             "    return subprocess.check_output([event], text=True)\n"
    async with running(containers, function_in(python_code(tmp_path, source))) as environment:
        assert await environment.invoke("/tmp/program") == "hello\n"
        for path in ("/var/task/a", "/opt/a", "/a"):
            assert await environment.invoke(path) in ("EROFS", "EACCES")


async def test_tmp_ends_at_the_ephemeral_storage(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    try:\n        open('/tmp/a', 'wb').write(bytes(event << 20))\n" \
             "    except OSError as error:\n        return os.strerror(error.errno)\n    return os.path.getsize('/tmp/a') >> 20\n"
    function = function_in(python_code(tmp_path, source), memory_mb=2048, ephemeral_storage_mb=512)
    async with running(containers, function) as environment:
        assert await environment.invoke(500) == 500
        assert await environment.invoke(600) == "No space left on device"


async def test_the_user_has_no_rights_and_layers_are_at_opt(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    layers = write_function(tmp_path / "layers", "1", file="one")
    source = "import os, resource\ndef handler(event, context):\n" \
             "    status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n" \
             "    return [os.getuid(), os.getgid(), status['CapEff'].strip(), status['NoNewPrivs'].strip(),\n" \
             "            resource.getrlimit(resource.RLIMIT_NOFILE), os.getcwd(), os.environ['TZ'], open('/opt/one').read()]\n"
    async with running(containers, function_in(python_code(tmp_path, source)), opt_path=str(layers)) as environment:
        assert await environment.invoke() == [993, 990, "0" * 16, "1", [1024, 1024], "/var/task", ":UTC", "1"]


def cpu_quota_of(environment_id: str) -> str:
    """CPU time per period in µs as the kernel has it; skips where the engine's processes are out of reach."""
    engine = find_engine()
    if not engine.shares_kernel or os.geteuid() != 0:
        pytest.skip("the control groups of this engine are out of reach")
    pid = docker("inspect", "-f", "{{.State.Pid}}", containers_of(environment_id))
    groups = dict(line.split(":", 2)[1:] for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines())
    if engine.cgroup_version == 2:
        return Path(f"/sys/fs/cgroup{groups['']}/cpu.max").read_text().split()[0]
    name = next(name for name in groups if "cpu" in name.split(","))
    return Path(f"/sys/fs/cgroup/cpu{groups[name]}/cpu.cfs_quota_us").read_text().strip()


async def test_the_cpu_share_holds_after_init(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with running(containers, function_in(python_code(tmp_path, ECHO), memory_mb=128)) as environment:
        assert cpu_quota_of(environment.identifier) in ("-1", "max")
        await environment.sandbox.drain_output()
        assert cpu_quota_of(environment.identifier) == "1447"


async def test_freezing_stops_background_threads(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with running(containers, function_in(python_code(tmp_path, BEATING), memory_mb=1769)) as environment:
        running_gap_s = await environment.invoke()
        environment.sandbox.freeze()
        frozen_s = time.monotonic()
        while time.monotonic() - frozen_s < 3 * running_gap_s + 0.1:
            assert containers_of(environment.identifier)
        frozen_s = time.monotonic() - frozen_s
        await environment.sandbox.thaw()
        assert await environment.invoke() >= frozen_s


async def test_terminate_leaves_nothing_of_a_frozen_environment_and_may_be_repeated(
        containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with running(containers, function_in(python_code(tmp_path, ECHO))) as environment:
        waiting = asyncio.ensure_future(environment.sandbox.wait())
        assert containers_of(environment.identifier) != ""
        environment.sandbox.freeze()
        terminations = (environment.sandbox.terminate(), environment.sandbox.terminate())
        await asyncio.wait_for(asyncio.gather(*terminations), WAIT_S)
        await environment.sandbox.terminate()
        assert containers_of(environment.identifier) == ""
        assert not list((tmp_path / "state").rglob(f"{environment.identifier}*"))
        assert (await waiting).signal == 9


async def test_terminate_with_a_grace_asks_first(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    source = "import signal, sys\ndef leave(*_):\n    print('leaving', flush=True)\n    sys.exit(0)\n" \
             "signal.signal(signal.SIGTERM, leave)\n" + ECHO
    # The Python client waits in C for its next event: an OS-only runtime shows what arrives.
    code = write_function(tmp_path / "code", f"#!/usr/bin/python3\n{source}print('ready', flush=True)\nsignal.pause()\n",
                          file="bootstrap", mode=0o755)
    async with created(containers, function_in(code, runtime="provided.al2023")) as environment:
        await environment.sandbox.start()
        await eventually(lambda: b"ready" in environment.output)
        await environment.sandbox.terminate(grace_ms=20_000)
        assert b"leaving" in environment.output


async def test_an_environment_that_never_started_can_be_waited_for(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with created(containers, function_in(python_code(tmp_path, ECHO))) as environment:
        await environment.sandbox.terminate()
        assert (await environment.sandbox.wait()).lost


async def test_a_container_removed_by_somebody_is_told(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with running(containers, function_in(python_code(tmp_path, ECHO))) as environment:
        waiting = asyncio.ensure_future(environment.sandbox.wait())
        docker("rm", "-f", containers_of(environment.identifier).strip())
        ended = await asyncio.wait_for(waiting, WAIT_S)
        assert ended.lost or ended.signal == 9


async def test_one_that_somebody_stops_ends_at_once_though_it_is_frozen(
        containers: DockerSandboxProvider, tmp_path: Path) -> None:
    """As when Docker itself stops: SIGTERM, and only SIGKILL (137) when nothing has come of it for 10 s."""
    if find_engine().product == "Podman":
        pytest.skip("Podman does not tell that it stops a container")
    async with running(containers, function_in(python_code(tmp_path, ECHO))) as environment:
        environment.sandbox.freeze()
        waiting = asyncio.ensure_future(environment.sandbox.wait())
        container = containers_of(environment.identifier)
        await asyncio.to_thread(docker, "stop", container)
        assert "was stopped from outside" in (await asyncio.wait_for(waiting, WAIT_S)).lost
        assert docker("inspect", "-f", "{{.State.ExitCode}}", container) == "143"


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the SDK forgets sockets that could not connect
async def test_the_engine_going_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_images()
    async with Cable(tmp_path / "engine.sock") as cable:
        monkeypatch.setenv("DOCKER_HOST", cable.url)
        function = function_in(python_code(tmp_path, ECHO))
        async with docker_provider(tmp_path) as provider, running(provider, function) as environment:
            waiting = asyncio.ensure_future(environment.sandbox.wait())
            await cable.cut()
            assert "engine has stopped" in (await asyncio.wait_for(waiting, WAIT_S)).lost
            await environment.sandbox.terminate()
    left = f"label=workbench.pid={os.getpid()}"
    docker("rm", "-f", *docker("ps", "-aq", "--filter", left, "--filter", "label=workbench.environment").split())
    docker("rm", "-f", *docker("ps", "-aq", "--filter", left).split())  # Podman wants those that others depend on last
    docker("volume", "rm", *docker("volume", "ls", "-q", "--filter", left).split())
    gc.collect()


async def test_only_the_environments_own_address_calls(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    async with (running(containers, function_in(python_code(tmp_path, ECHO))) as first,
                running(containers, function_in(python_code(tmp_path, ECHO))) as second):
        for environment in (first, second):
            if environment.sandbox.peer_address:
                assert environment.api.peers == {environment.sandbox.peer_address}
        assert not first.sandbox.peer_address or first.sandbox.peer_address != second.sandbox.peer_address


async def test_close_removes_all_of_this_engine(tmp_path: Path) -> None:
    async with docker_provider(tmp_path) as provider:
        function = function_in(python_code(tmp_path, ECHO))
        async with running(provider, function) as environment:
            await provider.close()
            assert containers_of(environment.identifier) == ""
