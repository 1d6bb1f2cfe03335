"""Extensions live and fail beside a function as they do on Lambda, in every sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.extensions import HEAD, HELLO, LOYAL, known_late, printed, stop_environments, story, workspace_with_extensions
from workbench.engine.environment import first_init


async def test_an_extension_lives_with_its_environment(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_with_extensions(tmp_path / "w", {"loyal": LOYAL}))
    first, second = await engine.invoke(), await engine.invoke()
    assert (first.payload, second.payload, second.start) == ('"hello"', '"hello"', "warm")
    await stop_environments(engine)
    told = await story(engine)
    assert told.extension_lines == [
        f"loyal INVOKE {first.request_id}", f"loyal INVOKE {second.request_id}", "loyal SHUTDOWN SPINDOWN",
    ]
    assert told.records("platform.extension") == [{"name": "loyal", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}]
    work = told.records("sandbox.extension")
    assert [(each["phase"], each["status"]) for each in work] == [
        ("init", "success"), ("invoke", "success"), ("invoke", "success"), ("shutdown", "success"),
    ]
    types = told.types()
    assert types.index("platform.initStart") < types.index("platform.extension") < types.index("platform.initReport")
    assert "EXTENSION\tName: loyal\tState: Ready\tEvents: [INVOKE, SHUTDOWN]" in first.log_lines()


@in_a_process
async def test_one_that_is_ready_before_it_is_known_to_have_started_is_told_after_the_start(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A container engine may answer so late."""
    known_late(monkeypatch, lambda: engine.pool)
    engine = await start(workspace_with_extensions(tmp_path / "w", {"loyal": LOYAL}))
    assert (await engine.invoke()).payload == '"hello"'
    types = (await story(engine)).types()
    assert types.index("platform.initStart") < types.index("platform.extension") < types.index("platform.initReport")


@in_a_process
async def test_the_answer_does_not_wait_for_extensions_and_the_duration_does(start: StartEngine, tmp_path: Path) -> None:
    slow = """
        register(["INVOKE"])
        while True:
            event = next_event()
            time.sleep(0.4)
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"slow": slow}))
    answer = await engine.client.invoke("Function", b"{}")
    assert await engine.states() == ["busy"]
    await engine.client.invocation_events(answer.request_id)
    report = (await story(engine)).records("platform.report")[0]
    done = (await story(engine)).records("platform.runtimeDone")[0]
    assert report["metrics"]["durationMs"] >= 400 > done["metrics"]["durationMs"]
    assert report["spans"][0]["name"] == "extensionOverhead"
    assert report["metrics"]["billedDurationMs"] >= 400


@in_a_process
async def test_the_timeout_holds_for_extensions_too(start: StartEngine, tmp_path: Path) -> None:
    stuck = """
        register(["INVOKE", "SHUTDOWN"])
        say(NAME, next_event()["eventType"])
        time.sleep(1.3)
        event = next_event()
        say(NAME, event["eventType"], event["shutdownReason"])
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"stuck": stuck}, timeout_s=1))
    invocation = await engine.invoke()
    assert (invocation.payload, invocation.function_error, invocation.reported_status) == ('"hello"', "", "timeout")
    assert (await engine.invoke()).payload == '"hello"'
    told = await story(engine)
    assert told.extension_lines[:2] == ["stuck INVOKE", "stuck SHUTDOWN TIMEOUT"]
    assert told.records("platform.runtimeDone")[0]["status"] == "success"


@with_either_client
async def test_a_timeout_of_the_function_is_told_to_extensions(start: StartEngine, tmp_path: Path) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(event.get('s', 0))\n    return 'hello'\n"
    engine = await start(workspace_with_extensions(tmp_path / "w", {"loyal": LOYAL}, code, timeout_s=1))
    invocation = await engine.invoke({"s": 30})
    assert json.loads(invocation.payload)["errorType"] == "Sandbox.Timedout"
    again = await engine.invoke()
    assert again.payload == '"hello"'
    lines = (await story(engine)).extension_lines
    assert lines[:2] == [f"loyal INVOKE {invocation.request_id}", "loyal SHUTDOWN TIMEOUT"]


@with_either_client
async def test_a_crash_of_the_runtime_is_told_to_extensions(start: StartEngine, tmp_path: Path) -> None:
    code = "import os\ndef handler(event, context):\n    os._exit(3)\n"
    engine = await start(workspace_with_extensions(tmp_path / "w", {"loyal": LOYAL}, code))
    invocation = await engine.invoke()
    assert json.loads(invocation.payload)["errorMessage"].endswith("Runtime exited with error: exit status 3")
    await stop_environments(engine)
    assert (await story(engine)).extension_lines[-1] == "loyal SHUTDOWN FAILURE"


FAILING_IN_INIT = [
    ("sys.exit(7)", "Extension.Crash", "exit status 7"),
    ("register([])\nsys.exit(0)", "Extension.Crash", "exit code 0"),
    ('register([])\ncall("POST", "init/error", b\'{"errorMessage": "no key"}\','
     ' {"Lambda-Extension-Function-Error-Type": "Extension.NoKey"})\nsys.exit(1)',
     "Extension.InitError", "Extension.NoKey: no key"),
    ('register([])\ncall("POST", "exit/error", b"{}", {"Lambda-Extension-Function-Error-Type": "Extension.Gone"})\n'
     "sys.exit(1)", "Extension.ExitError", "Extension.Gone"),
]
"""Script, error type, message."""


@with_either_client
async def test_an_extension_that_fails_in_init(start: StartEngine, tmp_path: Path) -> None:
    """One after the other, each a change of the layer."""
    workspace = workspace_with_extensions(tmp_path / "w", {"bad": ""})
    engine = await start(workspace)
    for script, error_type, message in FAILING_IN_INIT:
        (workspace / "opt" / "extensions" / "bad").write_text(HEAD + script)
        await engine.client.refresh()
        invocation = await engine.invoke()
        error = json.loads(invocation.payload)
        assert error == {"errorType": error_type, "errorMessage": f"RequestId: {invocation.request_id} Error: {message}"}
        reports = [line for line in invocation.log_lines() if line.startswith("INIT_REPORT")]
        assert [f"Error Type: {error_type}" in line for line in reports] == [True, True], invocation.log_lines()
        assert ["Phase: init" in reports[0], "Phase: invoke" in reports[1]] == [True, True]


@with_either_client
async def test_an_extension_that_can_not_be_started(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_with_extensions(tmp_path / "w", {"plain": ""}, executable=False))
    invocation = await engine.invoke()
    assert json.loads(invocation.payload)["errorType"] == "Extension.LaunchError"
    assert any(line.startswith("EXTENSION\tName: plain\tState: LaunchError\tEvents: []\tError Type: ")
               for line in invocation.log_lines()), invocation.log_lines()


@with_either_client
async def test_an_extension_that_crashes_during_an_invocation(start: StartEngine, tmp_path: Path) -> None:
    crashing = """
        register(["INVOKE"])
        next_event()
        sys.exit(5)
    """
    code = "import time\ndef handler(event, context):\n    time.sleep(event.get('s', 0))\n    return 'hello'\n"
    engine = await start(workspace_with_extensions(tmp_path / "w", {"bad": crashing}, code))
    invocation = await engine.invoke({"s": 5})
    assert json.loads(invocation.payload) == {
        "errorType": "Extension.Crash", "errorMessage": f"RequestId: {invocation.request_id} Error: exit status 5",
    }
    assert invocation.log_lines()[-1].endswith("Status: error\tError Type: Extension.Crash")


@in_a_process
async def test_init_waits_for_extensions_and_has_its_limit(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_init, "INIT_LIMIT_S", 1.0)
    sleeper = 'register(["SHUTDOWN"])\ntime.sleep(60)\n'
    engine = await start(workspace_with_extensions(tmp_path / "w", {"sleeper": sleeper}, timeout_s=1))
    invocation = await engine.invoke()
    assert json.loads(invocation.payload)["errorType"] == "Sandbox.Timedout"
    assert any(line.endswith("Phase: init\tStatus: timeout") for line in invocation.log_lines())


async def test_shutdown_gives_the_runtime_sigterm_only_with_extensions(start: StartEngine, tmp_path: Path) -> None:
    """By a runtime of its own: AWS's client for Python 3.11 does not let handlers of signals run while it waits in `next`."""
    bootstrap = HEAD + """
def end(number, frame):
    say("SIGTERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
while True:
    rid = call("GET", "invocation/next", prefix="/2018-06-01/runtime/")[1]["Lambda-Runtime-Aws-Request-Id"]
    call("POST", f"invocation/{rid}/response", b'"hello"', prefix="/2018-06-01/runtime/")
"""
    seen = []
    for name, extensions in (("with", {"loyal": LOYAL}), ("without", {})):
        workspace = workspace_with_extensions(tmp_path / name, extensions, runtime="provided.al2023")
        (workspace / "function" / "bootstrap").write_text(bootstrap)
        (workspace / "function" / "bootstrap").chmod(0o755)
        engine = await start(workspace)
        assert (await engine.invoke()).payload == '"hello"'
        await stop_environments(engine)
        seen.append([event.record for event in (await story(engine)).events if event.type == "function"])
    assert seen == [["SIGTERM"], []]


@with_either_client
async def test_an_extension_that_ignores_shutdown_is_killed_in_time(start: StartEngine, tmp_path: Path) -> None:
    stubborn = """
        register(["SHUTDOWN"])
        event = next_event()
        say(event["eventType"], 0 < event["deadlineMs"] - time.time() * 1000 <= 2000)
        time.sleep(60)
    """
    uninterested = "register([])\nnext_event()\n"
    engine = await start(workspace_with_extensions(tmp_path / "w", {"stubborn": stubborn, "uninterested": uninterested}))
    assert (await engine.invoke()).payload == '"hello"'
    await stop_environments(engine)
    told = await story(engine)
    assert told.extension_lines == ["SHUTDOWN True"]
    ends = {each["name"]: each for each in told.records("sandbox.extension") if each["phase"] == "shutdown"}
    assert list(ends) == ["stubborn"]
    assert ends["stubborn"]["status"] == "error"


@in_a_process
async def test_forbidden_calls(start: StartEngine, tmp_path: Path) -> None:
    """Every transition that is refused, by an extension that tries."""
    rude = """
        results = {}
        results["no name"] = refused(call("POST", "register", b'{"events": []}'))
        results["no json"] = refused(call("POST", "register", b"?", {"Lambda-Extension-Name": NAME}))
        keys = b'{"events": [], "configurationKeys": ["a"]}'
        results["keys"] = refused(call("POST", "register", keys, {"Lambda-Extension-Name": NAME}))
        results["unknown event"] = refused(call("POST", "register", b'{"events": ["DANCE"]}', {"Lambda-Extension-Name": NAME}))
        results["no id"] = refused(call("GET", "event/next"))
        results["bad id"] = refused(call("GET", "event/next", None, {"Lambda-Extension-Identifier": "x"}))
        stranger = {"Lambda-Extension-Identifier": "00000000-0000-4000-8000-000000000000"}
        results["stranger"] = refused(call("GET", "event/next", None, stranger))
        results["no such path"] = refused(call("GET", "event/previous"))
        results["internal shutdown"] = refused(call("POST", "register", b'{"events": ["SHUTDOWN"]}',
                                                    {"Lambda-Extension-Name": "inner"}))
        status, answer = register(["INVOKE"], **{"Lambda-Extension-Accept-Feature": "accountId"})
        results["registered"] = [status, sorted(answer.items())]
        results["twice"] = refused(call("POST", "register", b'{"events": []}', {"Lambda-Extension-Name": NAME}))
        results["no error type"] = refused(call("POST", "init/error", b"{}"))
        next_event()
        results["late init error"] = refused(call("POST", "init/error", b"{}", {"Lambda-Extension-Function-Error-Type": "E.X"}))
        results["late internal"] = refused(call("POST", "register", b'{"events": []}', {"Lambda-Extension-Name": "late"}))
        results["late telemetry"] = refused(call("PUT", "/2022-07-01/telemetry", b"{}", {}, ""))
        results["late logs"] = refused(call("PUT", "/2020-08-15/logs", b"{}", {}, ""))
        say(json.dumps(results))
        next_event()
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"rude": rude}))
    assert (await engine.invoke()).payload == '"hello"'
    results = json.loads((await printed(engine, 1))[0])
    registered = {"functionName": "Function", "functionVersion": "$LATEST", "handler": "app.handler", "accountId": "123456789012"}
    assert results.pop("registered") == [200, [list(item) for item in sorted(registered.items())]]
    assert results == {
        "no name": [403, "Extension.InvalidExtensionName"],
        "no json": [403, "InvalidRequestFormat"],
        "keys": [403, "InvalidRequestFormat"],
        "unknown event": [403, "Extension.InvalidEventType"],
        "no id": [403, "Extension.MissingExtensionIdentifier"],
        "bad id": [403, "Extension.InvalidExtensionIdentifier"],
        "stranger": [403, "Extension.UnknownExtensionIdentifier"],
        "no such path": [404, "NotFound"],
        "internal shutdown": [403, "Extension.InvalidEventType"],
        "twice": [403, "Extension.InvalidExtensionState"],
        "no error type": [403, "Extension.MissingHeader"],
        "late init error": [403, "Extension.InvalidExtensionState"],
        "late internal": [403, "Extension.RegistrationClosed"],
        "late telemetry": [403, "Telemetry.SubscriptionClosed"],
        "late logs": [403, "Logs.SubscriptionClosed"],
    }


@in_a_process
async def test_internal_extensions_get_invoke_and_half_a_second(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import http.client, json, os, threading
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        seen = []
        def call(method, path, body=None, headers={}):
            connection = http.client.HTTPConnection(host, int(port))
            connection.request(method, "/2020-01-01/extension/" + path, body, headers)
            answer = connection.getresponse()
            return answer.headers, json.loads(answer.read())
        headers, _ = call("POST", "register", b'{"events": ["INVOKE"]}', {"Lambda-Extension-Name": "inner"})
        own = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
        def live():
            while True:
                seen.append(call("GET", "event/next", None, own)[1]["requestId"])
        threading.Thread(target=live, daemon=True).start()
        too_many = []
        for number in range(10):
            answer = call("POST", "register", b"{}", {"Lambda-Extension-Name": f"more{number}"})
            if "errorType" in answer[1]:
                too_many.append(answer[1]["errorType"])
            else:
                more = {"Lambda-Extension-Identifier": answer[0]["Lambda-Extension-Identifier"]}
                threading.Thread(target=call, args=("GET", "event/next", None, more), daemon=True).start()
        def handler(event, context):
            return [too_many, list(seen)]
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {}, code))
    first = await engine.invoke()
    second = await engine.invoke()
    too_many, seen = json.loads(second.payload)
    assert too_many == ["Extension.TooManyExtensions"]
    assert seen[0] == first.request_id
    names = {each["name"] for each in (await story(engine)).records("platform.extension")}
    assert names == {"inner", *(f"more{number}" for number in range(9))}


@in_a_process
async def test_an_environment_without_extensions_tells_nothing_of_them(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_with_extensions(tmp_path / "w", {}, HELLO))
    assert (await engine.invoke()).payload == '"hello"'
    await stop_environments(engine)
    told = await story(engine)
    assert not [kind for kind in told.types() if "extension" in kind]
    assert "spans" not in told.records("platform.report")[0]
