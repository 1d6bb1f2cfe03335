"""Ruby, Java and compiled custom runtimes: what holds for Python and Node.js holds for them, with each language's own errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import EngineInTest, until
from tests.support.nodes import Generation, NotInstalled, aws_client, generations
from tests.support.probes_built import JAVA, RUBY, RUST, C, NotBuilt, Probe, Probes
from tests.support.pythons import other_pythons
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.runtimes.versions import ask_version
from workbench.state.invocation import Invocation

BOTH: tuple[SandboxKind, ...] = ("process", "docker")
ALL: tuple[SandboxKind, ...] = ("process", "isolated", "docker")


def _pairs(*probes: Probe, sandboxes: tuple[SandboxKind, ...] = BOTH) -> pytest.MarkDecorator:
    """A test for each probe in each sandbox that runs it; Java runs in Docker alone."""
    pairs = [(probe, sandbox) for probe in probes for sandbox in sandboxes if probe is not JAVA or sandbox == "docker"]
    cases = [pytest.param(*pair, id=f"{pair[0].language}-{pair[1]}", marks=_marks(*pair)) for pair in pairs]
    return pytest.mark.parametrize(("probe", "sandbox"), cases, indirect=["sandbox"])


def _marks(probe: Probe, sandbox: SandboxKind) -> list[pytest.MarkDecorator]:
    if sandbox == "docker":
        return [pytest.mark.docker]
    return [pytest.mark.skipif(probe is RUBY and shutil.which("ruby") is None, reason="Ruby is not installed")]


every_runtime = _pairs(RUBY, JAVA, C, RUST)
everywhere = _pairs(RUBY, JAVA, C, RUST, sandboxes=ALL)
ruby = _pairs(RUBY)
java = _pairs(JAVA)


@pytest.fixture(scope="session")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    return Probes(tmp_path_factory.mktemp("probes"))


@pytest.fixture
async def engine(
    start: StartEngine, probe: Probe, sandbox: SandboxKind, probes: Probes, tmp_path: Path, request: pytest.FixtureRequest
) -> EngineInTest:
    """An engine whose `Function` is the probe."""
    java_image = request.getfixturevalue("docker_images")[JAVA.runtime] if probe is JAVA else ""
    handler, timeout_s = getattr(request, "param", ("", 20))
    try:
        return await start(probes.workspace(probe, tmp_path / "w", java_image, handler=handler, timeout_s=timeout_s))
    except NotBuilt as error:
        pytest.skip(str(error))


def with_function(handler: str = "", timeout_s: int = 20) -> pytest.MarkDecorator:
    """The probe under another handler name or timeout."""
    return pytest.mark.parametrize("engine", [(handler, timeout_s)], indirect=True, ids=[""])


def _lines_of_function(invocation: Invocation) -> list[str]:
    platform = ("INIT_START", "START", "END", "REPORT")
    return [line for line in invocation.log_lines() if not line.startswith(platform)]


def _task_root(sandbox: str, tmp_path: Path) -> str:
    return str(tmp_path / "w" / "function") if sandbox == "process" else "/var/task"


@everywhere
async def test_cold_then_warm_with_payload_and_context(engine: EngineInTest, probe: Probe, sandbox: str, tmp_path: Path) -> None:
    cold, warm = await engine.invoke({"text": "ü✓", "list": [1, 2.5, None, True]}), await engine.invoke({"text": "b"})
    assert (cold.status, cold.start, warm.status, warm.start) == ("success", "cold", "success", "warm"), cold.document()
    assert cold.sandbox == sandbox
    answer = json.loads(cold.payload)
    assert answer["event"] == {"text": "ü✓", "list": [1, 2.5, None, True]}
    assert 0 < answer.pop("remaining") <= 20_000
    assert answer["requestId"] == cold.request_id
    assert answer["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:Function"
    assert (answer["function"], answer["version"], answer["memory"]) == ("Function", "$LATEST", probe.memory)
    assert "[$LATEST]" in answer["stream"]
    assert answer["trace"].startswith("Root=1-")
    assert answer["root"] == _task_root(sandbox, tmp_path)
    assert (answer["count"], json.loads(warm.payload)["count"]) == (1, 2)
    assert cold.metrics is not None
    assert warm.metrics is not None
    assert cold.metrics.init_duration_ms is not None
    assert warm.metrics.init_duration_ms is None


@every_runtime
async def test_every_line_belongs_to_its_request(engine: EngineInTest, probe: Probe) -> None:
    for number in range(5):
        invocation = await engine.invoke({"text": str(number)})
        assert sorted(_lines_of_function(invocation)) == [f"beside {number}", f"marker {number}"], invocation.log_lines()


@everywhere
async def test_a_raised_error(engine: EngineInTest, probe: Probe, sandbox: str, tmp_path: Path) -> None:
    invocation = await engine.invoke({"text": "x", "action": "raise"})
    error = json.loads(invocation.payload)
    stack = error.pop("stackTrace", None)
    assert (invocation.status, invocation.function_error) == ("error", "Unhandled")
    assert {key: error[key] for key in ("errorMessage", "errorType")} == probe.error
    if probe.frame:
        assert stack[0].startswith(probe.frame.format(root=_task_root(sandbox, tmp_path))), stack
    log = _lines_of_function(invocation)
    assert "marker x" in log
    for expected in probe.own_log:
        assert any(line.startswith(expected) for line in log), log
    again = await engine.invoke({"text": "y"})
    assert (again.status, again.start) == ("success", "warm")


@every_runtime
@with_function(timeout_s=2)
async def test_timeout(engine: EngineInTest, probe: Probe) -> None:
    assert (await engine.invoke({"text": "a"})).status == "success"
    invocation = await engine.invoke({"text": "before", "action": "sleep"})
    assert json.loads(invocation.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Task timed out after 2.00 seconds",
    }
    assert "marker before" in invocation.log_lines()
    assert json.loads((await engine.invoke({"text": "b"})).payload)["count"] == 1


@every_runtime
async def test_crash(engine: EngineInTest, probe: Probe) -> None:
    invocation = await engine.invoke({"text": "last words", "action": "crash"})
    assert json.loads(invocation.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Runtime exited with error: exit status 3",
    }
    assert "marker last words" in invocation.log_lines()
    assert invocation.log_lines()[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError")
    again = await engine.invoke({"text": "again"})
    assert (again.status, json.loads(again.payload)["count"]) == ("success", 1)


@_pairs(RUST)
async def test_a_panic_ends_the_process(engine: EngineInTest, probe: Probe) -> None:
    invocation = await engine.invoke({"text": "a", "action": "panic"})
    assert json.loads(invocation.payload)["errorMessage"].endswith("Error: Runtime exited with error: exit status 101")
    assert any("the probe panics" in line for line in invocation.log_lines())


@ruby
async def test_a_name_that_is_not_there_ends_rubys_process(engine: EngineInTest, probe: Probe) -> None:
    invocation = await engine.invoke({"text": "a", "action": "undefined"})
    error = json.loads(invocation.payload)
    assert error["errorType"] == "Function<NameError>"
    assert "undefined local variable or method `nobody_defined_this'" in error["errorMessage"].replace("'nobody", "`nobody")
    assert "Critical exception from handler" in invocation.log_lines()
    await until(lambda: _none_busy(engine))
    assert json.loads((await engine.invoke({"text": "b"})).payload)["count"] == 1


async def _none_busy(engine: EngineInTest) -> bool:
    return set(await engine.states()) <= {"idle"}


@ruby
@with_function("app.Probes::Nested.handler")
async def test_rubys_class_methods(engine: EngineInTest, probe: Probe) -> None:
    assert json.loads((await engine.invoke({"text": "a"})).payload) == {"nested": "a", "context": "LambdaContext"}


@_pairs(RUBY, sandboxes=("process",))
@pytest.mark.parametrize(
    ("files", "handler", "error_type", "message"),
    [
        ({}, "app.handler", "Init<LoadError>", "cannot load such file -- app"),
        ({"app.rb": "require 'missing_gem_x'\n"}, "app.handler", "Init<LoadError>", "cannot load such file -- missing_gem_x"),
        ({"app.rb": "def handler(\n"}, "app.handler", "Init<SyntaxError>", "syntax error"),
        ({"app.rb": "raise 'at load'\n"}, "app.handler", "Init<RuntimeError>", "at load"),
        ({"app.rb": "def handler(event:, context:) = 1\n"}, "app", "Init<ArgumentError>", 'Invalid handler ["app"], must be'),
    ],
    ids=["no-file", "no-gem", "syntax", "raises", "name"],
)
async def test_ruby_that_does_not_start(
    start: StartEngine, probe: Probe, tmp_path: Path, files: dict[str, str], handler: str, error_type: str, message: str
) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    builder.function("Function", {"readme.txt": "", **files}, runtime=probe.runtime, handler=handler)
    invocation = await (await start(builder.write())).invoke()
    error = json.loads(invocation.payload)
    assert error["errorType"] == error_type, invocation.log_lines()
    assert message in error["errorMessage"]
    assert f"Init error when loading handler {handler}" in invocation.log_lines()
    reports = [line for line in invocation.log_lines() if line.startswith("INIT_REPORT")]
    assert ["Phase: init" in reports[0], "Phase: invoke" in reports[1]] == [True, True]


@ruby
@with_function("nowhere.handler")
async def test_ruby_without_its_file(engine: EngineInTest, probe: Probe, sandbox: str) -> None:
    invocation = await engine.invoke({"text": "a"})
    error = json.loads(invocation.payload)
    assert (error["errorType"], error["errorMessage"]) == ("Init<LoadError>", "cannot load such file -- nowhere")
    assert "\tStatus: error" in invocation.log_lines()[-1]


@ruby
async def test_rubys_missing_handler_method(start: StartEngine, probe: Probe, tmp_path: Path) -> None:
    files = {"app.rb": "def handler(event:, context:)\nend\n"}
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", files, runtime=probe.runtime, handler="app.handlr")
    error = json.loads((await (await start(builder.write())).invoke()).payload)
    assert error["errorType"] == "Function<NoMethodError>"
    assert error["errorMessage"].replace("`", "'").startswith("undefined method 'handlr' for ")


@java
@pytest.mark.parametrize(
    ("engine", "expected"),
    [(("example.Handler::greet", 20), '"hello a"'), (("example.Streamed", 20), '{"text":"a"}')], indirect=["engine"],
    ids=["method", "stream"],
)
async def test_javas_other_handlers(engine: EngineInTest, probe: Probe, expected: str) -> None:
    invocation = await engine.invoke({"text": "a"})
    assert invocation.payload == expected, invocation.log_lines()


@java
@pytest.mark.parametrize(
    ("engine", "error"),
    [
        (("example.Nobody", 20), {
            "errorType": "java.lang.ClassNotFoundException", "errorMessage": "Class not found: example.Nobody",
        }),
        (("example.Handler::none", 20), {
            "errorType": "java.lang.IllegalArgumentException",
            "errorMessage": "No public method named none with appropriate method signature found on class class example.Handler",
        }),
    ],
    indirect=["engine"], ids=["class", "method"],
)
async def test_java_that_does_not_start(engine: EngineInTest, probe: Probe, error: dict[str, Any]) -> None:
    invocation = await engine.invoke({"text": "a"})
    assert {key: json.loads(invocation.payload)[key] for key in error} == error, invocation.log_lines()


@pytest.mark.docker
@pytest.mark.parametrize("runtime", ["ruby3.3", "java17", "provided.al2023", "python3.11"])
def test_images_keep_the_contract(docker_images: dict[str, str], runtime: str) -> None:
    image = docker_images[runtime]
    found = subprocess.run(["docker", "inspect", "--format", "{{json .Config}}", image], capture_output=True, check=True)
    config = json.loads(found.stdout)
    assert (config["Entrypoint"], config.get("Cmd") or [], config["WorkingDir"]) == (["/lambda-entrypoint.sh"], [], "/var/task")
    names = ["LANG", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LD_LIBRARY_PATH", "PATH", "TZ"]
    assert sorted(entry.split("=")[0] for entry in config["Env"]) == sorted(names)
    name = f"workbench-contract-{uuid.uuid4().hex[:8]}"
    refused = subprocess.run(
        ["docker", "run", "--name", name, "--network", "none", image, "a", "b"], capture_output=True, text=True)
    # Asked for afterwards: through Podman's socket the docker command itself always exits with 0.
    code = subprocess.run(["docker", "inspect", "--format", "{{.State.ExitCode}}", name], capture_output=True, text=True)
    subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=True)
    assert code.stdout == "142\n"
    assert refused.stderr == "entrypoint requires the handler name to be the first argument\n"


@java
async def test_javas_causes(engine: EngineInTest, probe: Probe) -> None:
    error = json.loads((await engine.invoke({"text": "a", "action": "raise"})).payload)
    assert error["cause"]["errorMessage"] == "deeper"
    assert error["cause"]["errorType"] == "java.lang.RuntimeException"


@pytest.mark.parametrize(("runtime", "language"), [("java21", "Java"), ("dotnet8", ".NET"), ("go1.x", "Go")])
@pytest.mark.parametrize("sandbox", ["process"], indirect=True)
async def test_runtimes_that_need_docker_say_so(
    start: StartEngine, tmp_path: Path, runtime: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")  # an engine that answers is to be chosen, not started
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"readme.txt": ""}, runtime=runtime, handler="x")
    engine = await start(builder.write())
    with pytest.raises(ServiceError, match=f"{language} functions need Docker") as refused:
        await engine.invoke()
    assert "Start Docker" in str(refused.value) + refused.value.hint


PYTHON_PROBE = """
    import os, sys
    count = 0

    def handler(event, context):
        global count
        count += 1
        print("marker", event["text"])
        if event.get("action") == "raise":
            raise ValueError("boom")
        if event.get("action") == "crash":
            os._exit(3)
        return {"version": "%d.%d" % sys.version_info[:2], "count": count, "id": context.aws_request_id}
"""
NODE_PROBE = """
    let count = 0;
    export const handler = async (event, context) => {
      count += 1;
      console.log("marker", event.text);
      if (event.action === "raise") throw new TypeError("boom");
      if (event.action === "crash") process.kill(process.pid, "SIGKILL");
      return { version: process.versions.node.split(".")[0], count, id: context.awsRequestId };
    };
"""
in_a_process = pytest.mark.parametrize("sandbox", ["process"], indirect=True)


@in_a_process
@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.parents[1].name)
async def test_every_python_that_is_installed(start: StartEngine, tmp_path: Path, python: Path) -> None:
    version = ".".join(python.parents[1].name.split(".")[:2])
    engine = await start(one_function(tmp_path / "w", PYTHON_PROBE, runtime=f"python{version}"))
    await _works(engine, version)
    error = json.loads((await engine.invoke({"text": "x", "action": "raise"})).payload)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "boom")
    await _ends(engine, "exit status 3")


@in_a_process
@pytest.mark.node
@pytest.mark.parametrize("generation", generations(), ids=lambda generation: generation.name)
async def test_both_generations_of_node(
    start: StartEngine, tmp_path: Path, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        node, _ = aws_client(generation)
    except NotInstalled as missing:
        pytest.skip(str(missing))
    version = str((await ask_version(Path(node), "node"))[0])
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(node).parent), os.environ["PATH"])))
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.mjs": NODE_PROBE}, runtime=f"nodejs{version}.x")
    engine = await start(builder.write())
    await _works(engine, version)
    error = json.loads((await engine.invoke({"text": "x", "action": "raise"})).payload)
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "boom")
    await _ends(engine, "signal: killed")


async def _works(engine: EngineInTest, version: str) -> None:
    """Cold, then warm, by exactly this version."""
    for count, text in enumerate(("a", "b"), start=1):
        invocation = await engine.invoke({"text": text})
        expected = {"version": version, "count": count, "id": invocation.request_id}
        assert json.loads(invocation.payload) == expected, invocation.log_lines()
        assert any(line.endswith(f"marker {text}") for line in invocation.log_lines())
        assert invocation.start == ("cold" if count == 1 else "warm")


async def _ends(engine: EngineInTest, reason: str) -> None:
    invocation = await engine.invoke({"text": "last", "action": "crash"})
    assert json.loads(invocation.payload)["errorMessage"].endswith(f"Runtime exited with error: {reason}")
    assert any(line.endswith("marker last") for line in invocation.log_lines())
