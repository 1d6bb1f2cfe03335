"""Holders and places whose networks fail: nobody is given one, and nothing is left of them."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from workbench.model.allowances import Allowance
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.disks import Disks
from workbench.sandbox.isolated import holders as holders_module
from workbench.sandbox.isolated.forwarding import Forwarding
from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.isolated.holders import Holders
from workbench.sandbox.isolated.networks import Networks
from workbench.sandbox.isolated.outside import Way
from workbench.sandbox.isolated.place import Places
from workbench.sandbox.isolated.probe import isolated_status
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.control_group import NoControlGroups

pytestmark = pytest.mark.skipif(not isolated_status().available, reason=isolated_status().detail)

WAIT_S = 30.0


class SecondFails(Networks):
    """The second holder gets no way to the outside, as on a machine whose rights change."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.has_failed = asyncio.Event()

    async def attach(self, holder: Holder) -> Way | None:
        self.asked += 1
        if self.asked == 2:
            self.has_failed.set()
            raise SandboxError("This machine's addresses could not be blocked.")
        return await super().attach(holder)


class OutOfFiles(Networks):
    """No more files can be opened when services are to be forwarded."""

    def __init__(self) -> None:
        super().__init__()
        self.holders: list[Holder] = []

    async def forward(self, holder: Holder, addresses: Sequence[str]) -> tuple[Forwarding | None, tuple[str, ...]]:
        self.holders.append(holder)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@asynccontextmanager
async def holders_in(networks: Networks, folder: Path) -> AsyncIterator[Holders]:
    children = ChildRegistry(folder / "orphans.json")
    made = Holders(networks, children, Disks(()))
    yield made
    await made.close()
    await networks.close()
    children.close()


async def test_one_made_ahead_whose_network_failed_is_given_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders_module, "REFILL_DELAY_S", 0.0)
    networks = SecondFails()
    async with holders_in(networks, tmp_path) as holders:
        first = await holders.take(512)
        await asyncio.wait_for(networks.has_failed.wait(), WAIT_S)
        second = await holders.take(512)
        await second.ready()
        await asyncio.gather(holders.discard(first), holders.discard(second))


async def test_nothing_is_left_of_a_place_whose_services_could_not_be_forwarded(tmp_path: Path) -> None:
    networks = OutOfFiles()
    function = FunctionConfiguration(name="f", logical_id="F", runtime="provided.al2023", handler="x", code_path=str(tmp_path),
                                     allowed=Allowance(addresses=("127.0.0.1:4566",)))
    async with holders_in(networks, tmp_path) as holders:
        places = Places(NoControlGroups(), holders, networks)
        with pytest.raises(SandboxError, match="Too many open files"):
            await places.of("one", function)
        (holder,) = networks.holders
        assert not holder.is_alive
        assert not holder.folder.exists()
        await places.close()
