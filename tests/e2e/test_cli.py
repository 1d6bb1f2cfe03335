"""The commands as a person runs them: real processes, their output and their exit status."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from tests.support.engines import ServeProcess, served, until
from tests.support.forked_commands import CAN_FORK, forked_commands
from tests.support.workspaces import WorkspaceBuilder
from workbench.workspace.state_directory import state_directory

ECHO = """
    import os
    def handler(event, context):
        print("seen", event)
        return {"event": event, "pid": os.getpid()}
"""
FAILING = """
    def handler(event, context):
        raise ValueError("wrong on purpose")
"""
WAITING = """
    import pathlib, time
    def handler(event, context):
        pathlib.Path(event["started"]).touch()
        time.sleep(60)
"""
KEYS = {"requestId", "functionName", "version", "sandbox", "environmentId", "start", "status", "functionError", "payload",
        "payloadText", "metrics", "phases", "log", "cost"}
METRICS = {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"}
LASTING_STATE = {".gitignore", "history.json", "journal.sqlite", "queue.sqlite"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Three functions that run in processes, and events."""
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, code in (("Echo", ECHO), ("Failing", FAILING), ("Waiting", WAITING)):
        builder.function(name, {"app.py": code}, timeout_s=90)
    root = builder.write()
    (root / "events" / "Echo").mkdir(parents=True)
    (root / "events" / "order.json").write_text('{"order": 1}')
    (root / "events" / "Echo" / "first.json").write_text('{"first": true}')
    (root / "events" / "Echo" / "first.expect").write_text("{")
    (root / "events" / "Echo" / "second.json").write_text("{}")
    (root / "events" / "Echo" / "second.expect").write_text("\n")
    (root / "events" / "bad.json").write_text('{"order": 1,}')
    return root


def run_workbench(
    *arguments: str | Path, stdin: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`workbench` to its end. Whatever it is asked, it never shows a traceback."""
    done = run_for_bytes(*arguments, stdin=stdin, environment=environment)
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in errors, errors
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


def run_for_bytes(
    *arguments: str | Path, stdin: str = "", environment: Mapping[str, str] | None = None, stdout: IO[bytes] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, forked from one that has imported what commands need: starting one whole takes a second."""
    given, variables = [str(argument) for argument in arguments], {**os.environ, **(environment or {})}
    if CAN_FORK:
        return forked_commands().run(given, stdin=stdin, environment=variables, timeout_s=120, stdout=stdout)
    return run_whole(*given, stdin=stdin, environment=variables, stdout=stdout)


def run_whole(
    *arguments: str, stdin: str, environment: Mapping[str, str], stdout: IO[bytes] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Started as a shell starts it."""
    command = [sys.executable, "-m", "workbench", *arguments]
    return subprocess.run(command, input=stdin.encode(), stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          env=dict(environment))


def invoke(workspace: Path, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run_workbench("invoke", *arguments, "-w", workspace, "--sandbox", "process", stdin=stdin)


def documents(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def state_of(workspace: Path) -> set[str]:
    return {path.name for folder in (workspace / ".workbench", state_directory(workspace)) for path in folder.iterdir()}


def runtimes_of(server: ServeProcess) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def test_without_a_home_it_is_said_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "workbench", "cache"], env=os.environ | {"HOME": "no-path"}, cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Set HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_json_document_is_complete(workspace: Path) -> None:
    done = invoke(workspace, "Echo", "--json", "--repeat", "3", "-e", "order")
    assert (done.returncode, done.stderr) == (0, "")
    cold, *warm = documents(done)
    for document in (cold, *warm):
        assert set(document) == KEYS
        assert (document["functionName"], document["version"], document["sandbox"]) == ("Echo", "$LATEST", "process")
        assert (document["status"], document["functionError"]) == ("success", None)
        assert document["payload"]["event"] == {"order": 1}
        assert all(set(phase) == {"name", "startMs", "durationMs"} for phase in document["phases"])
        assert f"START RequestId: {document['requestId']} Version: $LATEST" in document["log"]
        assert "seen {'order': 1}" in document["log"]
        assert document["cost"]["usd"] > 0
        assert document["cost"]["formula"]
    assert set(cold["metrics"]) == METRICS | {"initDurationMs"}
    assert [set(document["metrics"]) for document in warm] == [METRICS, METRICS]
    assert [document["start"] for document in (cold, *warm)] == ["cold", "warm", "warm"]
    assert len({document["requestId"] for document in (cold, *warm)}) == 3
    assert len({document["environmentId"] for document in (cold, *warm)}) == 1
    assert state_of(workspace) <= LASTING_STATE


@pytest.mark.parametrize(("event", "expected"), [
    ("", {}), ("order", {"order": 1}), ("Echo/first", {"first": True}), ("-", ["ü"]), ("file", {"from": "file"}),
    ('{"n": 1}', {"n": 1}), ('["' + "ü" * 5000 + '"]', ["ü" * 5000]), ("17", 17), ("null", None),
])
def test_where_the_event_comes_from(workspace: Path, tmp_path: Path, event: str, expected: object) -> None:
    (tmp_path / "file.json").write_text('{"from": "file"}')
    given = str(tmp_path / "file.json") if event == "file" else event
    done = invoke(workspace, "Echo", "--json", *(["-e", given] if given else []), stdin='["ü"]')
    assert documents(done)[0]["payload"]["event"] == expected


TALKING = """
    import sys
    def handler(event, context):
        print("日本 é \U0001f600")
        return event
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii", "latin-1"])
def test_any_output_encoding_works(tmp_path: Path, encoding: str) -> None:
    root = WorkspaceBuilder(tmp_path / "w").function("Talking", {"app.py": TALKING}).write()
    event = json.dumps({"é": "日本 \U0001f600 █"})
    command = ("invoke", "Talking", "-w", root, "--sandbox", "process", "-e", event)
    people, script = (run_for_bytes(*command, *more, environment={"PYTHONIOENCODING": encoding}) for more in ([], ["--json"]))
    assert (people.returncode, script.returncode, people.stderr, script.stderr) == (0, 0, b"", b"")
    assert "Succeeded  Talking" in people.stdout.decode(encoding)
    document = json.loads(script.stdout.decode(encoding))
    assert document["payload"] == json.loads(event)
    assert "日本 é \U0001f600" in document["log"]


ANSWERS = """
    from decimal import Decimal
    def handler(event, context):
        return {"text": "not JSON, but a text", "big": 123456789012345678901234567890, "nested": [1.50, None]}
"""


def test_the_payload_is_json_and_text(tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path / "w").function("Answers", {"app.py": ANSWERS}).write()
    (document,) = documents(invoke(root, "Answers", "--json"))
    assert document["payload"] == json.loads(document["payloadText"])
    assert document["payload"]["big"] == 123456789012345678901234567890


MISSING_LAYER = """
    Layers: [!GetAtt Child.Outputs.LayerArn]
"""


def test_notices_are_never_lost(tmp_path: Path) -> None:
    """A layer that is left out was told in one of ten runs: the command ended before it had read it."""
    code = {"app.py": "def handler(event, context): return 1"}
    root = WorkspaceBuilder(tmp_path / "w").function("F", code, properties=MISSING_LAYER).write()
    for _ in range(5):
        done = invoke(root, "F", "--json")
        assert done.returncode == 0
        assert "layer" in done.stderr, done.stderr


def test_notices_of_a_run_that_fails_are_told_too(tmp_path: Path) -> None:
    code = {"app.py": "import missing_module"}
    root = WorkspaceBuilder(tmp_path / "w").function("F", code, properties=MISSING_LAYER).write()
    done = invoke(root, "F", "--json", "--repeat", "2")
    assert done.returncode == 1
    assert done.stderr.count("layer") >= 1


def test_properties_without_effect_are_listed_once(tmp_path: Path) -> None:
    code = {"app.py": "def handler(event, context): return 1"}
    properties = "Tracing: Active\nVpcConfig: {SubnetIds: [subnet-1]}\nMemory: 512"
    root = WorkspaceBuilder(tmp_path / "w").function("F", code, properties=properties).write()
    done = invoke(root, "F", "--repeat", "2")
    assert done.returncode == 0
    listed = done.stdout.split("Not enforced here:")[1]
    assert "VpcConfig: The function has this machine's network" in listed
    assert "Memory: A function of this type has no such property (is MemorySize meant?)" in listed
    assert done.stdout.count("Tracing: ") == 1


def test_the_version() -> None:
    done = run_whole("--version", stdin="", environment=os.environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(rb"workbench \d+\.\d+\.\d+\n", done.stdout)


def test_for_people(workspace: Path) -> None:
    good, bad = invoke(workspace, "Echo"), invoke(workspace, "Failing")
    assert (good.returncode, bad.returncode) == (0, 1)
    assert "Succeeded  Echo · cold start" in good.stdout
    assert "seen {}" in good.stdout
    assert "REPORT RequestId: " in good.stdout
    assert "Failed  Failing · cold start" in bad.stdout
    assert '"errorMessage": "wrong on purpose"' in bad.stdout


def test_a_failure_of_the_function_is_exit_status_1(workspace: Path) -> None:
    done = invoke(workspace, "Failing", "--json", "--repeat", "2")
    assert done.returncode == 1
    first, second = documents(done)
    assert set(first) == KEYS
    assert (first["status"], first["functionError"], second["start"]) == ("error", "Unhandled", "warm")
    assert first["payload"]["errorType"] == "ValueError"


def test_what_an_event_expects_decides_the_exit_status(workspace: Path) -> None:
    (workspace / "events" / "order.expect").write_text('{"event": {"order": 1}}')
    met = invoke(workspace, "Echo", "-e", "order", "--expect")
    assert (met.returncode, "✓ The result is as expected" in met.stdout) == (0, True)
    (workspace / "events" / "order.expect").write_text('{"event": {"order": 2}}')
    done = invoke(workspace, "Echo", "-e", "order", "--expect", "--json")
    assert done.returncode == 1
    assert documents(done)[0]["expected"] == {"met": False, "differences": ["$.event.order is 1, not 2."]}
    (workspace / "events" / "order.expect").write_text('{"errorType": "ValueError"}')
    assert invoke(workspace, "Failing", "-e", "order", "--expect").returncode == 0
    unmet = invoke(workspace, "Echo", "-e", "order", "--expect")
    assert (unmet.returncode, "  The function succeeded, and an error is expected." in unmet.stdout) == (1, True)
    (workspace / "events" / "order.expect").write_text('{"$status": "error", "$maxDurationMs": 0.0001}')
    slow = invoke(workspace, "Failing", "-e", "order", "--expect")
    assert (slow.returncode, " ms, more than 0.0001 ms." in slow.stdout) == (1, True)
    assert invoke(workspace, "Echo", "-e", "order").returncode == 0


@pytest.mark.parametrize(("arguments", "sentences"), [
    (["Echo", "--expect"], ["--expect needs an event that is a file."]),
    (["Echo", "-e", "{}", "--expect"], ["--expect needs an event that is a file."]),
    (["Echo", "-e", "order", "--expect"], ["There is nothing that order.json expects.", "order.expect"]),
    (["Echo", "-e", "Echo/first", "--expect"], ["What is expected is not JSON", "statusCode"]),
    (["Echo", "-e", "Echo/second", "--expect"], ["There is nothing that second.json expects."]),
    (["Nope"], ["Function not found", "This workspace has: Echo, Failing, Waiting."]),
    (["Echo", "-e", "nope"], ["There is no event 'nope'.", "This workspace has the events bad, Echo/first, Echo/second, order."]),
    (["Echo", "-e", "bad"], ["InvalidRequestContentException: Could not parse request body into json"]),
    (["Echo", "-e", "{" + "x" * 5000], ["The event '{xxxx", "…' is not JSON: ", "-e -"]),
    (["Echo", "-e", "{n: 1}"], ["The event '{n: 1}' is not JSON: ", "Check the quotes"]),
    (["Echo", "--repeat", "0"], ["--repeat"]),
])
def test_what_can_not_be_run_is_exit_status_2(workspace: Path, arguments: list[str], sentences: list[str]) -> None:
    done = invoke(workspace, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    for sentence in sentences:
        assert sentence in done.stderr


def test_a_template_that_is_not_yaml(workspace: Path) -> None:
    (workspace / "template.yaml").write_text("Resources:\n  Echo:\n    Type: AWS::Serverless::Function\n   Wrong: indentation\n")
    done = invoke(workspace, "Echo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("workbench: template.yaml, line 4, column 4: ")
    assert "Function not found" not in done.stderr


def test_state_files_with_something_else_in_them_are_set_aside_and_told(workspace: Path) -> None:
    folders = (state_directory(workspace), workspace / ".workbench")
    folders[1].mkdir()
    for folder in folders:
        for name in ("journal.sqlite", "engine.json", "settings.json", "runtimes.json", "template.json"):
            (folder / name).write_text("something else")
    done = invoke(workspace, "Echo")
    assert done.returncode == 0
    for name in ("journal.sqlite", "settings.json"):
        assert f"{name} is damaged: it was set aside as " in done.stderr
    assert {"journal.sqlite", "settings.json", "engine.json", "runtimes.json"} & state_of(workspace)
    assert "set aside" not in invoke(workspace, "Echo").stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["values"], ["invoke", "Echo", "--sandbox", "process"]])
def test_output_that_has_no_room_is_told(workspace: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    with open("/dev/full", "wb") as full:
        done = run_for_bytes(*arguments, stdout=full)
    told = done.stderr.decode().splitlines()
    assert (done.returncode, told[0]) == (2, "workbench: The operating system refused: No space left on device.")
    assert len(told) == 2, "Python complains of nothing when it ends"


@pytest.mark.parametrize("command", [["invoke", "Echo"], ["serve", "-p", "0"], ["doctor"]])
def test_a_workspace_that_is_not_there(tmp_path: Path, command: list[str]) -> None:
    done = run_workbench(*command, "-w", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no folder {tmp_path / 'missing'}." in done.stderr
    assert not (tmp_path / "missing").exists()


def test_a_window_that_can_not_be_opened(tmp_path: Path) -> None:
    missing = run_workbench(tmp_path / "missing")
    nowhere = run_workbench(environment={"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""})
    gone = run_workbench(environment={"DISPLAY": ":4711", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""})
    assert (missing.returncode, nowhere.returncode, gone.returncode) == (2, 2, 2)
    assert "There is no folder" in missing.stderr
    assert "There is no display" in nowhere.stderr
    assert "The display :4711 does not answer." in gone.stderr


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"])
def test_docker_that_is_not_there(workspace: Path, host: str) -> None:
    done = run_workbench("invoke", "Echo", "-w", workspace, "--sandbox", "docker", environment={"DOCKER_HOST": host})
    assert (done.returncode, done.stdout) == (2, "")
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith("workbench: ")
    assert host.removeprefix("unix://") in sentence
    assert "Exception" not in sentence.split(":")[1]
    assert "Start Docker" in hint


def test_two_at_once_without_an_engine(workspace: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(invoke, workspace, "Echo", "--json") for _ in range(2)]
    for done in (each.result() for each in both):
        assert done.returncode == 0
        # One of them has the history's file. The other waits for it for a while, and says so if that was not long enough.
        assert done.stderr == "" or done.stderr.startswith("This engine's history is not kept (database is locked)")
        assert documents(done)[0]["status"] == "success"
    assert state_of(workspace) <= LASTING_STATE


def _listen_to_interrupts() -> None:
    """A shell lets what it starts in the background ignore SIGINT; the person of this test has it in the foreground."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_invocation_leaves_nothing(workspace: Path, tmp_path: Path) -> None:
    started, event = tmp_path / "started", tmp_path / "event.json"
    event.write_text(json.dumps({"started": str(started)}))
    command = [sys.executable, "-m", "workbench", "invoke", "Waiting", "-w", workspace, "--sandbox", "process", "-e", event]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_listen_to_interrupts
    )
    asyncio.run(until(started.exists, 20))
    runtimes = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "")
    assert runtimes
    assert not psutil.wait_procs(runtimes, timeout=15)[1]
    assert state_of(workspace) <= LASTING_STATE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_with_nothing_left(
    workspace: Path, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with served(workspace, "--sandbox", "process", is_whole=True) as server:
        assert (state_directory(workspace) / "engine.json").stat().st_mode & 0o777 == 0o600
        assert documents(run_workbench("invoke", "Echo", "-w", workspace, "--json"))[0]["status"] == "success"
        runtimes = runtimes_of(server)
        server.process.send_signal(number)
        output = server.ended()
    assert (server.process.returncode, output) == (0, "")
    assert runtimes
    assert not psutil.wait_procs(runtimes, timeout=15)[1]
    assert state_of(workspace) <= LASTING_STATE
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(not psutil.LINUX, reason="limits of other processes are Linux's")
def test_the_engine_opens_as_many_files_as_it_may_and_a_function_1024(workspace: Path) -> None:
    ours = psutil.Process().rlimit(psutil.RLIMIT_NOFILE)
    psutil.Process().rlimit(psutil.RLIMIT_NOFILE, (900, ours[1]))
    try:
        with served(workspace, "--sandbox", "process", is_whole=True) as server:
            assert psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE)[0] > 900
            run_workbench("invoke", "Echo", "-w", workspace)
            limits = [Path(f"/proc/{runtime.pid}/limits").read_text() for runtime in runtimes_of(server)]
            assert any(re.search(r"Max open files +1024 +1024 ", each) for each in limits), limits
    finally:
        psutil.Process().rlimit(psutil.RLIMIT_NOFILE, ours)


def test_a_signal_right_after_the_first_line_is_not_lost(workspace: Path) -> None:
    with served(workspace) as server:
        server.process.terminate()
        server.ended()
    assert server.process.returncode == 0
    assert state_of(workspace) <= LASTING_STATE


def test_an_engine_of_a_window_ends_while_the_window_lives(workspace: Path) -> None:
    """The window holds its standard input open; that must not hold up the end."""
    command = [sys.executable, "-m", "workbench", "serve", "-w", str(workspace), "--child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on ")
        assert documents(invoke(workspace, "Echo", "--json"))[0]["status"] == "success"
        process.terminate()
        assert process.wait(8) == 0  # the window kills after ten seconds
    assert state_of(workspace) <= LASTING_STATE


def two_engines(workspace: Path) -> list[subprocess.Popen[str]]:
    """`workbench serve` twice at once."""
    command = [sys.executable, "-m", "workbench", "serve", "-w", str(workspace), "-p", "0"]
    return [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]


async def test_of_two_engines_started_at_once_one_stays(workspace: Path) -> None:
    both = two_engines(workspace)
    try:
        await until(lambda: any(process.poll() is not None for process in both), 30)
    finally:
        for process in both:
            process.terminate()
        told = [process.communicate(timeout=20) for process in both]
    assert sorted(out[:12] for out, _ in told) == ["", "listening on"]
    assert sum("An engine already serves this workspace" in err for _, err in told) == 1


def test_one_engine_a_workspace_and_one_a_port(workspace: Path, tmp_path: Path) -> None:
    with served(workspace) as server:
        second = run_workbench("serve", "-w", workspace, "-p", "0")
        assert (second.returncode, second.stdout) == (2, "")
        assert f"{server.url} (process {server.process.pid})" in second.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_workbench("serve", "-w", workspace, "-p", str(port))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"Port {port} is taken." in refused.stderr
    assert state_of(workspace) <= LASTING_STATE


def test_invoke_uses_the_engine_that_runs(workspace: Path) -> None:
    with served(workspace, "--sandbox", "process"):
        first, second, third = (
            documents(run_workbench("invoke", "Echo", "-w", workspace, "--json", *options))[0] for options in ([], [], ["--cold"])
        )
    assert [document["start"] for document in (first, second, third)] == ["cold", "warm", "cold"]
    assert first["environmentId"] == second["environmentId"] != third["environmentId"]


def test_after_a_killed_engine_the_next_one_starts(workspace: Path) -> None:
    with served(workspace, "--sandbox", "process") as server:
        assert documents(run_workbench("invoke", "Echo", "-w", workspace, "--json"))[0]["status"] == "success"
        runtimes = runtimes_of(server)
        server.process.kill()
        server.ended()
    assert runtimes
    assert not psutil.wait_procs(runtimes, timeout=10)[1]
    assert "engine.json" in state_of(workspace)
    with served(workspace, "--sandbox", "process"):
        assert documents(run_workbench("invoke", "Echo", "-w", workspace, "--json"))[0]["start"] == "cold"
    assert state_of(workspace) <= LASTING_STATE


def test_doctor(workspace: Path) -> None:
    done = run_workbench("doctor", "-w", workspace, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr, set(report)) == (0, "", {"version", "findings"})
    assert all(set(finding) == {"subject", "ok", "detail", "hint"} for finding in report["findings"])
    findings = {finding["subject"]: finding for finding in report["findings"]}
    assert findings["template.yaml"]["detail"] == "Echo, Failing, Waiting"
    assert findings["Sandbox process"]["ok"]
    assert {"Sandbox docker", "Port 9001", "Workspace folder", "python3.11", "nodejs20.x"} <= set(findings)
    for_people = run_workbench("doctor", "-w", workspace)
    assert "Echo, Failing, Waiting" in for_people.stdout


def test_help_names_the_commands_and_their_options() -> None:
    done = run_workbench("--help")
    assert done.returncode == 0
    for command in ("open", "serve", "invoke", "doctor"):
        assert f"\n  {command} " in done.stdout
    assert "--repeat" in run_workbench("invoke", "--help").stdout
