"""Delivers an environment's telemetry to the extensions that subscribed, while it is awake and never while it is frozen.

Source: Lambda guide, "Lambda Telemetry API" and "Lambda Logs API".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from workbench.background import begin
from workbench.engine.clock import Clock
from workbench.engine.inward import Connect
from workbench.engine.telemetry.buffer import Dropped, TelemetryBuffer
from workbench.engine.telemetry.delivery import Delivery, NotDelivered, delivery_to
from workbench.engine.telemetry.records import category, delivered
from workbench.engine.telemetry.subscription import Subscription
from workbench.model.events import Record

INIT_RECORDS_KEPT = 1_000
"""The maximum number of records from INIT that are delivered to a later subscription.

An extension subscribes during INIT, when some of INIT's records exist already; on Lambda it receives those too.
"""
_TOO_SLOW = "The subscriber is slower than the telemetry it asked for."

Told = tuple[str, float, Record]
DroppedTold = Callable[[Dropped, str], None]
"""Receives what could not be delivered, and why."""


class Subscriber:
    """One subscription, with the task that delivers to it."""

    def __init__(
        self, subscription: Subscription, delivery: Delivery, awake: asyncio.Event, dropped: DroppedTold, clock: Clock
    ) -> None:
        self.subscription = subscription
        self._delivery = delivery
        self._awake = awake
        self._dropped = dropped
        self._buffer = TelemetryBuffer(subscription.buffering, clock)
        self._delivered = asyncio.Event()
        self._delivered.set()
        # If the task itself fails, `flush` must not wait for it during SHUTDOWN.
        self._task = begin("The delivery of telemetry", self._deliver(), lambda _: self._delivered.set())

    def offer(self, told: Told) -> None:
        """Take an event if it was subscribed to."""
        record = delivered(self.subscription, *told)
        if record is not None:
            self._delivered.clear()
            self._buffer.add(record)

    async def flush(self) -> None:
        """Return when everything offered so far has been delivered or dropped."""
        self._buffer.seal()
        await self._delivered.wait()

    async def close(self) -> None:
        """Stop delivering; what is left is lost."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._delivery.close()

    async def _deliver(self) -> None:
        while True:
            batch = await self._buffer.batch()
            await self._awake.wait()  # a frozen extension answers nobody, and Lambda delivers nothing meanwhile
            reason = _TOO_SLOW
            try:
                await self._delivery.send(batch)
            except NotDelivered as error:
                reason = str(error)
                self._buffer.drop(batch)
            dropped = self._buffer.take_dropped()
            if self._buffer.is_empty:
                self._delivered.set()
            if dropped.records:  # last, because `platform.logsDropped` is itself offered to this subscriber
                self._dropped(dropped, reason)


class Telemetry:
    """All subscriptions of one sandbox, by the extension's name. Use it on the engine's loop."""

    def __init__(self, dropped: DroppedTold, clock: Clock) -> None:
        self._dropped = dropped
        self._clock = clock
        self._subscribers: dict[str, Subscriber] = {}
        self._former: list[Subscriber] = []
        self._init_records: list[Told] | None = []  # None once nobody can subscribe any more
        self._awake = asyncio.Event()
        self._awake.set()

    @property
    def is_needed(self) -> bool:
        """Whether events have to be offered: there are subscribers, or there may still be some."""
        return bool(self._subscribers) or self._init_records is not None

    def subscription_of(self, name: str) -> Subscription | None:
        """Return an extension's subscription, or None."""
        subscriber = self._subscribers.get(name)
        return subscriber.subscription if subscriber else None

    def subscribe(self, name: str, subscription: Subscription, connect: Connect) -> None:
        """Deliver to an extension from now on, beginning with the records of INIT so far; replaces an earlier subscription."""
        if name in self._subscribers:
            self._former.append(self._subscribers.pop(name))  # still delivers what it has gathered; closed with the others
        delivery = delivery_to(connect, subscription.destination)
        subscriber = Subscriber(subscription, delivery, self._awake, self._dropped, self._clock)
        self._subscribers[name] = subscriber
        for told in self._init_records or ():
            subscriber.offer(told)

    def offer(self, kind: str, time_ms: float, record: Record) -> None:
        """Offer an event of the environment to all subscribers."""
        if not category(kind):
            return
        told = (kind, time_ms, record)
        if self._init_records is not None and len(self._init_records) < INIT_RECORDS_KEPT:
            self._init_records.append(told)
        for subscriber in self._subscribers.values():
            subscriber.offer(told)

    def init_over(self) -> None:
        """End the time in which extensions can subscribe."""
        self._init_records = None

    def freeze(self) -> None:
        """Deliver nothing until `thaw`."""
        self._awake.clear()

    def thaw(self) -> None:
        """Deliver again."""
        self._awake.set()

    async def flush(self, limit_s: float) -> None:
        """Deliver everything that waits, within a time limit in seconds."""
        if self._subscribers:
            with contextlib.suppress(TimeoutError):
                async with self._clock.timeout(limit_s):
                    await asyncio.gather(*(subscriber.flush() for subscriber in self._subscribers.values()))

    async def close(self) -> None:
        """End all subscriptions."""
        subscribers, self._subscribers = self._subscribers, {}
        self._init_records = None
        for subscriber in (*self._former, *subscribers.values()):
            await subscriber.close()
