"""The provider with real interpreters: what it prepares, what the runtime finds in its environment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.process_sandboxes import function_in, start, write_bootstrap
from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.control_group import NoControlGroups
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.protocol import Exit, Progress

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")

HERE = f"python{sys.version_info[0]}.{sys.version_info[1]}"
REPORT = ("import json, os, sys\n"
          "print(json.dumps({'environment': dict(os.environ), 'path': sys.path, 'cwd': os.getcwd(), 'argv': sys.argv,\n"
          "                  'stdin': sys.stdin.read(), 'keeps': sys.dont_write_bytecode}))\n")
LAMBDA = {
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LAMBDA_TASK_ROOT": "/var/task", "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task", "PYTHONPATH": "/var/runtime", "TZ": ":UTC",
}


@pytest.fixture
def reporting(tmp_path: Path, orphans_file: Path) -> ProcessSandboxProvider:
    """A provider whose bootstraps only tell what they were given."""
    bootstraps = tmp_path / "bootstraps"
    bootstraps.mkdir()
    (bootstraps / "bootstrap.py").write_text(REPORT)
    (bootstraps / "bootstrap.cjs").write_text(
        "const v8 = require('v8');\nconsole.log(JSON.stringify({node: process.version, nodePath: process.env.NODE_PATH,"
        "heapMb: v8.getHeapStatistics().heap_size_limit / 1048576, cwd: process.cwd()}));\n")
    return ProcessSandboxProvider(Launcher(bootstraps=bootstraps), orphans_file=orphans_file)


async def _report(provider: ProcessSandboxProvider, function: FunctionConfiguration,
                  environment: Mapping[str, str] = LAMBDA) -> dict[str, object]:
    started = await start(provider, function, {**environment, **function.environment})
    assert await started.sandbox.wait() == Exit(code=0), started.output.data.decode()
    await provider.close()
    return dict(json.loads(started.output.data))


async def test_a_python_function_finds_its_code_folder_local_paths_and_nothing_of_the_engines_environment(
        reporting: ProcessSandboxProvider, code: Path) -> None:
    report = await _report(reporting, function_in(code, runtime=HERE))
    assert (report["cwd"], report["stdin"], report["keeps"]) == (str(code), "", True)
    environment = report["environment"]
    assert isinstance(environment, dict)
    assert environment["LAMBDA_TASK_ROOT"] == str(code)
    assert environment["LD_LIBRARY_PATH"] == f"{code}:{code}/lib"
    assert environment["PATH"].split(":")[1:] == ["/usr/local/bin", "/usr/bin/", "/bin"]
    assert environment["TZ"] == ":UTC"
    assert set(environment) - {"LC_CTYPE"} == {
        "PATH", "LAMBDA_TASK_ROOT", "LANG", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "LAMBDA_RUNTIME_DIR",
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}


async def test_the_functions_own_search_paths_work(reporting: ProcessSandboxProvider, code: Path) -> None:
    own = {"PYTHONPATH": "/var/task/vendored:/opt/python", "PATH": "/var/task/bin:/usr/bin", "EMPTY": ""}
    report = await _report(reporting, function_in(code, runtime=HERE, environment=own))
    environment, path = report["environment"], report["path"]
    assert isinstance(environment, dict)
    assert isinstance(path, list)
    assert f"{code}/vendored" in path
    assert "/opt/python" not in path
    assert environment["PATH"] == f"{code}/bin:/usr/bin"
    assert environment["EMPTY"] == ""


async def test_the_exec_wrapper_gets_the_runtimes_command_line(reporting: ProcessSandboxProvider, code: Path) -> None:
    wrapper = code / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport WRAPPED=yes\nexec "$@" more\n')
    wrapper.chmod(0o755)
    function = function_in(code, runtime=HERE, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"})
    report = await _report(reporting, function)
    environment, argv = report["environment"], report["argv"]
    assert isinstance(environment, dict)
    assert isinstance(argv, list)
    assert environment["WRAPPED"] == "yes"
    assert argv[1:] == ["more"]


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_a_missing_wrapper_ends_with_127_as_in_lambda(provider: ProcessSandboxProvider, code: Path) -> None:
    function = function_in(code, runtime=HERE, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/nothing"})
    started = await start(provider, function)
    assert await started.sandbox.wait() == Exit(code=127)


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_an_os_only_runtime_knows_no_wrapper(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "print('bare')")
    started = await start(provider, function_in(code, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/nothing"}))
    assert await started.sandbox.wait() == Exit(code=0)
    assert started.output.data == b"bare\n"


@pytest.mark.node
async def test_nodes_heap_follows_the_functions_memory(reporting: ProcessSandboxProvider, code: Path) -> None:
    function = function_in(code, runtime="nodejs20.x", memory_mb=256)
    report = await _report(reporting, function, {"NODE_PATH": "/opt/nodejs/node_modules:/var/runtime:/var/task"})
    assert report["nodePath"] == str(code)
    assert report["cwd"] == str(code)
    heap_mb = report["heapMb"]
    assert isinstance(heap_mb, int | float)
    assert 230 <= heap_mb < 300


async def test_prepare_says_what_runs_and_what_is_not_enforced(orphans_file: Path, code: Path) -> None:
    provider = ProcessSandboxProvider(Launcher(), orphans_file=orphans_file, groups=NoControlGroups())
    steps: list[Progress] = []
    runtime_plan = await provider.prepare(function_in(code, runtime=HERE), steps.append)
    assert runtime_plan.runs_on.startswith(f"Python {sys.version_info[0]}.{sys.version_info[1]}.")
    assert steps[0].stage == "prepare"
    for word in ("CPU share", "processes", "memory limit", "/tmp", "read-only", "your user", "network", "setsid", "/dev/shm"):
        assert any(word in sentence for sentence in runtime_plan.not_enforced), word


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_another_architecture_and_layers_are_named(provider: ProcessSandboxProvider, code: Path) -> None:
    other = "arm64" if os.uname().machine == "x86_64" else "x86_64"
    function = FunctionConfiguration(name="f", logical_id="F", runtime="provided.al2023", handler="h", code_path=str(code),
                                     architecture=other, layers=("arn:aws:lambda:eu-west-1:1:layer:x:1",))  # type: ignore[arg-type]
    sentences = (await provider.prepare(function, lambda _: None)).not_enforced
    assert any(other in sentence for sentence in sentences)
    assert any("Layers" in sentence for sentence in sentences)


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
@pytest.mark.parametrize("runtime", ["java21", "dotnet8", "go1.x"])
async def test_other_languages_are_for_docker(provider: ProcessSandboxProvider, code: Path, runtime: str) -> None:
    with pytest.raises(SandboxUnavailable) as caught:
        await provider.prepare(function_in(code, runtime=runtime), lambda _: None)
    assert runtime in caught.value.message
    assert "Docker" in caught.value.hint


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_an_unknown_runtime_and_a_missing_folder(provider: ProcessSandboxProvider, code: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=r"cobol85.*not a Lambda runtime"):
        await provider.prepare(function_in(code, runtime="cobol85"), lambda _: None)
    with pytest.raises(SandboxUnavailable, match="is not there"):
        await provider.prepare(function_in(code / "none", runtime=HERE), lambda _: None)


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_both_ends_of_the_runtime_api_are_on_the_loopback(provider: ProcessSandboxProvider, code: Path) -> None:
    listening = await provider.listen("e1", function_in(code))
    with listening.socket as listener:
        host, port = listener.getsockname()
        assert (host, listening.runtime_api) == ("127.0.0.1", f"127.0.0.1:{port}")
