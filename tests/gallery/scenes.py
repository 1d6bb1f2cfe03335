"""What the window is shown in: workspaces, and what was done in them before the pictures are taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from tests.gallery import poses
from tests.gallery.poses import Pose
from tests.gallery.sitter import Sitter, until
from tests.support.workspaces import NODE_RUNTIME, WorkspaceBuilder
from workbench.gui.panels.order import MORE_PANELS, PANELS

VIEWS = (*PANELS, *MORE_PANELS, "concurrency")
MAIN_VIEWS = ("result", "logs", "timeline", "history", "environments")
DIALOGS = ("settings", "values", "trust", "credentials", "doctor", "event.template", "event.expect", "function.new",
           "version.publish")
"""Commands that open a dialog."""

GREETING = {"app.py": '''\
    """Greets whoever the event names."""
    import decimal
    import json
    import logging
    import os

    logger = logging.getLogger()
    logger.setLevel(logging.INFO)
    TABLE = os.environ.get("TABLE", "people")


    def handler(event, context):
        """Return a greeting."""
        logger.info("greeting %s from %s", event.get("name"), TABLE)
        print(json.dumps({"level": "INFO", "message": "looked up", "table": TABLE, "items": 3}))
        if event.get("fail"):
            raise KeyError(f"no such person: {event['name']}")
        return {"message": f"Hello, {event['name']}!", "requestId": context.aws_request_id, "items": [1, 2, {"deep": True}]}
'''}
ORDERS = {"index.mjs": """\
    export const handler = async (event) => {
      console.log("order", event);
      return { statusCode: 200, headers: { "content-type": "text/html" }, body: "<h1>Thank you</h1>" };
    };
"""}
SLOW = {"app.py": """\
    import time
    def handler(event, context):
        for step in range(1000):
            print("step", step)
            time.sleep(0.05)
"""}
RIGHT_TO_LEFT = {"app.py": """\
    def handler(event, context):
        print("مرحبا بالعالم", event)
        print("שלום עולם: 42 ms")
        return {"رسالة": "مرحبا", "message": "שלום"}
"""}
MEASURED = {"app.py": """\
    import json, random, time
    def handler(event, context):
        number = event["number"]
        if number % 41 == 40:
            raise ValueError(f"order {number} has no address")
        if number % 7 == 3:
            print(f"[WARNING] order {number} has no address, using the account's")
        for step in range(8):
            print(json.dumps({"level": "INFO", "message": f"step {step}", "order": number}))
        print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions":
            [["service"]], "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}]}]}, "service": "orders",
            "Latency": random.lognormvariate(3, 0.5)}))
        return {"order": number, "items": [{"sku": f"sku-{item}", "count": item} for item in range(number % 5)]}
"""}
LETTERS = """
    EventInvokeConfig:
      DestinationConfig:
        OnFailure: {Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:letters"}
"""
HTTP_EVENT = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET", "path": "/"}}}
LONG = "ThumbnailsOfAllPicturesThatWereUploadedToTheArchiveByAnyone"


class Scene(NamedTuple):
    """A workspace (None: no workspace is open), what is done in it, and which views, dialogs and poses are shown.

    `is_trusted`: its folder was said to be trusted.
    """

    name: str
    make: Callable[[Path], Path] | None
    play: Callable[[Sitter], Awaitable[None]]
    views: tuple[str, ...] = MAIN_VIEWS
    dialogs: tuple[str, ...] = ()
    poses: tuple[Pose, ...] = ()
    is_trusted: bool = True


def _usual(root: Path) -> Path:
    variables = {"TABLE": "people", "API_KEY": "s3cret"}
    builder = WorkspaceBuilder(root).function("Greeting", GREETING, memory_mb=512, environment=variables)
    builder.function("Orders", ORDERS, runtime=NODE_RUNTIME, handler="index.handler", memory_mb=128).function("Slow", SLOW)
    root = _events(builder.write(), world={"name": "World"}, nobody={"name": "Nobody", "fail": True}, http=HTTP_EVENT)
    for name, person in (("world", "World"), ("nobody", "Nobody")):
        (root / "events" / f"{name}.expect").write_text(json.dumps({"message": f"Hello, {person}!"}), "utf-8")
    return root


def _many(root: Path) -> Path:
    builder = WorkspaceBuilder(root)
    for number in range(200):
        code = {"app.py": "def handler(event, context): return event\n"}
        builder.function(f"Function{number:03d}", code, memory_mb=128 + number)
    return builder.write()


def _full(root: Path) -> Path:
    return _events(WorkspaceBuilder(root).function("Orders", MEASURED, memory_mb=512).write(), order={"number": 1})


def _lettered(root: Path) -> Path:
    builder = WorkspaceBuilder(root).function("Greeting", GREETING, properties=LETTERS)
    return _events(builder.write(), nobody={"name": "Nobody", "fail": True})


def _brought(root: Path) -> Path:
    """A folder from elsewhere, whose makefile would run on this machine."""
    builder = WorkspaceBuilder(root).function("Made", {**GREETING, "Makefile": "build-Made:\n\tcp app.py $(ARTIFACTS_DIR)\n"})
    template = builder.write() / "template.yaml"
    template.write_text(template.read_text() + "    Metadata:\n      BuildMethod: makefile\n")
    return root


def _long(root: Path) -> Path:
    event = {"name": "W" * 200, "a/key with blanks and / slashes": {"nested": {"deeply": list(range(50))}}}
    variables = {"A_VARIABLE_WITH_A_VERY_LONG_NAME_" * 3: "value " * 60}
    builder = WorkspaceBuilder(root).function(LONG, GREETING, environment=variables)
    return _events(builder.write(), **{"an event with a rather long name that nobody would type twice": event})


def _right_to_left(root: Path) -> Path:
    return _events(WorkspaceBuilder(root).function("Greeting", RIGHT_TO_LEFT).write(), عالم={"اسم": "العالم"})


def _events(root: Path, **events: object) -> Path:
    (root / "events").mkdir()
    for name, event in events.items():
        (root / "events" / f"{name}.json").write_text(json.dumps(event, ensure_ascii=False, indent=2), "utf-8")
    return root


async def _nothing(_: Sitter) -> None:
    """Nothing has been done yet."""


async def _used(sitter: Sitter) -> None:
    await sitter.choose("Orders")
    await sitter.invoke()
    await sitter.choose("Greeting", "world")
    for command in ("invoke", "invoke", "invoke.cold", "invoke"):
        await sitter.invoke(command)


async def _failed(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "world")
    await sitter.invoke()
    await sitter.choose("Greeting", "nobody")
    await sitter.invoke()


async def _busy(sitter: Sitter) -> None:
    await sitter.choose("Slow")
    added = sitter.begin()
    await until(lambda: sitter.workspace.session.history.added > added and bool(sitter.workspace.invocations.running))


async def _queued(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "nobody")
    sitter.window.run("queue.hold")
    await until(lambda: sitter.workspace.asynchronous.queue_reader.is_held)
    for _ in range(3):
        sitter.window.run("invoke.send")
    await sitter.settle()


async def _letters(sitter: Sitter) -> None:
    """Events that failed for good: their records are in the inbox."""
    await sitter.choose("Greeting", "nobody")
    queue = sitter.workspace.link.client.queue
    await queue.hold()
    for _ in range(3):
        await queue.send("Greeting", b'{"name": "Nobody", "fail": true}')
    while (await queue.step()).queue.waiting:
        await sitter.settle()
    await sitter.settle()


async def _filled(sitter: Sitter) -> None:
    """A few hundred invocations, some at a time, some failing."""
    client = sitter.workspace.link.client
    for first in range(0, 300, 6):
        await asyncio.gather(*(client.invoke("Orders", b'{"number": %d}' % number) for number in range(first, first + 6)))
    await until(lambda: sitter.workspace.session.history.added >= 300)
    await sitter.invoke()


async def _answered(sitter: Sitter) -> None:
    """A page, asked for through HTTP."""
    await sitter.choose("Orders", "http")
    await sitter.invoke()
    await sitter.invoke()


async def _broken(sitter: Sitter) -> None:
    await sitter.invoke()
    template = sitter.workspace.model.workspace.template_path
    template.write_text(template.read_text("utf-8").replace("  Greeting:", "  Greeting"), "utf-8")
    await until(lambda: sitter.workspace.model.problem is not None)


async def _asked(sitter: Sitter) -> None:
    await until(lambda: sitter.workspace.trust.dialog is not None)


async def _first(sitter: Sitter) -> None:
    await sitter.invoke()


SCENES = (
    Scene("welcome", None, _nothing, ()),
    Scene("begun", _usual, _nothing, VIEWS),
    Scene("used", _usual, _used, VIEWS, DIALOGS, (poses.TREE, poses.DIFF, poses.FOLDED, poses.IN_VAIN, poses.WRITE, poses.TEACH,
                                                  poses.PRESENTED, poses.DETAILS, poses.PAIR)),
    Scene("manual", _usual, _used, ("timeline", "result", "cost")),
    Scene("published", _usual, _first, (), poses=(poses.VERSIONS,)),
    Scene("failed", _usual, _failed),
    Scene("answered", _usual, _answered, ("result",), poses=(poses.RESPONSE, poses.DIFF)),
    Scene("full", _full, _filled, VIEWS, poses=(poses.FOLDED, poses.METRICS, poses.PRESENTED)),
    Scene("letters", _lettered, _letters, ("queue", "inbox", "history")),
    Scene("broken", _usual, _broken, ("functions", "result", "configuration")),
    Scene("asked", _brought, _asked, ("functions",), is_trusted=False),
    Scene("busy", _usual, _busy),
    Scene("queued", _usual, _queued, ("queue", "inbox", "concurrency")),
    Scene("many", _many, _first, VIEWS),
    Scene("long", _long, _first, VIEWS),
    Scene("righttoleft", _right_to_left, _first, VIEWS),
)
