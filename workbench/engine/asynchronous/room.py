"""Asynchronous invocation as the engine has it: the queue, the way into it, and what receives what comes out of it."""

from __future__ import annotations

from pathlib import Path

from workbench.engine.asynchronous.acceptance import Acceptance, policy_of
from workbench.engine.asynchronous.answers import Invoking
from workbench.engine.asynchronous.deliveries.addresses import Addresses
from workbench.engine.asynchronous.deliveries.deliveries import Deliveries
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.targets import ServiceTargets
from workbench.engine.asynchronous.queue import InvocationQueue
from workbench.engine.events.stream import Stream
from workbench.engine.registry.resources import Resources
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint

_TAKEN = "Another engine serves this workspace: asynchronous invocations are accepted by that one."


class AsynchronousInvocation:
    """Asynchronous invocation of one engine. Use it on the engine's loop.

    `queue`: the events that wait. `acceptance`: the way into it. `inbox`: what nobody else received.
    """

    def __init__(
        self, folder: Path, stream: Stream, invoking: Invoking, resources: Resources, services: ServicesEndpoint
    ) -> None:
        """`folder` keeps the queue and the inbox; `invoking` runs attempts. Nothing is opened yet."""
        self.inbox = Inbox(folder / "inbox.sqlite")
        deliveries = Deliveries(
            Addresses(resources), ServiceTargets(services), self.inbox, stream, lambda request: self.acceptance.accept(request))
        self.queue = InvocationQueue(
            folder / "queue.sqlite", stream, invoking, lambda event: policy_of(resources, event), deliveries)
        self.acceptance = Acceptance(resources, self.queue)

    async def open(self, *, is_second: bool) -> None:
        """Read what waits. A second engine of a workspace accepts and runs nothing."""
        await self.queue.open(why_not=_TAKEN if is_second else "")

    async def close(self) -> None:
        """Write what is left. Call it when nothing is invoked any more."""
        await self.queue.close()
        await self.inbox.close()
