"""A lean HTTP client that sends requests prepared ahead over several connections, one at a time on each. Its own process.

    python -m tests.benchmarks.prepared_client HOST PORT FILE CALLERS EACH

FILE has the requests as bytes, packed with msgpack; they are sent in turns. Every answer must be 202 without a body. Prints one
JSON line: {"seconds": …, "p99Ms": …}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from botocore.awsrequest import AWSResponse

from tests.benchmarks.measures import percentile
from tests.support.api_clients import lambda_client


def prepare(path: Path, url: str, count: int, payload: bytes = b'{"order": 17}') -> None:
    """Write requests as boto3 signs and sends them, for events of `Function`."""
    requests: list[bytes] = []

    def keep(request: Any, **_: object) -> AWSResponse:
        target = request.url.removeprefix(url)
        lines = [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in request.headers.items()]
        requests.append("\r\n".join((f"POST {target} HTTP/1.1", *lines, "", "")).encode() + request.body)
        return AWSResponse(request.url, 202, {}, None)

    client = lambda_client(url)
    client.meta.events.register("before-send.lambda.Invoke", keep)
    client.meta.events.register("before-parse", lambda **_: None)
    for _ in range(count):
        client.invoke(FunctionName="Function", InvocationType="Event", Payload=payload)
    client.close()
    path.write_bytes(msgspec.msgpack.encode(requests))


class _Caller(asyncio.Protocol):
    """One connection, which sends its requests one after the other."""

    def __init__(self, requests: list[bytes], each: int) -> None:
        self._requests = requests
        self._left = each
        self._received = b""
        self._begun_s = 0.0
        self.latencies_ms: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        if not self._received.startswith(b"HTTP/1.1 202"):
            self.done.set_exception(SystemExit(self._received.decode()))
        self._received = b""
        self.latencies_ms.append((time.perf_counter() - self._begun_s) * 1000)
        if self._left:
            self._send()
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(f"The server hung up: {error} {self._received!r}"))

    def _send(self) -> None:
        self._left -= 1
        self._begun_s = time.perf_counter()
        self._transport.write(self._requests[self._left % len(self._requests)])  # type: ignore[attr-defined]


async def load(host: str, port: int, requests: list[bytes], callers: int, each: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begun_s = time.perf_counter()
    connections = [await loop.create_connection(lambda: _Caller(requests, each), host, port) for _ in range(callers)]
    await asyncio.gather(*(caller.done for _, caller in connections))
    seconds = time.perf_counter() - begun_s
    for transport, _ in connections:
        transport.close()
    return {"seconds": seconds, "p99Ms": percentile([each for _, caller in connections for each in caller.latencies_ms], 0.99)}


def main() -> None:
    host, port, path, callers, each = islice(sys.argv, 1, 6)
    import uvloop

    requests = msgspec.msgpack.decode(Path(path).read_bytes(), type=list[bytes])
    print(json.dumps(uvloop.run(load(host, int(port), requests, int(callers), int(each)))))


if __name__ == "__main__":
    main()
