"""Who is at the other end of a connection, where environments share this machine's network."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tests.support.bubbles import acting_as, bubble, needs_bubblewrap
from workbench.sandbox.isolated.callers import is_called_by
from workbench.sandbox.process.memory import family

pytestmark = needs_bubblewrap

_CALLER = """
import os, socket, subprocess, sys
made = socket.create_connection((sys.stdin.readline().strip(), int(input())))
print("connected")
input()
made.close()
"""
_BY_A_GRANDCHILD = """
import os, socket, sys
host, port = input(), int(input())
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        made = socket.create_connection((host, port))
        print("connected")
        input()
    os._exit(0)
os.wait()
input()
"""


@pytest.fixture(params=["root", "ordinary"])
def _user(request: pytest.FixtureRequest) -> Iterator[None]:
    with acting_as(request.param):
        yield


@pytest.mark.usefixtures("_user")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("script", [_CALLER, _BY_A_GRANDCHILD])
def test_a_process_of_the_environment_and_strangers(host: str, script: str) -> None:
    protocol = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (socket.create_server((host, 0), family=protocol) as listener,
          bubble(script, "--share-net") as ours, bubble(script, "--share-net") as other):
        called = listener.getsockname()[:2]
        for each in (ours, other):
            each.tell(host)
            each.tell(str(called[1]))
            assert each.line() == "connected"
            accepted, caller = listener.accept()
            with accepted:
                assert is_called_by(family(each.pid), caller[:2], called)
                stranger = other if each is ours else ours
                assert not is_called_by(family(stranger.pid), caller[:2], called)
                assert not is_called_by([os.getpid()], caller[:2], called)


def test_a_connection_that_has_ended_is_nobodys() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = socket.create_connection(listener.getsockname())
        accepted, caller = listener.accept()
        assert is_called_by([os.getpid()], caller, listener.getsockname())
        accepted.close()
        made.close()
        assert not is_called_by([os.getpid()], caller, listener.getsockname())


def test_a_process_that_has_ended_has_no_family() -> None:
    assert family(2**22 + 5) == []
    assert not is_called_by([2**22 + 5], ("127.0.0.1", 1), ("127.0.0.1", 2))
