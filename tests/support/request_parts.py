"""What requests of a fuzzer are made of, and how they are sent: raw bytes on connections of their own."""

from __future__ import annotations

import base64
import random
import socket

import msgspec

ANSWER_LIMIT_S = 20.0
FUNCTION = "Target"
UUID = "8f9d5a3e-6a0f-4ec2-9a55-3f4e2a7b9c10"


class Fuzzed(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `leaves`: the client hangs up when it has sent this, and expects no answer."""

    what: str
    data: bytes
    leaves: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: status 0 for nothing at all."""

    status: int
    body: bytes


def send(address: tuple[str, int], request: Fuzzed) -> Answer | None:
    """Send it on a connection of its own; None when its client left."""
    with socket.create_connection(address, timeout=ANSWER_LIMIT_S) as connection:
        try:
            connection.sendall(request.data)
            if request.leaves:
                return None
            connection.shutdown(socket.SHUT_WR) if b"\r\n\r\n" not in request.data else None
        except OSError:  # it was answered before all was sent
            pass
        return _answer(connection)


def _answer(connection: socket.socket) -> Answer:
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            part = connection.recv(65_536)
            if not part:
                break
            received += part
    except OSError:
        pass
    status = received.split(b" ", 2)[1:2]
    return Answer(status=int(status[0]) if status and status[0].isdigit() else 0, body=received.partition(b"\r\n\r\n")[2])


class RequestParts:
    """Odd values, from a seed. `token` is the engine's."""

    def __init__(self, seed: int, token: str) -> None:
        self.random = random.Random(seed)
        self.token = token

    def odd(self) -> str:
        """A text where a number or a name is expected. It may stand in a request line."""
        return self.random.choice((
            "", "x", "-1", "0", "1", "1.5", "1e9", "9" * 5_000, "%00", "%FF", "%C3%28", "%u0041", "%", "%0d%0aX:1", "²", "٣",
            "null", "true", "[]", "{}", "'", "%22", "../..", "a" * 3_000, str(2**63), str(2**64), "10000000000", "NaN", "+5",
            "0x10", "1_000", " 5".strip(), "%20", "%F0%9F%98%80", UUID, "Target", "$LATEST", "arn:aws:lambda", ":", "::::",
        ))

    def json(self) -> bytes:
        """A body that is JSON, or nearly, or not at all."""
        chosen = self.random.choice((
            b"", b"{", b"}", b"null", b"[]", b"{}", b'""', b"1e999", b"9" * 5_000, b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe",
            b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"\\u0000":1}', b"NaN", b'{"a":1,"a":2}', b"\x00" * 100, b"{'a':1}",
            b'{"region":"x\\r\\ny"}', b'{"region":5}', b'{"idleLimitS":1e400}', b'{"idleLimitS":-5}', b'{"idleLimitS":"x"}',
            b'{"images":{"a":1}}', b'{"sandbox":"moon"}', b'{"images":[]}', b'{"freeze":null}', b'{"port":70000}',
            b'{"port":"x"}', b'{"sandbox":"moon","port":-1}', b'{"events":["INVOKE","X"]}', b'{"events":5}', b'{"events":[5]}',
            b'{"schemaVersion":"x","types":["platform"]}', b'{"types":[],"destination":{"protocol":"HTTP","URI":"http://["}}',
            b'{"types":["platform"],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:99999"}}',
            b'{"types":["platform"],"destination":{"protocol":"TCP","port":-1},"buffering":{"maxItems":1e400}}',
            b'{"types":["platform"],"destination":{"protocol":"HTTP","URI":"http://sandbox:1\\r\\n2"}}',
            b'{"errorMessage":5,"errorType":[]}', b'{"errorMessage":"\\ud83d"}', b'{"Updates":[1],"CheckpointToken":5}',
            b'{"Region":"nowhere"}', b'{"' + b"k" * 10_000 + b'":1}', b'{"Stage":"' + b"v" * 10_000 + b'"}',
        ))
        return self.mutated(chosen) if self.random.random() < 0.2 else chosen

    def mutated(self, data: bytes) -> bytes:
        changed = bytearray(data[:2_000])
        for _ in range(self.random.randint(1, 4)):
            if changed:
                changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)

    def bytes_(self, most: int) -> bytes:
        return self.random.randbytes(self.random.randint(0, most))

    def header_bytes(self) -> bytes:
        """A header's value: anything but its end."""
        value = self.random.choice((
            b"", b"x", b"\xff\xfe", "é".encode(), "漢".encode(), b"a" * 7_000, b"\t", b'"', b"9" * 5_000, b"-1", b"{}",
            b"[" * 5_000,
            self.bytes_(40), base64.b64encode(self.json())[:6_000], base64.b64encode(b'{"custom":{"k":"\xc3\xa9"}}'),
            base64.b64encode(b"[" * 1_500), b"=" * 10, b"\x80\x81", b"Bearer", b"Bearer \xff",
        ))
        return value.translate(None, b"\r\n\x00")

    def request(self, method: str, target: str | bytes, body: bytes = b"", *headers: bytes, token: bool = True) -> bytes:
        path = target.encode("utf-8") if isinstance(target, str) else target
        lines = [method.encode() + b" " + path + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close", *headers]
        if token:
            lines.append(b"Authorization: Bearer " + self.token.encode())
        if body or method in ("POST", "PUT"):
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def method(self) -> str:
        return self.random.choice(("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "BREW"))
