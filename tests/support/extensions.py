"""Workspaces with extensions: scripts in a layer's `extensions` folder, and what the stream says of them afterwards."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.engines import EngineInTest, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.environment.environment import Environment
from workbench.model.events import StreamEvent
from workbench.sandbox.process.sandbox import ProcessSandbox
from workbench.sandbox.protocol import ExtensionHandler

HEAD = """\
#!/usr/bin/env python3
import http.client, json, os, signal, sys, time
HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
NAME = os.path.basename(sys.argv[0])
identifier = ""

def call(method, path, body=None, headers={}, prefix="/2020-01-01/extension/"):
    connection = http.client.HTTPConnection(HOST, int(PORT))
    own = {"Lambda-Extension-Identifier": identifier} if identifier else {}
    connection.request(method, prefix + path, body, {**own, **headers})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()

def register(events, name=NAME, **more):
    global identifier
    status, headers, body = call("POST", "register", json.dumps({"events": events}), {"Lambda-Extension-Name": name, **more})
    identifier = headers.get("Lambda-Extension-Identifier", "")
    return status, json.loads(body)

def next_event():
    return json.loads(call("GET", "event/next")[2])

def subscribe(api, **body):
    path = {"telemetry": "/2022-07-01/telemetry", "logs": "/2020-08-15/logs"}[api]
    status, _, answer = call("PUT", path, json.dumps(body), {}, "")
    return status, json.loads(answer)

def say(*words):
    print(*words, flush=True)

def refused(answer):
    return [answer[0], json.loads(answer[2])["errorType"]]
"""

LOYAL = """
register(["INVOKE", "SHUTDOWN"])
while True:
    event = next_event()
    say(NAME, event["eventType"], event.get("requestId", event.get("shutdownReason")))
    if event["eventType"] == "SHUTDOWN":
        break
"""
"""An extension that does all that is asked of it, and says so."""

HELLO = "def handler(event, context):\n    return 'hello'\n"


def workspace_with_extensions(
    root: Path, extensions: Mapping[str, str], code: str = HELLO, *, executable: bool = True, **options: Any
) -> Path:
    """The Python function `Function` with one layer; an extension's script goes on after `HEAD`.

    With a whole vCPU where `options` do not say otherwise: limits of the shutdown are short.
    """
    options.setdefault("memory_mb", 1_769)
    builder = WorkspaceBuilder(root)
    builder.function("Function", {"app.py": code}, properties="Layers:\n  - !Ref Extensions\n", **options)
    workspace = builder.write()
    with (workspace / "template.yaml").open("a") as template:
        template.write("  Extensions:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: opt/\n")
    folder = workspace / "opt" / "extensions"
    folder.mkdir(parents=True)
    for name, script in extensions.items():
        (folder / name).write_text(HEAD + textwrap.dedent(script))
        (folder / name).chmod(0o755 if executable else 0o644)
    return workspace


class Story:
    """All that the stream told, from the beginning."""

    def __init__(self, events: list[StreamEvent]) -> None:
        self.events = events

    @property
    def extension_lines(self) -> list[str]:
        """What extensions printed."""
        return [str(event.record) for event in self.events if event.type == "extension"]

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of one type."""
        return [event.fields() for event in self.events if event.type == kind]

    def types(self) -> list[str]:
        """All types in order, without lines and payloads."""
        return [event.type for event in self.events if event.type not in ("extension", "function", "sandbox.payload")]


async def story(engine: EngineInTest) -> Story:
    """What has happened so far."""
    return Story(msgspec.json.decode(await engine.engine.events.page(0, 10_000), type=list[StreamEvent]))


async def printed(engine: EngineInTest, lines: int) -> list[str]:
    """The lines of extensions, once there are so many: they come by another way than the answer."""
    async def are_there() -> bool:
        return len((await story(engine)).extension_lines) >= lines

    await until(are_there, 60)
    return (await story(engine)).extension_lines


def known_late(monkeypatch: pytest.MonkeyPatch, environments: Callable[[], Iterable[Environment]]) -> None:
    """Have the process sandbox answer that its extensions have started only once they wait, as a container engine may."""
    start_extensions = ProcessSandbox.start_extensions

    async def answer_late(sandbox: ProcessSandbox, handler: ExtensionHandler) -> Mapping[str, str]:
        failed = await start_extensions(sandbox, handler)
        [environment] = environments()
        assert environment.sandbox.session is not None
        extensions = environment.sandbox.session.extensions
        await until(lambda: extensions.all_ready)
        await sandbox.drain_output()
        return failed

    monkeypatch.setattr(ProcessSandbox, "start_extensions", answer_late)


async def stop_environments(engine: EngineInTest) -> None:
    """Stop them all, as a reclaim does; returns when they are gone."""
    await engine.pool.close()
