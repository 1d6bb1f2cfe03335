"""A lean HTTP client for load: keep-alive sockets, no parsing beyond the length. Run as its own process.

    python -m tests.benchmarks.load_client HOST PORT PATH CLIENTS REQUESTS [BODY [HEADER]]

Prints one JSON line: {"seconds": …, "latencies_ms": [sorted sample]}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


async def one_client(host: str, port: int, path: str, requests: int, body: bytes, header: str) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    headers = [f"Host: {host}:{port}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    headers += [header] if header else []
    request = "\r\n".join((f"POST {path} HTTP/1.1", *headers, "", "")).encode() + body
    latencies = []
    for _ in range(requests):
        begin = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append((time.perf_counter() - begin) * 1000)
    writer.close()
    return latencies


async def load(
    host: str, port: int, path: str, clients: int, requests: int, body: bytes, header: str = "",
) -> dict[str, object]:
    begin = time.perf_counter()
    results = await asyncio.gather(*(one_client(host, port, path, requests, body, header) for _ in range(clients)))
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "latencies_ms": sorted(latency for result in results for latency in result)}


def main() -> None:
    host, port, path, clients, requests, *rest = sys.argv[1:]
    import uvloop

    body, header = (rest[0].encode() if rest else b"{}"), (rest[1] if len(rest) > 1 else "")
    answer = uvloop.run(load(host, int(port), path, int(clients), int(requests), body, header))
    # Not sys.stdout: with PYTHONUNBUFFERED, it loses the rest of what a pipe takes in several parts.
    with open(sys.stdout.fileno(), "w", closefd=False) as output:
        json.dump(answer, output)


if __name__ == "__main__":
    main()
