"""Asynchronous invocation as the engine has it: the queue, the way into it, and what receives what comes out of it."""

from __future__ import annotations

import uuid
from pathlib import Path

from workbench.engine.asynchronous.acceptance import Acceptance, policy_of
from workbench.engine.asynchronous.answers import Invoking
from workbench.engine.asynchronous.deliveries.addresses import Addresses
from workbench.engine.asynchronous.deliveries.deliveries import Deliveries
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.targets import ServiceTargets
from workbench.engine.asynchronous.queue import InvocationQueue
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeRequest
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
        self.acceptance = Acceptance(resources, invoking.ready, self.queue)

    async def open(self, *, is_second: bool) -> None:
        """Read what waits. A second engine of a workspace accepts and runs nothing."""
        await self.queue.open(why_not=_TAKEN if is_second else "")

    async def send_again(self, event_id: int, payload: bytes | None) -> str:
        """Accept one of the events that ended last as a new one, and return its request ID. `payload`: None for the same.

        Raises ServiceError: 404 if the event is not known any more, and what Lambda refuses.
        """
        event = self.queue.ended.event(event_id)
        request = InvokeRequest(
            function_name=event.function_name, qualifier=event.qualifier, scope=event.scope, request_id=str(uuid.uuid4()),
            payload=event.payload if payload is None else payload, tenant_id=event.tenant_id)
        await self.acceptance.accept(request)
        return request.request_id

    async def close(self) -> None:
        """Write what is left. Call it when nothing is invoked any more."""
        await self.queue.close()
        await self.inbox.close()
