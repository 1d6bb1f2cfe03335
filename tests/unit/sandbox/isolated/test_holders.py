from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import pytest

from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.isolated.holders import Held
from workbench.sandbox.isolated.networks import Networks


class Making:
    """A network whose listener is there when the test says so."""

    def __init__(self) -> None:
        self.listener_made = asyncio.get_running_loop().create_future()

    async def listener(self, _holder: Holder) -> socket.socket:
        return cast("socket.socket", await self.listener_made)

    async def listen(self, _holder: Holder, _admits: object, made: socket.socket | None) -> object:
        return made


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_listener_that_comes_as_its_caller_gives_up_is_closed(*, is_cancelled: bool) -> None:
    networks = Making()
    held = Held(cast("Holder", None), cast("Networks", networks), is_alone=True)
    making = held._first
    assert making is not None
    caller = asyncio.ensure_future(held.listen(cast("Any", None)))
    making.add_done_callback(lambda _: caller.cancel() if is_cancelled else None)  # before its caller knows that it is there
    await asyncio.sleep(0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        networks.listener_made.set_result(listener)
        await asyncio.wait([caller])
        assert caller.cancelled() is is_cancelled
        assert (listener.fileno() < 0) is is_cancelled
