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

from tests.contract.conftest import StartEngine, in_a_process
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


everywhere = _pairs(RUBY, JAVA, C, RUST, sandboxes=ALL)
ruby = _pairs(RUBY)
java = _pairs(JAVA)
TIMED = [pytest.param(probe, sandbox, ("", timeout_s), id=f"{probe.language}-{sandbox}", marks=_marks(probe, sandbox))
         for probe, sandbox, timeout_s in ((RUBY, "process", 2), (C, "process", 2), (RUST, "docker", 2), (JAVA, "docker", 8))]
"""Each language once, and each kind of sandbox: what ends them is the same for all. Java has to start again within its time."""


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
async def test_the_life_of_an_environment(engine: EngineInTest, probe: Probe, sandbox: str, tmp_path: Path) -> None:
    """All in one: cold, warm, an error that is raised, a crash, and whole again."""
    task_root = _task_root(sandbox, tmp_path)
    await _cold_then_warm_with_payload_and_context(engine, probe, sandbox, task_root)
    await _every_line_belongs_to_its_request(engine)
    await _a_raised_error(engine, probe, task_root)
    await _a_crash(engine)


async def _cold_then_warm_with_payload_and_context(engine: EngineInTest, probe: Probe, sandbox: str, task_root: str) -> None:
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
    assert answer["root"] == task_root
    assert (answer["count"], json.loads(warm.payload)["count"]) == (1, 2)
    assert cold.metrics is not None
    assert warm.metrics is not None
    assert cold.metrics.init_duration_ms is not None
    assert warm.metrics.init_duration_ms is None


async def _every_line_belongs_to_its_request(engine: EngineInTest) -> None:
    for number in range(3):
        invocation = await engine.invoke({"text": str(number)})
        assert sorted(_lines_of_function(invocation)) == [f"beside {number}", f"marker {number}"], invocation.log_lines()


async def _a_raised_error(engine: EngineInTest, probe: Probe, task_root: str) -> None:
    invocation = await engine.invoke({"text": "x", "action": "raise"})
    error = json.loads(invocation.payload)
    stack = error.pop("stackTrace", None)
    assert (invocation.status, invocation.function_error) == ("error", "Unhandled")
    assert {key: error[key] for key in ("errorMessage", "errorType")} == probe.error
    if probe.frame:
        assert stack[0].startswith(probe.frame.format(root=task_root)), stack
    if probe is JAVA:
        assert (error["cause"]["errorMessage"], error["cause"]["errorType"]) == ("deeper", "java.lang.RuntimeException")
    log = _lines_of_function(invocation)
    assert "marker x" in log
    for expected in probe.own_log:
        assert any(line.startswith(expected) for line in log), log
    again = await engine.invoke({"text": "y"})
    assert (again.status, again.start) == ("success", "warm")


async def _a_crash(engine: EngineInTest) -> None:
    invocation = await engine.invoke({"text": "last words", "action": "crash"})
    assert json.loads(invocation.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Runtime exited with error: exit status 3",
    }
    assert "marker last words" in invocation.log_lines()
    assert invocation.log_lines()[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError")
    again = await engine.invoke({"text": "again"})
    assert (again.status, json.loads(again.payload)["count"]) == ("success", 1)


@pytest.mark.parametrize(("probe", "sandbox", "engine"), TIMED, indirect=["sandbox", "engine"])
async def test_timeout(engine: EngineInTest, probe: Probe) -> None:
    assert (await engine.invoke({"text": "a"})).status == "success"
    invocation = await engine.invoke({"text": "before", "action": "sleep"})
    assert json.loads(invocation.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Task timed out after {8 if probe is JAVA else 2}.00 seconds",
    }
    assert "marker before" in invocation.log_lines()
    assert json.loads((await engine.invoke({"text": "b"})).payload)["count"] == 1


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


RUBY_NOT_STARTING: dict[str, tuple[dict[str, str], str, str, str]] = {
    "NoFile": ({}, "app.handler", "Init<LoadError>", "cannot load such file -- app"),
    "NoGem": ({"app.rb": "require 'missing_gem_x'\n"}, "app.handler", "Init<LoadError>",
              "cannot load such file -- missing_gem_x"),
    "Syntax": ({"app.rb": "def handler(\n"}, "app.handler", "Init<SyntaxError>", "syntax error"),
    "Raises": ({"app.rb": "raise 'at load'\n"}, "app.handler", "Init<RuntimeError>", "at load"),
    "BadName": ({"app.rb": "def handler(event:, context:) = 1\n"}, "app", "Init<ArgumentError>",
                'Invalid handler ["app"], must be'),
}
"""Function name -> files, handler, error type, message."""


@_pairs(RUBY, sandboxes=("process",))
async def test_ruby_that_does_not_start(start: StartEngine, probe: Probe, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, (files, handler, _, _) in RUBY_NOT_STARTING.items():
        builder.function(name, {"readme.txt": "", **files}, runtime=probe.runtime, handler=handler)
    engine = await start(builder.write())
    for name, (_, handler, error_type, message) in RUBY_NOT_STARTING.items():
        invocation = await engine.invoke(function=name)
        error = json.loads(invocation.payload)
        assert error["errorType"] == error_type, invocation.log_lines()
        assert message in error["errorMessage"]
        assert f"Init error when loading handler {handler}" in invocation.log_lines()
        reports = [line for line in invocation.log_lines() if line.startswith("INIT_REPORT")]
        assert ["Phase: init" in reports[0], "Phase: invoke" in reports[1]] == [True, True]


@ruby
async def test_ruby_without_its_file_or_its_method(start: StartEngine, probe: Probe, tmp_path: Path) -> None:
    files = {"app.rb": "def handler(event:, context:)\nend\n"}
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", files, runtime=probe.runtime, handler="app.handlr")
    builder.function("NoFile", files, runtime=probe.runtime, handler="nowhere.handler")
    engine = await start(builder.write())
    error = json.loads((await engine.invoke()).payload)
    assert error["errorType"] == "Function<NoMethodError>"
    assert error["errorMessage"].replace("`", "'").startswith("undefined method 'handlr' for ")
    invocation = await engine.invoke(function="NoFile")
    error = json.loads(invocation.payload)
    assert (error["errorType"], error["errorMessage"]) == ("Init<LoadError>", "cannot load such file -- nowhere")
    assert "\tStatus: error" in invocation.log_lines()[-1]


JAVAS_ANSWERS: dict[str, tuple[str, Any]] = {
    "Method": ("example.Handler::greet", "hello a"),
    "Stream": ("example.Streamed", {"text": "a"}),
    "NoClass": ("example.Nobody", {
        "errorType": "java.lang.ClassNotFoundException", "errorMessage": "Class not found: example.Nobody",
    }),
    "NoMethod": ("example.Handler::none", {
        "errorType": "java.lang.IllegalArgumentException",
        "errorMessage": "No public method named none with appropriate method signature found on class class example.Handler",
    }),
}
"""Function name -> handler, answer (of an error's document: this part)."""


@java
async def test_javas_other_handlers(
    start: StartEngine, probe: Probe, probes: Probes, docker_images: dict[str, str], tmp_path: Path
) -> None:
    others = {name: handler for name, (handler, _) in JAVAS_ANSWERS.items()}
    engine = await start(probes.workspace(probe, tmp_path / "w", docker_images[JAVA.runtime], others=others))
    for name, (_, expected) in JAVAS_ANSWERS.items():
        invocation = await engine.invoke({"text": "a"}, name)
        answer = json.loads(invocation.payload)
        if isinstance(answer, dict):
            answer = {key: answer[key] for key in expected}
        assert answer == expected, invocation.log_lines()


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


@in_a_process
async def test_runtimes_that_need_docker_say_so(start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")  # an engine that answers is to be chosen, not started
    languages = {"java21": "Java", "dotnet8": ".NET", "go1.x": "Go"}
    builder = WorkspaceBuilder(tmp_path / "w")
    for runtime, language in languages.items():
        builder.function(f"On{language.strip('.')}", {"readme.txt": ""}, runtime=runtime, handler="x")
    engine = await start(builder.write())
    for language in languages.values():
        with pytest.raises(ServiceError, match=f"{language} functions need Docker") as refused:
            await engine.invoke(function=f"On{language.strip('.')}")
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
