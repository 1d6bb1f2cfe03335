"""cfn-response, which inline functions find beside themselves: what it sends to CloudFormation."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from workbench.packages import inline

MODULES = Path(inline.__file__).parent / "inline_modules"
PYTHON = """\
import json, sys, cfnresponse
class Context: log_stream_name = "the/stream"
event = json.loads(sys.argv[1])
cfnresponse.send(event, Context(), cfnresponse.SUCCESS, {"Key": "value"}, reason="because", noEcho=True)
"""
NODE = """\
const response = require(process.argv[1]);
const context = { logStreamName: "the/stream", done: () => console.log("done") };
response.send(JSON.parse(process.argv[2]), context, response.FAILED, { Key: "value" }, "mine");
"""


class Recorder(BaseHTTPRequestHandler):
    got: list[tuple[str, str | None, dict[str, Any]]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, self.headers["content-type"], json.loads(body)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cloudformation() -> Iterator[tuple[dict[str, str], list[tuple[str, str | None, dict[str, Any]]]]]:
    """An event with the address to answer to, and what was answered."""
    handler = type("Handler", (Recorder,), {"got": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    event = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "L",
             "ResponseURL": f"http://127.0.0.1:{server.server_port}/a%20b?signature=x"}
    try:
        yield event, handler.got  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_python_sends_what_cloudformation_expects(cloudformation) -> None:
    event, got = cloudformation
    done = subprocess.run([sys.executable, "-c", PYTHON, json.dumps(event)], cwd=MODULES, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Status code: 200" in done.stdout
    assert got == [("/a%20b?signature=x", "", {
        "Status": "SUCCESS", "Reason": "because", "PhysicalResourceId": "the/stream", "StackId": "s", "RequestId": "r",
        "LogicalResourceId": "L", "NoEcho": True, "Data": {"Key": "value"}})]


def test_python_prints_why_it_could_not_send() -> None:
    event = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "L", "ResponseURL": "http://127.0.0.1:1/"}
    done = subprocess.run([sys.executable, "-c", PYTHON, json.dumps(event)], cwd=MODULES, capture_output=True, text=True)
    assert (done.returncode, "send(..) failed executing the request" in done.stdout) == (0, True)


def test_node_sends_what_cloudformation_expects(cloudformation) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    event, got = cloudformation
    command = [node, "-e", NODE, str(MODULES / "cfn-response.js"), json.dumps(event)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["Status code: 200", "done"])
    ((path, content_type, document),) = got
    assert (path, content_type) == ("/a%20b?signature=x", "")
    assert document == {
        "Status": "FAILED", "Reason": "See the details in CloudWatch Log Stream: the/stream", "PhysicalResourceId": "mine",
        "StackId": "s", "RequestId": "r", "LogicalResourceId": "L", "NoEcho": False, "Data": {"Key": "value"}}
