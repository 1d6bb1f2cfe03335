"""Concurrency that is in use, as clients of AWS and people see it: answers, the stream, the report, the command.

Sources: recorded answers of Lambda (November 2025); Lambda guide, "Understanding Lambda function scaling", "Implement Lambda
canary deployments using a weighted alias"; API reference, TooManyRequestsException.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.api_clients import Refusal, create, refused, waited, zipped
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import one_function
from workbench.cli.concurrency import words
from workbench.model.concurrency import FunctionConcurrency
from workbench.model.engine_api import Settings
from workbench.model.events import StreamEvent

HANDLER = """
import os, pathlib, time
made = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
def handler(event, context):
    if "until" in event:
        pathlib.Path(event["until"] + ".began").touch()
        while not os.path.exists(event["until"]):
            time.sleep(0.01)
    return [made, context.function_version, context.log_stream_name]
"""
FULL = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded."}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    workspace = one_function(tmp_path_factory.mktemp("w"), HANDLER)
    with shared_by_tests(tmp_path_factory, workspace, "--account-concurrency", "150", "--machine-environments", "7") as engine:
        yield engine


@contextlib.contextmanager
def busy(client: Any, folder: Path, name: str, qualifier: str = "$LATEST") -> Iterator[Future[Any]]:
    """A function that runs during the block."""
    flag = folder / f"{name}-{len(list(folder.iterdir()))}"
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.invoke, FunctionName=name, Qualifier=qualifier, Payload=json.dumps({"until": str(flag)}))
        while not flag.with_name(flag.name + ".began").exists():
            assert not call.done(), call.result()
        try:
            yield call
        finally:
            flag.touch()
        assert "FunctionError" not in call.result()


def answered(client: Any, name: str, qualifier: str = "$LATEST") -> list[str]:
    result = client.invoke(FunctionName=name, Qualifier=qualifier)
    value: list[str] = json.loads(result["Payload"].read())
    assert result["ExecutedVersion"] == value[1]
    return value


def seen(engine: SharedEngine, name: str) -> FunctionConcurrency:
    """A function in the report."""
    report = engine.told(lambda client: client.concurrency())
    return next(each for each in report.accounts[0].functions if each.function_name == name)


def test_the_second_caller_of_a_reserved_concurrency_of_one_is_throttled(
        client: Any, engine: SharedEngine, tmp_path: Path) -> None:
    """Recorded: the document, its order, and no `Retry-After`."""
    create(client, "single", Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    client.put_function_concurrency(FunctionName="single", ReservedConcurrentExecutions=1)
    since = engine.told(lambda told: told.health()).seq
    with busy(client, tmp_path, "single"):
        connection = http.client.HTTPConnection(urlsplit(engine.url).netloc)
        for path in ("2015-03-31/functions/single/invocations", "2021-11-15/functions/single/response-streaming-invocations"):
            connection.request("POST", f"/{path}", b"{}")
            answer = connection.getresponse()
            assert answer.read() == json.dumps(FULL, separators=(",", ":")).encode()
            assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (429, "TooManyRequestsException")
            assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("application/json", None)
        connection.close()
        assert (seen(engine, "single").running, seen(engine, "single").reserved) == (1, 1)
    assert answered(client, "single")[1] == "$LATEST"
    assert seen(engine, "single").throttles == {FULL["Reason"]: 2}
    told: list[StreamEvent] = []
    while sum(event.fields()["count"] for event in told) < 2:  # those of a moment are told together, a little later
        told = [event for event in engine.told(lambda told: told.events(since, 10_000)) if event.type == "sandbox.throttled"]
    assert {(event.function_name, event.fields()["reason"]) for event in told} == {("single", FULL["Reason"])}
    assert sum(event.fields()["count"] for event in told) == 2
    client.delete_function(FunctionName="single")


def test_the_account_s_concurrency_is_a_setting(client: Any, engine: SharedEngine, tmp_path: Path) -> None:
    """An account with less than 100 can reserve nothing: its whole limit is the minimum (messages seen in issues of projects)."""
    limit = client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (150, 150)
    for name in ("first", "second"):
        create(client, name, Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    engine.told(lambda told: told.change_settings(Settings(sandbox="process", account_concurrency=1)))
    assert client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1
    with busy(client, tmp_path, "first"):
        assert refused(client.invoke, FunctionName="second") == Refusal(429, "TooManyRequestsException", {
            "Reason": "ConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded."})
    too_much = refused(client.put_function_concurrency, FunctionName="first", ReservedConcurrentExecutions=1)
    assert too_much.body["message"].endswith("below its minimum value of [1].")
    engine.told(lambda told: told.change_settings(
        Settings(sandbox="process", account_concurrency=150, machine_environments=7)))
    for name in ("first", "second"):
        client.delete_function(FunctionName=name)


def test_where_all_that_is_reserved_is_provisioned(client: Any, engine: SharedEngine, tmp_path: Path) -> None:
    """The unpublished version is throttled, the published one is not; what finds none free spills over if more is reserved."""
    create(client, "ready", Publish=True, Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    client.put_function_concurrency(FunctionName="ready", ReservedConcurrentExecutions=1)
    client.put_provisioned_concurrency_config(FunctionName="ready", Qualifier="1", ProvisionedConcurrentExecutions=1)
    while client.get_provisioned_concurrency_config(FunctionName="ready", Qualifier="1")["Status"] != "READY":
        pass
    assert refused(client.invoke, FunctionName="ready").body == FULL
    assert answered(client, "ready", "1")[0] == "provisioned-concurrency"
    client.put_function_concurrency(FunctionName="ready", ReservedConcurrentExecutions=2)
    with busy(client, tmp_path, "ready", "1"):
        use = seen(engine, "ready").provisioned[0]
        assert (use.in_use, use.invocations, use.spillover_invocations) == (1, 2, 0)
        assert (use.utilization, use.most_utilization) == (1.0, 1.0)
        assert answered(client, "ready", "1")[0] == "on-demand"
        assert seen(engine, "ready").spillovers == 1
        assert seen(engine, "ready").provisioned[0].spillover_invocations == 1
    told = [event.fields().get("concurrency") for event in engine.told(lambda told: told.events(0, 10_000))
            if event.type == "sandbox.assigned" and event.function_name == "ready"]
    assert told == ["provisioned", "provisioned", "spillover"]
    client.delete_function(FunctionName="ready")


def test_an_alias_shifts_its_traffic(client: Any, engine: SharedEngine) -> None:
    """The version that ran is in the answer, in the context and in the name of the log stream; no environment serves two."""
    create(client, "shifting", Publish=True, Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    client.update_function_configuration(FunctionName="shifting", Timeout=9)
    waited(client, "function_updated_v2", "shifting")
    client.publish_version(FunctionName="shifting")
    client.create_alias(FunctionName="shifting", Name="live", FunctionVersion="1",
                        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    streams: dict[str, set[str]] = {"1": set(), "2": set()}
    for _ in range(40):
        _, version, stream = answered(client, "shifting", "live")
        streams[version].add(stream)
        assert f"[{version}]" in stream
    assert {version: len(found) for version, found in streams.items()} == {"1": 1, "2": 1}
    client.update_alias(FunctionName="shifting", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert {answered(client, "shifting", "live")[1] for _ in range(10)} == {"2"}
    client.delete_function(FunctionName="shifting")


def test_the_command_tells_what_runs(client: Any, engine: SharedEngine, tmp_path: Path) -> None:
    create(client, "told", MemorySize=1_024, Publish=True, Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    client.put_function_concurrency(FunctionName="told", ReservedConcurrentExecutions=20)
    client.put_provisioned_concurrency_config(FunctionName="told", Qualifier="1", ProvisionedConcurrentExecutions=20)
    asyncio.run(engine.stop_environments())
    with busy(client, tmp_path, "told"):
        report = engine.told(lambda told: told.concurrency())
    told = words(report)
    assert "us-east-1, account 123456789012: 1 of 150 running; 0 of 130 unreserved\n" in told
    lines = ("  told: 1 running of 20 reserved\n"
             "    version 1: 0 in use, 0 of 20 provisioned allocated, IN_PROGRESS (This machine runs at most 7 execution "
             "environments at a time, as the workspace's settings say. 20 are requested.), $0.30 an hour on AWS\n")
    assert lines in told
    machine = report.machine
    assert told.endswith("This machine: 1 of at most 7 execution environments; 0 waiting for one.\n"
                         f"Memory: {machine.available_mb:,} of {machine.memory_mb:,} MB available for execution environments.\n")
    assert 0 < machine.available_mb < machine.memory_mb
    client.delete_function(FunctionName="told")


def test_this_machine_s_memory_lets_nobody_be_throttled(client: Any, engine: SharedEngine, tmp_path: Path) -> None:
    """It is no limit of Lambda's: who finds none waits, in the stream, in the report and in the command, and then runs."""
    for name in ("large", "larger"):
        create(client, name, MemorySize=600, Timeout=60, Code={"ZipFile": zipped(HANDLER)})
    asyncio.run(engine.stop_environments())
    engine.told(lambda told: told.change_settings(Settings(sandbox="process", machine_memory_mb=1_000)))
    since = engine.told(lambda told: told.health()).seq
    sentence = ("Waits for this machine: 1 execution environment of 600 MB leaves 400 MB of 1,000 MB for one of 600 MB, "
                "1 request waits. Raise --machine-memory (Memory for environments in the settings), or stop environments or "
                "other programs.")
    with ThreadPoolExecutor(1) as pool:
        with busy(client, tmp_path, "large"):
            waits = pool.submit(answered, client, "larger")
            while not (report := engine.told(lambda told: told.concurrency())).machine.waiting:
                assert not waits.done(), waits.result()
            assert (report.machine.waits_for, report.machine.available_mb, report.machine.memory_mb) == (sentence, 400, 1_000)
            assert sentence in words(report)
        assert waits.result()[1] == "$LATEST"
    told = [event.fields()["text"] for event in engine.told(lambda told: told.events(since, 10_000))
            if event.type == "sandbox.progress" and event.fields()["stage"] == "wait"]
    assert told == [sentence, "This machine has room."]
    client.publish_version(FunctionName="large")
    client.put_provisioned_concurrency_config(FunctionName="large", Qualifier="1", ProvisionedConcurrentExecutions=2)
    found = client.get_provisioned_concurrency_config(FunctionName="large", Qualifier="1")
    assert (found["Status"], found["StatusReason"]) == (
        "IN_PROGRESS", "This machine has 1,000 MB for execution environments. 2 are requested, which may take 1,200 MB.")
    engine.told(lambda told: told.change_settings(Settings(sandbox="process", machine_memory_mb=1_200)))
    while client.get_provisioned_concurrency_config(FunctionName="large", Qualifier="1")["Status"] != "READY":
        pass
    engine.told(lambda told: told.change_settings(
        Settings(sandbox="process", account_concurrency=150, machine_environments=7)))
    for name in ("large", "larger"):
        client.delete_function(FunctionName=name)
