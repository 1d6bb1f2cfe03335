"""The floor of `load`: a server that only passes payloads on. Run as its own process.

    python -m tests.benchmarks.passing_server FOLDER RUNTIMES

Callers reach it through the HTTP library that the engine has, runtimes (our bootstrap for Python, as many processes as there are
callers) through the protocol that the engine has. Between them is nothing: no checks, events, limits, control groups.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.runtimes.command_lines import python_command
from workbench.runtimes.launcher import BOOTSTRAPS

LIMIT_BYTES = 6 << 20


class Passing:
    """Implements ConnectionOwner."""

    def __init__(self) -> None:
        self._free: list[RuntimeConnection] = []
        self._waiting: list[asyncio.Future[RuntimeConnection]] = []
        self._asked: dict[str, asyncio.Future[bytes]] = {}
        self._numbers = itertools.count(1)

    def connection(self) -> RuntimeConnection:
        return RuntimeConnection(self, Clock(), LIMIT_BYTES)

    def has_room(self) -> bool:
        return True

    def open_sink(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        return None

    def forget(self, connection: RuntimeConnection) -> None:
        pass

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        if request.method == "POST":
            self._asked.pop(request.path.split("/")[-2]).set_result(request.body)
            connection.respond(202, b'{"status":"OK"}\n')
        elif self._waiting:
            self._waiting.pop(0).set_result(connection)
        else:
            self._free.append(connection)

    async def answer(self, request: web.Request) -> web.Response:
        event = await request.read()
        number, answered = str(next(self._numbers)), asyncio.get_running_loop().create_future()
        self._asked[number] = answered
        connection = self._free.pop() if self._free else await self._next_free()
        connection.respond(200, event, f"Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {number}\r\n"
                                       "Lambda-Runtime-Deadline-Ms: 0\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\n")
        return web.Response(body=await answered, content_type="application/json")

    async def _next_free(self) -> RuntimeConnection:
        free: asyncio.Future[RuntimeConnection] = asyncio.get_running_loop().create_future()
        self._waiting.append(free)
        return await free


def runtime(folder: Path, port: int) -> subprocess.Popen[bytes]:
    variables = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "_HANDLER": "app.handler", "LAMBDA_TASK_ROOT": str(folder),
                 "AWS_LAMBDA_FUNCTION_NAME": "Function", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s",
                 "PATH": os.defpath}
    return subprocess.Popen(python_command(sys.executable, BOOTSTRAPS / "bootstrap.py"), cwd=folder, env=variables)


async def main() -> None:
    passing, folder = Passing(), Path(sys.argv[1])
    runtimes = await asyncio.get_running_loop().create_server(passing.connection, "127.0.0.1", 0)
    application = web.Application()
    application.add_routes([web.post("/{rest:.*}", passing.answer)])
    callers = web.AppRunner(application, access_log=None)
    await callers.setup()
    await web.TCPSite(callers, "127.0.0.1", 0).start()
    processes = [runtime(folder, runtimes.sockets[0].getsockname()[1]) for _ in range(int(sys.argv[2]))]
    print(f"listening on http://127.0.0.1:{callers.addresses[0][1]}", flush=True)
    try:
        await asyncio.to_thread(sys.stdin.read)  # until the benchmark ends
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    uvloop.run(main())
