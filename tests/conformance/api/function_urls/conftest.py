"""One engine for all tests of function URLs: with functions that answer what they are asked to, and ones that stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.function_urls import Url, url_of
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import NODE_RUNTIME, WorkspaceBuilder
from workbench.gateway.signatures.access_keys import AccessKeys

PYTHON = """
    import json, os, time
    def handler(event, context):
        headers = event["headers"]
        if "remove" in event.get("queryStringParameters", {}):
            os.unlink(event["queryStringParameters"]["remove"])
        if "x-fail" in headers:
            raise ValueError(headers["x-fail"])
        if "x-sleep" in headers:
            time.sleep(30)
        if "x-answer" in headers:
            return json.loads(headers["x-answer"])
        return {**event, "version_of_code": context.function_version}
"""
NODE = """
    const { existsSync } = require("fs");
    const ticks = () => new Promise((done) => setTimeout(done, 5));
    exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      const asked = event.queryStringParameters ?? event;
      if (asked.early) throw new TypeError("before anything");
      if (asked.plain) {
        stream.setContentType("text/plain");
      } else {
        const metadata = { statusCode: 201, headers: { "x-own": "yes", "content-type": "text/html" }, cookies: ["a=1", "b=2"] };
        stream = awslambda.HttpResponseStream.from(stream, metadata);
      }
      stream.write("first ");
      while (asked.gate && existsSync(asked.gate)) await ticks();
      if (asked.fail) {
        await ticks();
        throw new TypeError("in the middle");
      }
      if (asked.much) stream.write("x".repeat(Number(asked.much)));
      stream.write("second");
      stream.end();
    });
    exports.whole = async (event) => ({ statusCode: 202, body: "whole" });
"""


@pytest.fixture(scope="package")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    for name, auth in (("Open", "NONE"), ("Signed", "AWS_IAM")):
        builder.function(name, {"app.py": PYTHON}, timeout_s=1, properties=f"FunctionUrlConfig: {{AuthType: {auth}}}")
    for name, handler, mode in (("Stream", "handler", "RESPONSE_STREAM"), ("Buffered", "handler", "BUFFERED"),
                                ("Whole", "whole", "RESPONSE_STREAM")):
        builder.function(name, {"app.js": NODE}, runtime=NODE_RUNTIME, handler=f"app.{handler}", memory_mb=512,
                         properties=f"FunctionUrlConfig: {{AuthType: NONE, InvokeMode: {mode}}}")
    with shared_by_tests(tmp_path_factory, builder.write()) as engine:
        yield engine


@pytest.fixture(scope="package")
def keys(shared_engine: SharedEngine) -> AccessKeys:
    """Those of the person whose engine it is."""
    return AccessKeys()


@pytest.fixture(scope="package")
def state_home(shared_engine: SharedEngine) -> str:
    """The folder of that person's state."""
    return os.environ["XDG_STATE_HOME"]


@pytest.fixture
def url(client: Any) -> Url:
    """That of the function Open."""
    return url_of(client, "Open")
