"""What our system knows of data that a program was sent and may not have read."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.support.engines import until
from workbench.engine.runtime_api.unread import is_refused

EVENT = b"x" * 1000


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Ours and the other end of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
        with ours, theirs:
            yield ours, theirs


async def test_who_ends_without_reading_refuses(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    ours.sendall(EVENT)
    theirs.close()
    await until(lambda: is_refused(ours))


async def test_who_ended_before_refuses(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.close()
    assert ours.recv(1) == b""
    ours.sendall(EVENT)
    await until(lambda: is_refused(ours))


async def test_who_has_read_all_does_not(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    ours.sendall(EVENT)
    assert theirs.recv(2000) == EVENT
    theirs.close()
    assert ours.recv(1) == b""
    assert not is_refused(ours)


async def test_of_who_has_not_ended_nothing_is_known(ends: tuple[socket.socket, socket.socket]) -> None:
    """What it has read may not be acknowledged yet: systems put that off for 40 ms (RFC 9293, 3.8.6.3)."""
    ours, _ = ends
    ours.setblocking(False)
    while ours.send(EVENT * 1000) == len(EVENT) * 1000:  # until no more goes in
        pass
    assert not is_refused(ours)
