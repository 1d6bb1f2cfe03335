"""HTTP as runtimes speak it: requests that come in any parts, one by one or several at once, are taken as they were sent."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from itertools import count, pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import MOST_HEAD_BYTES, RESPONSE_MODE, BodySink, RuntimeConnection, RuntimeRequest

LIMIT_BYTES = 40
STREAMED = {RESPONSE_MODE: "streaming"}


class Sent(msgspec.Struct, frozen=True):
    """A request as a runtime sends it: its body in chunks, with trailers, or whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    chunks: tuple[bytes, ...]
    is_chunked: bool
    trailers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def wire(self) -> bytes:
        framing = {"Transfer-Encoding": "chunked"} if self.is_chunked else {"Content-Length": str(len(self.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "127.0.0.1:9001", **self.headers, **framing}.items())
        start = f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n".encode()
        return start + (self._in_chunks() if self.is_chunked else self.body)

    def _in_chunks(self) -> bytes:
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.chunks)
        trailers = "".join(f"{name}: {value}\r\n" for name, value in self.trailers.items())
        return chunks + f"0\r\n{trailers}\r\n".encode()


class Sink(BodySink):
    """What arrived of one streamed body."""

    def __init__(self) -> None:
        self.body = b""
        self.is_lost = False

    def write(self, chunk: bytes) -> None:
        self.body += chunk

    def lost(self) -> None:
        self.is_lost = True


class Owner:
    """Takes requests, and answers each at once with its number. Implements ConnectionOwner."""

    def __init__(self) -> None:
        self.taken: list[RuntimeRequest] = []
        self.sinks: list[Sink] = []
        self.room = True

    def has_room(self) -> bool:
        return self.room

    def open_sink(self, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink | None:
        del connection
        assert (request.body, request.complete_ns) == (b"", 0)
        self.sinks.append(Sink())
        return self.sinks[-1]

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        self.taken.append(request)
        connection.respond(200, b"%d" % len(self.taken))

    def forget(self, connection: RuntimeConnection) -> None:
        del connection


class Wire(asyncio.Transport):
    """The other end of a connection, which keeps what it is sent."""

    def __init__(self, own: socket.socket | None = None) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 9001), "socket": own})
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


TOKENS = st.text("abcXYZ019-", min_size=1, max_size=9)
VALUES = st.text("abc XYZ019=;:\u00e9", max_size=20).map(str.strip)
FIELDS = st.dictionaries(TOKENS.map("X-{}".format), VALUES, max_size=3)
REQUESTS = st.builds(
    Sent, method=st.sampled_from(("GET", "POST", "PUT")), path=TOKENS.map("/2018-06-01/runtime/{}".format),
    headers=st.tuples(FIELDS, st.sampled_from(({}, STREAMED))).map(lambda both: both[0] | both[1]),
    chunks=st.lists(st.binary(min_size=1, max_size=30), max_size=3).map(tuple), is_chunked=st.booleans(),
    trailers=st.dictionaries(TOKENS.map("T-{}".format), VALUES, max_size=2))


def connected(owner: Owner, own: socket.socket | None = None) -> tuple[RuntimeConnection, Wire]:
    moments, wire = count(1), Wire(own)
    connection = RuntimeConnection(owner, Clock(lambda: next(moments), lambda: 0), LIMIT_BYTES)
    connection.connection_made(wire)
    return connection, wire


def cut(data: bytes, places: list[float]) -> Iterator[bytes]:
    marks = sorted({0, len(data), *(round(place * len(data)) for place in places)})
    return (data[begin:end] for begin, end in pairwise(marks))


@given(st.lists(REQUESTS, min_size=1, max_size=4), st.lists(st.floats(0, 1), max_size=12))
def test_requests_are_taken_as_sent_however_they_are_cut(sent: list[Sent], places: list[float]) -> None:
    owner = Owner()
    connection, wire = connected(owner)
    for part in cut(b"".join(each.wire for each in sent), places):
        connection.data_received(part)
    sinks = iter(owner.sinks)
    for given_, taken in zip(sent, owner.taken, strict=True):
        assert (taken.method, taken.path) == (given_.method, given_.path)
        fields = {**given_.headers, **(given_.trailers if given_.is_chunked else {})}
        # On the wire they are UTF-8, and are read byte by byte.
        expected = {name.lower(): value.encode().decode("latin-1") for name, value in fields.items()}
        assert expected.items() <= taken.headers.items()
        assert taken.streamed is (RESPONSE_MODE in given_.headers)
        assert taken.too_large is (not taken.streamed and len(given_.body) > LIMIT_BYTES)
        if taken.streamed:
            assert (next(sinks).body, taken.body) == (given_.body, b"")
        elif not taken.too_large:
            assert taken.body == given_.body
    assert [int(each.partition(b"HTTP")[0]) for each in wire.written.split(b"\r\n\r\n")[1:]] == [*range(1, len(sent) + 1)]
    assert connection.held_bytes == 0
    assert not wire.is_closed


@given(st.lists(REQUESTS, min_size=2, max_size=4), st.lists(st.floats(0, 1), max_size=8))
def test_times_follow_one_another(sent: list[Sent], places: list[float]) -> None:
    owner = Owner()
    connection, _ = connected(owner)
    for part in cut(b"".join(each.wire for each in sent), places):
        connection.data_received(part)
    times = [moment for taken in owner.taken for moment in (taken.arrived_ns, taken.complete_ns)]
    assert times == sorted(set(times))
    assert times[0] > 0


@given(REQUESTS, st.floats(0, 1), st.booleans())
def test_a_request_that_breaks_off_is_never_handled(sent: Sent, place: float, is_half_closed: bool) -> None:
    owner, begun = Owner(), sent.wire[:max(min(round(place * len(sent.wire)), len(sent.wire) - 1), 1)]
    with socket.socket() as own:
        connection, wire = connected(owner, own)
        connection.data_received(begun)
        if is_half_closed:
            connection.eof_received()
        connection.connection_lost(None)
    assert owner.taken == []
    assert all(sink.is_lost for sink in owner.sinks)
    assert wire.written.startswith(b"HTTP/1.1 400 Bad Request\r\n") is (is_half_closed and b"\r\n\r\n" in begun)


@pytest.mark.parametrize(("begin", "part"), [(b"GET /", b"a" * 100), (b"GET / HTTP/1.1\r\n", b"X-A: b\r\n" * 20)])
def test_an_endless_head_is_refused(begin: bytes, part: bytes) -> None:
    owner = Owner()
    connection, wire = connected(owner)
    connection.data_received(begin)
    sent = 0
    while not wire.is_closed and sent < 2 * MOST_HEAD_BYTES:
        connection.data_received(part)
        sent += len(part)
    assert wire.is_closed
    assert wire.written.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
    assert json.loads(wire.written.partition(b"\r\n\r\n")[2])["errorType"] == "RequestEntityTooLarge"
    assert (owner.taken, sent > MOST_HEAD_BYTES - len(part)) == ([], True)


def test_a_large_body_waits_for_no_room() -> None:
    owner = Owner()
    connection, wire = connected(owner)
    owner.room = False
    connection.data_received(b"POST /x HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"a" * 100_000)
    assert not wire.written  # only its limit is kept, which is little
    connection.data_received(b"a" * 100_000)
    assert [(each.too_large, each.body) for each in owner.taken] == [(True, b"")]
