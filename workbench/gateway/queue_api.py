"""The queue of asynchronous invocations and its clocks (`/_workbench/queue…`). See model/queue.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import body_of, number_in
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import function_reference
from workbench.model.queue import QueueMove, QueueSent, QueueStep

_MOST_LISTED = 1_000
_MOST_FORWARD_S = 31_622_400


class QueueApi:
    """The routes of the queue, over one engine. The query's `functionName` names a function; without it, all are meant."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue = engine.asynchronous.queue

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        one = r"/_workbench/queue/events/{number:\d{1,18}}"
        return [
            web.get("/_workbench/queue", self.list), web.post("/_workbench/queue/hold", self.hold),
            web.post("/_workbench/queue/resume", self.resume), web.post("/_workbench/queue/step", self.step),
            web.post("/_workbench/queue/forward", self.forward), web.delete("/_workbench/queue/events", self.drop_all),
            web.get(one, self.payload), web.put(one, self.edit), web.delete(one, self.drop), web.post(one, self.retry),
            web.post(r"/_workbench/queue/ended/{number:\d{1,18}}", self.send_ended_again),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """What is in the queue, and its clocks; with `ended`, so many of the events that ended last."""
        if not self._queue.shown.problem:
            await self._queue.moves.tidy()
        limit, ended = (number_in(request, name, usual, most=_MOST_LISTED) for name, usual in (("limit", 100), ("ended", 0)))
        after, offset = number_in(request, "after", 0), number_in(request, "offset", 0)
        return json_answer(await self._queue.shown.info(
            self._function(request), after=after, limit=limit, offset=offset, ended=ended))

    async def hold(self, request: web.Request) -> web.Response:
        """Hold a clock."""
        self._check()
        await self._queue.moves.hold(await self._meant(request))
        return await self.list(request)

    async def resume(self, request: web.Request) -> web.Response:
        """Let a clock go on, and try what waits for a decision."""
        self._check()
        await self._queue.moves.resume(await self._meant(request))
        return await self.list(request)

    async def step(self, request: web.Request) -> web.Response:
        """Try the next event under a held clock."""
        self._check()
        trail = await self._queue.moves.step(await self._meant(request))
        return await self._moved(request, trail.tried, trail.steps)

    async def forward(self, request: web.Request) -> web.Response:
        """Move a clock forward: by `seconds`, or without them to when the next event is due."""
        self._check()
        seconds = number_in(request, "seconds", 0, least=1, most=_MOST_FORWARD_S) if "seconds" in request.query else None
        by_ms = None if seconds is None else seconds * 1000
        # A caller who is gone wants no more of it, and no other move may begin before this one has ended.
        trail = await self._queue.moves.forward(await self._meant(request), by_ms, lambda: request.transport is not None)
        return await self._moved(request, trail.tried, trail.steps)

    async def payload(self, request: web.Request) -> web.Response:
        """An event's payload, also of one that ended not long ago."""
        self._check_open()
        payload = await self._queue.changes.payload(_number(request))
        return web.Response(body=payload or b"{}", content_type="application/json")

    async def edit(self, request: web.Request) -> web.Response:
        """Replace an event's payload; with `sendAgain=true`, have it begin anew: as a new event if it has ended."""
        self._check()
        number, sends_again = _number(request), request.query.get("sendAgain") == "true"
        payload = await body_of(request) if request.can_read_body else None
        if sends_again and self._queue.ended.has(number):
            await self._engine.asynchronous.send_again(number, payload)
            return await self.list(request)
        if payload is not None:
            await self._queue.changes.edit(number, payload)
        if sends_again:
            await self._queue.changes.send_again(number)
        return await self.list(request)

    async def send_ended_again(self, request: web.Request) -> web.Response:
        """Send an event that has ended again, as a new one; with a body, that is its payload."""
        self._check()
        payload = await body_of(request) if request.can_read_body else None
        return json_answer(QueueSent(request_id=await self._engine.asynchronous.send_again(_number(request), payload)))

    async def retry(self, request: web.Request) -> web.Response:
        """Try an event now."""
        self._check()
        step = await self._queue.changes.retry(_number(request))
        return await self._moved(request, 1, (step,))

    async def drop(self, request: web.Request) -> web.Response:
        """Drop an event."""
        self._check()
        await self._queue.changes.drop(_number(request))
        return await self.list(request)

    async def drop_all(self, request: web.Request) -> web.Response:
        """Drop a function's events, or all; with `asked=true`, only those that wait for a decision."""
        self._check()
        await self._queue.changes.drop_all(await self._meant(request), only_asked=request.query.get("asked") == "true")
        return await self.list(request)

    async def _moved(self, request: web.Request, tried: int, steps: tuple[QueueStep, ...]) -> web.Response:
        limit = number_in(request, "limit", 100, most=_MOST_LISTED)
        return json_answer(QueueMove(
            tried=tried, steps=steps, queue=await self._queue.shown.info(self._function(request), limit=limit)))

    def _function(self, request: web.Request) -> str:
        """Return the function's key, "" for all functions. Events of one that was deleted can still be named."""
        name = request.query.get("functionName", "")
        if not name:
            return ""
        resources = self._engine.resources
        reference = function_reference(name)
        scope = reference.within(resources.home)
        found = resources.functions.find(scope, reference.name)
        return scope.function_arn(reference.name if found is None else found.name)

    async def _meant(self, request: web.Request) -> str:
        """Return the same of a function that is there, or of which the queue has something. Raises ServiceError 404."""
        key = self._function(request)
        if key and not await self._queue.shown.has(key):
            reference = function_reference(request.query["functionName"])
            self._engine.resources.functions.require(reference.within(self._engine.resources.home), reference.name)
        return key

    def _check(self) -> None:
        """Raise ServiceError if this engine changes nothing."""
        self._check_open()
        self._engine.resources.check_changeable()

    def _check_open(self) -> None:
        if self._queue.shown.problem:
            raise ServiceError("ServiceException", 500, self._queue.shown.problem, fault="Service")


def _number(request: web.Request) -> int:
    return int(request.match_info["number"])
