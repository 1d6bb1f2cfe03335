"""The applications that the scenes of the gallery are played in."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.workspaces import NODE_RUNTIME, WorkspaceBuilder

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
LESSON = """\
# What INIT costs

## Invoke twice. Where did the time go the second time?

The first invocation needs an execution environment: a sandbox, the runtime, and **your code outside the handler**.
The second one finds all of that ready.

```python
import decimal   # loaded once for each environment
```

- [ ] a cold start was seen `cold`
- [ ] the second invocation used the same environment `warm`
- [ ] bring Init below 1 ms `init < 1 ms`
- [ ] you can say what Billed Duration has in it

## Fail on purpose

- [ ] it failed `failed KeyError`
"""
BROKEN_LESSON = "# Broken\n\n## One\n\n- [ ] a cold start was seen `cool`\n- [ ] quick `duration < 5`\n"
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
PICTURED = {"app.py": """\
    import base64, struct, zlib
    def handler(event, context):
        if event.get("as") == "bytes":
            return answer("application/octet-stream", bytes(range(256)) * 4)
        rows = b"".join(b"\\0" + bytes(value for x in range(240) for value in (x, y, 128)) for y in range(160))
        parts = [(b"IHDR", struct.pack(">IIBBBBB", 240, 160, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        return answer("image/png", b"\\x89PNG\\r\\n\\x1a\\n" + b"".join(map(chunk, parts)))
    def answer(kind, content):
        return {"statusCode": 200, "headers": {"content-type": kind}, "isBase64Encoded": True,
                "body": base64.b64encode(content).decode()}
    def chunk(part):
        name, content = part
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
"""}
HASTY = {"app.py": """\
    import time
    def handler(event, context):
        print("asking the database")
        if event.get("never"):
            while True:
                print("asking again")
                time.sleep(0.2)
        return "done"
"""}
LETTERS = """
    EventInvokeConfig:
      DestinationConfig:
        OnFailure: {Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:letters"}
"""
HTTP_EVENT = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET", "path": "/"}}}
LONG = "ThumbnailsOfAllPicturesThatWereUploadedToTheArchiveByAnyone"


def usual(root: Path) -> Path:
    variables = {"TABLE": "people", "API_KEY": "s3cret"}
    builder = WorkspaceBuilder(root).function("Greeting", GREETING, memory_mb=512, environment=variables)
    builder.function("Orders", ORDERS, runtime=NODE_RUNTIME, handler="index.handler", memory_mb=128).function("Slow", SLOW)
    root = _events(builder.write(), world={"name": "World"}, nobody={"name": "Nobody", "fail": True}, http=HTTP_EVENT)
    for name, person in (("world", "World"), ("nobody", "Nobody")):
        (root / "events" / f"{name}.expect").write_text(json.dumps(
            {"message": f"Hello, {person}!", "$maxDurationMs": 100}, indent=2), "utf-8")
    return root


def taught(root: Path) -> Path:
    root = usual(root)
    (root / "lessons").mkdir()
    (root / "lessons" / "01-init.md").write_text(LESSON, "utf-8")
    (root / "lessons" / "02-broken.md").write_text(BROKEN_LESSON, "utf-8")
    return root


def many(root: Path) -> Path:
    builder = WorkspaceBuilder(root)
    for number in range(200):
        code = {"app.py": "def handler(event, context): return event\n"}
        builder.function(f"Function{number:03d}", code, memory_mb=128 + number)
    return builder.write()


def full(root: Path) -> Path:
    return _events(WorkspaceBuilder(root).function("Orders", MEASURED, memory_mb=512).write(), order={"number": 1})


def lettered(root: Path) -> Path:
    builder = WorkspaceBuilder(root).function("Greeting", GREETING, properties=LETTERS)
    return _events(builder.write(), nobody={"name": "Nobody", "fail": True})


def brought(root: Path) -> Path:
    """A folder from elsewhere, whose makefile would run on this machine."""
    builder = WorkspaceBuilder(root).function("Made", {**GREETING, "Makefile": "build-Made:\n\tcp app.py $(ARTIFACTS_DIR)\n"})
    template = builder.write() / "template.yaml"
    template.write_text(template.read_text() + "    Metadata:\n      BuildMethod: makefile\n")
    return root


def long(root: Path) -> Path:
    event = {"name": "W" * 200, "a/key with blanks and / slashes": {"nested": {"deeply": list(range(50))}}}
    variables = {"A_VARIABLE_WITH_A_VERY_LONG_NAME_" * 3: "value " * 60}
    builder = WorkspaceBuilder(root).function(LONG, GREETING, environment=variables)
    return _events(builder.write(), **{"an event with a rather long name that nobody would type twice": event})


def right_to_left(root: Path) -> Path:
    return _events(WorkspaceBuilder(root).function("Greeting", RIGHT_TO_LEFT).write(), عالم={"اسم": "العالم"})


def pictured(root: Path) -> Path:
    """Answers that are no text."""
    builder = WorkspaceBuilder(root).function("Pictures", PICTURED)
    return _events(builder.write(), picture={}, bytes={"as": "bytes"})


def hasty(root: Path) -> Path:
    """A function that may not take long."""
    return _events(WorkspaceBuilder(root).function("Hasty", HASTY, timeout_s=1).write(), never={"never": True}, soon={})


def reachable(root: Path) -> Path:
    """A function with a URL."""
    return _events(WorkspaceBuilder(root).function("Orders", ORDERS, runtime=NODE_RUNTIME, handler="index.handler",
                                                   properties="FunctionUrlConfig: {AuthType: NONE}").write(), http=HTTP_EVENT)


def _events(root: Path, **events: object) -> Path:
    (root / "events").mkdir()
    for name, event in events.items():
        (root / "events" / f"{name}.json").write_text(json.dumps(event, ensure_ascii=False, indent=2), "utf-8")
    return root
