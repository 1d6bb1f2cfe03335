"""The way of an event into the queue: checked as every invocation is, then on disk."""

from __future__ import annotations

import msgspec

from workbench.engine.asynchronous.answers import Ready
from workbench.engine.asynchronous.events import QueuedEvent
from workbench.engine.asynchronous.queue import InvocationQueue
from workbench.engine.asynchronous.retrying import LONGEST_AGE_S, MOST_RETRIES, Policy
from workbench.engine.invocation.request import InvokeRequest, new_trace_id
from workbench.engine.invocation.tenants import check_tenant
from workbench.engine.registry.resources import Resources
from workbench.model.limits import ASYNCHRONOUS, EventLimit, check_event
from workbench.model.lineage import traced


class Acceptance:
    """Accepts events for one queue. Use it on the engine's loop."""

    def __init__(self, resources: Resources, ready: Ready, queue: InvocationQueue) -> None:
        self._resources = resources
        self._ready = ready
        self._queue = queue

    async def accept(self, request: InvokeRequest, limit: EventLimit = ASYNCHRONOUS) -> str:
        """Keep an event, which must have its request ID, and return its tracing header; it is on disk then.

        Checks are those of other invocations, in their order. Whether the function has concurrency left is not among them: that
        is found out when the event is tried. Raises ServiceError.
        """
        await self._ready(request)
        target = self._resources.target(request.function_name, request.qualifier, request.scope)
        check_tenant(target.function, request.tenant_id)
        refused = check_event(request.payload, limit)
        if refused is not None:
            raise refused
        request = msgspec.structs.replace(request, trace_id=request.trace_id or new_trace_id())
        await self._queue.accept(request, request.scope or self._resources.home, target.function.name)
        return traced(request.trace_id, target.arn)


def policy_of(resources: Resources, event: QueuedEvent) -> Policy:
    """Return what holds for an event now: the event-invoke configuration of its qualifier, and the reserved concurrency."""
    configured = resources.event_invoke.find(event.scope, event.function_name, event.qualifier)
    retries, age_s = (None, None) if configured is None else (configured.retries, configured.age_s)
    return Policy(retries=MOST_RETRIES if retries is None else retries, age_s=LONGEST_AGE_S if age_s is None else age_s,
                  is_off=resources.concurrency.of(event.scope, event.function_name) == 0)
