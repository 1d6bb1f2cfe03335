"""SnapStart as clients of AWS see it, with handlers that run: published, waited for, invoked.

Sources: Lambda guide, "Activating and managing Lambda SnapStart", "Lambda SnapStart runtime hooks for Python", "Handling
uniqueness with Lambda SnapStart"; recorded answers of the service.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.support.api_clients import Refusal, create, lambda_client, plain, refused, waited, zipped
from tests.support.engines import served
from tests.support.extensions import HEAD, LOYAL
from tests.support.shared_engine import SharedEngine
from workbench.model.past_invocations import PastInvocationFilter
from workbench.sandbox.process.fork_server import CAN_FORK

SNAP_START = {"ApplyOn": "PublishedVersions"}
HANDLER = '''
import os, random, socket, tempfile, time, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot

ORDER, ID, DRAWN = [], str(uuid.uuid4()), random.random()
FOUND = os.path.join(tempfile.gettempdir(), "found")
with open(FOUND, "w") as file:
    file.write("one\\\\ntwo\\\\n")
OPEN = open(FOUND)
LISTENER = socket.create_server(("127.0.0.1", 0))
CONNECTION = socket.create_connection(LISTENER.getsockname())
CONNECTION.setblocking(False)

@register_before_snapshot
def first():
    ORDER.append("before 1")

@register_before_snapshot
def second():
    ORDER.append("before 2")

@register_after_restore
def after():
    ORDER.append("after 1")
    print("restored")

register_after_restore(ORDER.append, "after 2")

def stale():
    try:
        return CONNECTION.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True

def handler(event, context):
    if "meet" in event:
        open(event["meet"] + "." + context.aws_request_id, "w").close()
        while not os.path.exists(event["meet"]):
            time.sleep(0.005)
    if "exit" in event:
        os._exit(event["exit"])
    if "mark" in event:
        with open(os.path.join(tempfile.gettempdir(), "mark"), "w") as file:
            file.write(event["mark"])
    return {"order": ORDER, "id": ID, "drawn": DRAWN, "next": random.random(), "line": OPEN.readline(), "stale": stale(),
            "files": sorted(os.listdir(tempfile.gettempdir())), "own": sorted(os.environ), "pid": os.getpid(),
            "parent": os.getppid()}
'''.replace("\\\\n", "\\n")


def published(client: Any, name: str, code: str = HANDLER, **parameters: Any) -> dict[str, Any]:
    """Create a function and publish version 1; the answer of PublishVersion."""
    create(client, name, Code={"ZipFile": zipped(code)}, SnapStart=SNAP_START, MemorySize=256, Timeout=30, **parameters)
    return plain(client.publish_version(FunctionName=name))


def active(client: Any, name: str, version: str = "1") -> dict[str, Any]:
    """Wait as deployments do; the version's configuration."""
    waiter = client.get_waiter("published_version_active")
    waiter.wait(FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 0.02, "MaxAttempts": 2_000})
    return plain(client.get_function_configuration(FunctionName=name, Qualifier=version))


def invoked(client: Any, name: str, event: dict[str, Any] | None = None, version: str = "1") -> tuple[Any, str]:
    answer = client.invoke(FunctionName=name, Qualifier=version, LogType="Tail", Payload=json.dumps(event or {}))
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode()


def test_a_version_is_pending_until_its_snapshot_is_made(client: Any, tmp_path: Path) -> None:
    may_begin = tmp_path / "may begin"
    answer = published(client, "pending", HANDLER + f"while not os.path.exists({str(may_begin)!r}):\n    time.sleep(0.01)\n")
    assert (answer["State"], answer["StateReasonCode"], answer["StateReason"]) == (
        "Pending", "Creating", "The function is being created.")
    assert "LastUpdateStatus" not in answer
    assert answer["SnapStart"] == {**SNAP_START, "OptimizationStatus": "On"}
    early = refused(client.invoke, FunctionName="pending", Qualifier="1")
    assert early == Refusal(409, "SnapStartNotReadyException", {"Type": "User", "Message": (
        "Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.")})
    may_begin.touch()
    found = active(client, "pending")
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert found["SnapStart"] == {**SNAP_START, "OptimizationStatus": "On"}
    latest = client.get_function_configuration(FunctionName="pending")
    assert latest["SnapStart"] == {**SNAP_START, "OptimizationStatus": "Off"}
    again = client.publish_version(FunctionName="pending")
    assert (again["Version"], again["State"]) == ("1", "Active"), "nothing has changed"


def test_hooks_run_and_the_report_tells_of_the_restore(client: Any) -> None:
    published(client, "hooks")
    active(client, "hooks")
    look_at_a_restore(client, "hooks", runs_init=not CAN_FORK)


def look_at_a_restore(client: Any, name: str, *, runs_init: bool) -> dict[str, Any]:
    """Invoke twice: restored, then warm. `runs_init`: INIT is part of a restore."""
    told, log = invoked(client, name)
    assert told["order"] == ["before 2", "before 1", "after 1", "after 2"]
    assert "WORKBENCH_SNAPSHOT" not in told["own"]
    assert ("INIT_START" in log) is runs_init, "a fork has had its INIT when its version was published"
    assert re.search(r"\nrestored\nRESTORE_REPORT Restore Duration: \d+\.\d\d ms\nSTART ", "\n" + log), log
    figures = re.search(r"\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\t.*\tMax Memory Used: \d+ MB\t"
                        r"Restore Duration: ([\d.]+) ms\tBilled Restore Duration: (\d+) ms\t\n", log)
    assert figures, log
    duration, billed, restore, billed_restore = map(float, figures.groups())
    assert billed_restore <= restore + 1
    assert duration + billed_restore - 1 <= billed <= duration + billed_restore + 1
    again, log = invoked(client, name)
    assert again["id"] == told["id"]
    assert "Restore Duration" not in log
    assert "Init Duration" not in log
    return dict(told)


def test_without_a_version_every_environment_runs_init_and_no_hook(client: Any) -> None:
    published(client, "latest")
    active(client, "latest")
    answer = client.invoke(FunctionName="latest", LogType="Tail")
    assert json.loads(answer["Payload"].read())["order"] == []
    assert b"Init Duration" in base64.b64decode(answer["LogResult"])


@pytest.mark.parametrize("code", [
    HANDLER + "register_before_snapshot(lambda: 1 / 0)\n", "raise ValueError('at INIT')\n"], ids=["a hook", "INIT"])
def test_a_version_whose_init_or_hook_fails_has_failed(client: Any, code: str, request: pytest.FixtureRequest) -> None:
    """Recorded by deployments: State Failed, FunctionError, "An error occurred during function initialization."."""
    name = f"failing-{request.node.callspec.id.replace(' ', '-')}"
    published(client, name, code)
    deadline_s = time.monotonic() + 60
    while (found := client.get_function_configuration(FunctionName=name, Qualifier="1"))["State"] == "Pending":
        assert time.monotonic() < deadline_s
    reason = "An error occurred during function initialization."
    assert (found["State"], found["StateReasonCode"], found["StateReason"]) == ("Failed", "FunctionError", reason)
    assert (found["LastUpdateStatus"], found["LastUpdateStatusReasonCode"]) == ("Failed", "FunctionError")
    assert refused(client.invoke, FunctionName=name, Qualifier="1").code == "ResourceConflictException"
    look_at_aliases(client, name)


def look_at_aliases(client: Any, name: str) -> None:
    """No alias is pointed to version 1, which failed. Recorded: the end of the message, see `Aliases`."""
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    refusal = Refusal(409, "ResourceConflictException", {"Type": "User", "message": (
        "The operation cannot be performed at this time. The function is currently in the following state: 'Failed', "
        "StateReasonCode: 'FunctionError'")})
    assert refused(client.create_alias, FunctionName=name, Name="other", FunctionVersion="1") == refusal
    assert refused(client.update_alias, FunctionName=name, Name="live", FunctionVersion="1") == refusal
    client.update_function_code(FunctionName=name, ZipFile=zipped(HANDLER))
    waited(client, "function_updated_v2", name)
    assert client.publish_version(FunctionName=name)["Version"] == "2"
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert refused(client.update_alias, FunctionName=name, Name="live",
                   RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}}) == refusal
    active(client, name, "2")


def test_a_hook_after_the_restore_that_fails_is_the_callers_error(client: Any, engine: SharedEngine) -> None:
    code = HANDLER.replace('print("restored")', 'raise RuntimeError("no database")')
    published(client, "after", code)
    active(client, "after")
    assert refused(client.invoke, FunctionName="after", Qualifier="1") == Refusal(400, "SnapStartException", {
        "Type": "User", "Message": (
            "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.")})
    wanted, deadline_s = PastInvocationFilter(function_name="after"), time.monotonic() + 60
    while (past := engine.told(lambda own: own.history.invocations(wanted)).invocations[0]).status == "":
        assert time.monotonic() < deadline_s, "its history says that it goes on"
    assert (past.status, past.version, past.duration_ms) == ("failure", "1", None)


@pytest.mark.parametrize(("parameters", "message"), [
    ({"Runtime": "nodejs22.x"}, "nodejs22.x is not supported for SnapStart enabled functions."),
    ({"Runtime": "ruby3.4"}, "ruby3.4 is not supported for SnapStart enabled functions."),
    ({"Runtime": "provided.al2023"}, "provided.al2023 is not supported for SnapStart enabled functions."),
    ({"Runtime": "python3.11"}, "python3.11 is not supported for SnapStart enabled functions."),
    ({"EphemeralStorage": {"Size": 1024}},
     "Ephemeral storage larger than 512 MB is not supported for SnapStart enabled functions."),
])
def test_what_lambda_refuses(client: Any, parameters: dict[str, Any], message: str) -> None:
    """The form of the sentence is recorded; what else is refused: Lambda guide, "Supported features and limitations"."""
    given = {"Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/r", "Handler": "app.handler",
             "Code": {"ZipFile": zipped()}, "SnapStart": SNAP_START, **parameters}
    assert refused(client.create_function, FunctionName="never", **given) == Refusal(
        400, "InvalidParameterValueException", {"Type": "User", "message": message})


def test_snap_start_and_provisioned_concurrency_exclude_each_other(client: Any) -> None:
    published(client, "either")
    active(client, "either")
    found = refused(client.put_provisioned_concurrency_config, FunctionName="either", Qualifier="1",
                    ProvisionedConcurrentExecutions=1)
    assert (found.status, found.code) == (400, "InvalidParameterValueException")


def test_java_takes_it_and_no_snapshot_is_made(client: Any) -> None:
    create(client, "java", Runtime="java21", Handler="example.Handler", SnapStart=SNAP_START)
    answer = client.publish_version(FunctionName="java")
    assert (answer["State"], answer["SnapStart"]["OptimizationStatus"]) == ("Active", "On")


def test_an_updated_function_publishes_a_version_with_a_snapshot(client: Any) -> None:
    published(client, "updated")
    active(client, "updated")
    client.update_function_code(FunctionName="updated", ZipFile=zipped(HANDLER.replace("before 1", "changed")), Publish=True)
    waited(client, "function_updated_v2", "updated")
    active(client, "updated", "2")
    assert invoked(client, "updated", version="2")[0]["order"][1] == "changed"
    assert invoked(client, "updated", version="1")[0]["order"][1] == "before 1"


@pytest.mark.skipif(not CAN_FORK, reason="nothing is forked here")
def test_environments_share_what_init_made(client: Any, tmp_path: Path) -> None:
    """Source: Lambda guide, "Handling uniqueness with Lambda SnapStart"."""
    published(client, "shared")
    active(client, "shared")
    meet = str(tmp_path / "meet")
    with ThreadPoolExecutor(2) as callers:
        calls = [callers.submit(invoked, client, "shared", {"meet": meet, "mark": mark}) for mark in ("a", "b")]
        deadline_s = time.monotonic() + 60
        while len(list(tmp_path.glob("meet.*"))) < 2:
            assert time.monotonic() < deadline_s
        Path(meet).touch()
        (one, log), (two, _) = [call.result() for call in calls]
    assert one["pid"] != two["pid"]
    for shared in ("id", "drawn", "next", "order"):
        assert one[shared] == two[shared], shared
    for told in (one, two):
        assert told["line"] == "one\n", "each has a position of its own in a file that INIT opened"
        assert told["stale"], "a connection of INIT's"
        assert told["files"] == ["found", "mark"], "the snapshot's files, and its own"
    assert "INIT_START" not in log


@pytest.mark.skipif(not CAN_FORK, reason="nothing is forked here")
def test_a_fork_that_crashes_is_followed_by_another(client: Any, engine: SharedEngine) -> None:
    published(client, "crashing")
    active(client, "crashing")
    told, _ = invoked(client, "crashing", {"mark": "kept"})
    answer, log = invoked(client, "crashing", {"exit": 9})
    assert answer["errorMessage"].endswith("Runtime exited with error: exit status 9")
    deadline_s = time.monotonic() + 60
    while not any(each.invocations == 2 and each.state == "idle" for each in engine.told(lambda own: own.environments())):
        assert time.monotonic() < deadline_s, "an environment that is still being reset takes no request"
    again, log = invoked(client, "crashing")
    assert (again["id"], again["pid"] != told["pid"]) == (told["id"], True)
    assert again["files"] == ["found", "mark"], "/tmp outlives the crash"
    assert "RESTORE_REPORT" in log
    assert "Restore Duration: " not in log.rpartition("REPORT RequestId")[2]


@pytest.mark.skipif(not CAN_FORK, reason="nothing is forked here")
def test_a_snapshot_that_is_lost_is_made_anew(client: Any, engine: SharedEngine) -> None:
    """Something killed the process that held it, and its forks with it: nobody is left to tell how they end."""
    published(client, "lost")
    active(client, "lost")
    told, _ = invoked(client, "lost")
    os.kill(told["parent"], 9)
    deadline_s = time.monotonic() + 60
    while (again := invoked(client, "lost")[0]).get("id") in (told["id"], None):  # until the engine has noticed
        assert time.monotonic() < deadline_s
    assert again["order"] == told["order"]
    asyncio.run(engine.stop_environments())
    anew, log = invoked(client, "lost")
    assert anew["id"] not in (told["id"], again["id"])
    assert (anew["order"], "INIT_START" in log) == (told["order"], False), "a fork of another snapshot"


@pytest.mark.skipif(not CAN_FORK, reason="nothing is forked here")
def test_the_holder_of_a_snapshot_ends_with_its_version(client: Any, engine: SharedEngine) -> None:
    published(client, "ended")
    active(client, "ended")
    [holder] = engine.told(lambda own: own.environments())
    assert (holder.holds_snapshot, holder.state, holder.initialization_type) == (True, "idle", "snap-start")
    client.delete_function(FunctionName="ended", Qualifier="1")
    deadline_s = time.monotonic() + 60
    while engine.told(lambda own: own.environments()):
        assert time.monotonic() < deadline_s


THREADED = HANDLER + "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
LOOPING = HANDLER + "import select\nPOLL = select.epoll()\n"


@pytest.mark.parametrize("code", [THREADED, LOOPING], ids=["threads", "event-loop"])
def test_what_a_fork_cannot_have_makes_it_run_init_again(client: Any, code: str, request: pytest.FixtureRequest) -> None:
    name = f"kept-{request.node.callspec.id}"
    published(client, name, code)
    active(client, name)
    told, log = invoked(client, name)
    assert told["order"] == ["before 2", "before 1", "after 1", "after 2"]
    assert "INIT_START" in log
    assert "RESTORE_REPORT" in log


def test_extensions_are_not_forked_so_init_runs_again(client: Any) -> None:
    agent = zipped({"extensions/agent": HEAD + LOYAL}, mode=0o755)
    layer = client.publish_layer_version(LayerName="agent", Content={"ZipFile": agent})["LayerVersionArn"]
    published(client, "kept-extensions", Layers=[layer])
    active(client, "kept-extensions")
    told, log = invoked(client, "kept-extensions")
    assert told["order"] == ["before 2", "before 1", "after 1", "after 2"]
    assert "EXTENSION\tName: agent\tState: Ready" in log
    assert "INIT_START" in log
    client.delete_layer_version(LayerName="agent", VersionNumber=1)


@pytest.mark.skipif(sys.platform != "linux", reason="the isolated sandbox is Linux's")
def test_the_isolated_sandbox_runs_init_and_hooks_again(tmp_path: Path) -> None:
    """An engine of its own: this sandbox makes networks ahead, which outlast a test."""
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    with served(tmp_path, "--sandbox", "isolated") as process, closing(lambda_client(process.url)) as client:
        assert published(client, "apart")["State"] == "Pending"
        active(client, "apart")
        told = look_at_a_restore(client, "apart", runs_init=True)
        assert client.invoke(FunctionName="apart", Qualifier="1", Payload=json.dumps({"exit": 3}))["FunctionError"]
        again, _ = invoked(client, "apart")
        assert (again["id"] != told["id"], again["order"]) == (True, told["order"])
        published(client, "failing", HANDLER + "register_before_snapshot(lambda: 1 / 0)\n")
        with pytest.raises(WaiterError, match="Failed"):
            active(client, "failing")
