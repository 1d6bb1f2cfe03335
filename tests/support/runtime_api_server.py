"""A Runtime API that hands out scripted events and keeps what is posted: one judge for our runtime clients and AWS's."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PREFIX = "/2018-06-01/runtime"
LATE_POST_S = 3.0


@dataclass(frozen=True)
class ScriptedEvent:
    """One answer to `next`. `refuse` is the status for what the client then posts; `hang_up` closes the connection after it."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse: int = 202
    hang_up: bool = False


@dataclass(frozen=True)
class Posted:
    """One POST; header and trailer names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    trailers: dict[str, str]

    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Outcome:
    """What a client did. `exit_code` is None when it was still waiting for events after the last one."""

    posts: tuple[Posted, ...]
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    first_next_headers: dict[str, str]


def event(value: object, **headers: str) -> ScriptedEvent:
    """An event from a JSON value; header names with _ for -."""
    return ScriptedEvent(json.dumps(value).encode(), {name.replace("_", "-"): text for name, text in headers.items()})


class RuntimeApiServer:
    """Serves one client. When it asks for more than was scripted, `on_exhausted` is called and it waits."""

    def __init__(self, events: Sequence[ScriptedEvent], on_exhausted: Callable[[], None] = lambda: None) -> None:
        self.posts: list[Posted] = []
        self._posted = threading.Condition()
        self.first_next_headers: dict[str, str] = {}
        self.on_exhausted = on_exhausted
        self._events = list(events)
        self._handed_out = 0
        self._closing = threading.Event()
        self._listener = _Listener(("127.0.0.1", 0), _handler_class(self))
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.server_address[1]}"

    def __enter__(self) -> RuntimeApiServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def next_event(self, headers: dict[str, str]) -> tuple[ScriptedEvent, str] | None:
        """The next event and its request id, None when the server closes."""
        self.first_next_headers = self.first_next_headers or headers
        self._wait_for_late_posts()
        if self._handed_out == len(self._events):
            self.on_exhausted()
            self._closing.wait()
            return None
        self._handed_out += 1
        return self._events[self._handed_out - 1], f"00000000-0000-4000-8000-{self._handed_out:012}"

    def _wait_for_late_posts(self) -> None:
        # AWS's client for Node.js 24 asks for the next event while the last stream's end is still on its way.
        with self._posted:
            self._posted.wait_for(lambda: len(self.posts) >= self._handed_out, LATE_POST_S)

    def keep(self, post: Posted) -> int:
        """Keep what was posted; returns the status to answer."""
        with self._posted:
            self.posts.append(post)
            self._posted.notify_all()
        return self._events[self._handed_out - 1].refuse if self._handed_out else 202


def run_client(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], events: Sequence[ScriptedEvent]
) -> Outcome:
    """Run a runtime client in `folder` until it ends or has had all events; with a complete, Lambda-like environment."""
    with RuntimeApiServer(events) as server:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**lambda_environment(folder), **environment, "AWS_LAMBDA_RUNTIME_API": server.address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        waiting = threading.Event()

        def end() -> None:
            waiting.set()
            process.kill()

        server.on_exhausted = end
        try:
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        code = None if waiting.is_set() else process.returncode
        return Outcome(tuple(server.posts), code, stdout, stderr, server.first_next_headers)


def lambda_environment(folder: Path) -> dict[str, str]:
    """The reserved variables, and of this machine's only what an interpreter needs to start."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "conformance",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/conformance",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/05/[$LATEST]0123456789abcdef0123456789abcdef",
    }


def _handler_class(server: RuntimeApiServer) -> type[socketserver.StreamRequestHandler]:
    # Not http.server: it takes no header line over 64 KB, and the cause of a recursion error is longer.
    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            try:
                while request_line := self.rfile.readline().decode():
                    method, path, _version = request_line.split()
                    if not self._respond(method, path, self._headers()):
                        return
            except ConnectionError:
                return  # the client was killed

        def _respond(self, method: str, path: str, headers: dict[str, str]) -> bool:
            if method == "POST":
                body, trailers = self._body(headers)
                status = server.keep(Posted(path.removeprefix(PREFIX), headers, body, trailers))
                self._answer(status, b'{"status":"OK"}', {"Content-Type": "application/json"})
            elif path == f"{PREFIX}/restore/next":
                self._answer(200, b"", {})
            elif handed_out := server.next_event(headers):
                scripted, request_id = handed_out
                self._answer(200, scripted.body, {**_invocation_headers(request_id), **scripted.headers})
                return not scripted.hang_up
            return True

        def _body(self, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers.get("content-length", 0))), {}
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            return b"".join(chunks), self._headers()

        def _headers(self) -> dict[str, str]:
            lines = iter(self.rfile.readline, b"\r\n")
            pairs = (line.decode("latin-1").split(":", 1) for line in lines)
            return {name.lower(): text.strip() for name, text in pairs}

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            sent = {**headers, "Content-Length": str(len(body))}
            lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {text}" for name, text in sent.items())]
            self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return Handler


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _invocation_headers(request_id: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": request_id,
        "Lambda-Runtime-Deadline-Ms": "4102444800000",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:conformance",
        "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        "Lambda-Runtime-Invocation-Id": f"invocation-{request_id}",
    }
