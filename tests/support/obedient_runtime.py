"""A runtime that does what each event says: as a program for real sandboxes, and as a script for the simulated one.

An event may have `write` (text), `keep` (text for a file in /tmp), `take` (MB), `sleep` (s), then `exit` (status), `signal`
(number) or `fail` (error type). The answer tells what the file in /tmp holds, and the runtime's count of events.
"""

from __future__ import annotations

from typing import Any

from tests.support.simulated_sandbox import SimulatedRuntime

PROGRAM = """\
#!/usr/bin/env python3
import json, os, sys, tempfile, time, urllib.request
BASE = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
KEPT = os.path.join(tempfile.gettempdir(), "kept")
count, taken = 0, []
while True:
    with urllib.request.urlopen(BASE + "next") as answer:
        request_id, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
    count += 1
    sys.stdout.write(event.get("write", ""))
    sys.stdout.flush()
    if "keep" in event:
        with open(KEPT, "w") as file:
            file.write(event["keep"])
    taken.append(bytearray(event.get("take", 0) << 20))
    time.sleep(event.get("sleep", 0))
    if "exit" in event:
        os._exit(event["exit"])
    if "signal" in event:
        os.kill(os.getpid(), event["signal"])
        time.sleep(60)
    if "fail" in event:
        headers = {"Lambda-Runtime-Function-Error-Type": event["fail"]}
        document = json.dumps({"errorType": event["fail"], "errorMessage": ""}).encode()
        urllib.request.urlopen(urllib.request.Request(BASE + request_id + "/error", document, headers)).close()
        continue
    result = {"kept": open(KEPT).read() if os.path.exists(KEPT) else "", "count": count}
    urllib.request.urlopen(BASE + request_id + "/response", json.dumps(result).encode()).close()
"""


async def obey(runtime: SimulatedRuntime) -> int:
    """The same, and `linger` (s): how long it stays away after its answer."""
    count = 0
    while True:
        request_id, event = await runtime.next()
        count += 1
        runtime.write(event.get("write", ""))
        if "keep" in event:
            runtime.files["kept"] = event["keep"]
        runtime.take(event.get("take", 0))
        await runtime.sleep(event.get("sleep", 0))
        if "exit" in event:
            return int(event["exit"])
        if "signal" in event:
            runtime.end_by(event["signal"])
        elif "fail" in event:
            await runtime.fail(request_id, event["fail"])
        else:
            await runtime.respond(request_id, _answer(runtime, count))
        await runtime.sleep(event.get("linger", 0))


def _answer(runtime: SimulatedRuntime, count: int) -> dict[str, Any]:
    return {"kept": runtime.files.get("kept", ""), "count": count}
