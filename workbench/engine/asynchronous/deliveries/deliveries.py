"""Delivers what an event's end brings: to functions here, to other services, or into the inbox. Nothing is lost in silence."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from workbench.engine.asynchronous.deliveries.addresses import Addresses
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.messages import Message
from workbench.engine.asynchronous.deliveries.targets import Arn, NotDelivered, ServiceTargets
from workbench.engine.asynchronous.events import Settled
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeRequest
from workbench.model.failures import WorkbenchError
from workbench.model.inbox import MessageKind
from workbench.model.lambda_names import function_reference

Accept = Callable[[InvokeRequest], Awaitable[object]]
"""Puts an asynchronous invocation into the queue. Raises WorkbenchError for what Lambda refuses."""
_PAUSES_S = (0.2, 1.0)
"""How long to wait before a target is tried again, and how often."""
_LIMIT_S = 30.0
"""How long one try may take."""
_FIFO = ".fifo"


class Deliveries:
    """The end of asynchronous invocations. Use it on the engine's loop."""

    def __init__(self, addresses: Addresses, targets: ServiceTargets, inbox: Inbox, stream: Stream, accept: Accept) -> None:
        self._addresses = addresses
        self._targets = targets
        self._inbox = inbox
        self._stream = stream
        self._accept = accept
        self._arrived: dict[int, set[MessageKind]] = {}
        """What has arrived already of events that are to be delivered again, by their numbers."""

    def is_wanted(self, settled: Settled) -> bool:
        """Whether anybody is to receive what an event's end brings."""
        return self._addresses.are_there(settled)

    async def deliver(self, settled: Settled) -> None:
        """Deliver everything that an event's end brings, and return when it has arrived somewhere.

        Raises WorkbenchError if the inbox cannot be written, and then nothing may be forgotten: deliver the event again. What
        has arrived is not sent a second time by this engine.
        """
        arrived = self._arrived.setdefault(settled.event.event_id, set())
        for message in self._addresses.messages(settled):
            if message.kind not in arrived:
                await self._deliver(message)
                arrived.add(message.kind)
        del self._arrived[settled.event.event_id]

    async def _deliver(self, message: Message) -> None:
        try:
            place = await self._sent(message)
        except NotDelivered as error:
            await self._into_inbox(message, error.why)
        else:
            self._tell(message, place)

    async def _sent(self, message: Message) -> str:
        """Send a message and return where it is now: `function`, `service` or `inbox`. Raises NotDelivered."""
        target = Arn.of(message.target)
        if target.service in ("sqs", "sns") and target.resource.endswith(_FIFO):
            raise NotDelivered("It is a FIFO resource; Lambda sends to standard queues and topics only.")
        if target.service == "lambda":
            await self._invoke(message)
            return "function"
        if not self._targets.are_there:
            await self._inbox.put(message)
            return "inbox"
        await self._tried(message, target)
        return "service"

    async def _invoke(self, message: Message) -> None:
        """Invoke a function asynchronously with a record. What it says of the chain goes along: the two may call each other."""
        try:
            reference = function_reference(message.target)
            await self._accept(InvokeRequest(
                function_name=reference.name, qualifier=reference.qualifier, scope=reference.within(message.scope),
                payload=message.body, request_id=str(uuid.uuid4()), trace_id=message.trace_header))
        except WorkbenchError as error:
            raise NotDelivered(str(error)) from error

    async def _tried(self, message: Message, target: Arn) -> None:
        for pause_s in (*_PAUSES_S, None):
            try:
                async with asyncio.timeout(_LIMIT_S):
                    await self._targets.send(message, target)
                return
            except TimeoutError:
                error = NotDelivered(f"The services endpoint did not answer within {_LIMIT_S:g} seconds.", is_final=False)
            except NotDelivered as refused:
                error = refused
            if error.is_final or pause_s is None:
                raise error
            await self._stream.clock.sleep(pause_s)

    async def _into_inbox(self, message: Message, why: str) -> None:
        await self._inbox.put(message, why)
        self._tell(message, "inbox", why)

    def _tell(self, message: Message, place: str, why: str = "") -> None:
        record = {"kind": message.kind, "target": message.target, "place": place}
        self._stream.publish("sandbox.delivered", record | ({"why": why} if why else {}),
                             function_name=message.function_name, request_id=message.request_id)
