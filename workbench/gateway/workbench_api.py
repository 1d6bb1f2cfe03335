"""Our own API for what Lambda has none for (`/_workbench/…`): stream, history, environments, settings. See model/engine_api."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import WSMsgType, web

from workbench.background import begin
from workbench.engine.service import Engine
from workbench.gateway.function_names import function_in
from workbench.gateway.json_answer import encoded_answer, json_answer
from workbench.gateway.reading import decoded_body, number_in
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.engine_api import DoctorReport, Health, Settings
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.package_version import package_version

MAX_PAGE = 10_000


class WorkbenchApi:
    """The routes of our own API, over one engine. `shut_down` ends the process; `examine` makes the doctor's report."""

    def __init__(
        self, engine: Engine, shut_down: Callable[[], None], examine: Callable[[], Awaitable[DoctorReport]],
        answers: UnreadAnswers,
    ) -> None:
        self._engine = engine
        self._answers = answers
        self._shut_down = shut_down
        self._examine = examine
        self._sockets: set[web.WebSocketResponse] = set()

    def followers(self) -> int:
        """Return how many clients follow the stream."""
        return len(self._sockets)

    @property
    def has_followers(self) -> bool:
        """Whether any client follows the stream."""
        return bool(self._sockets)

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [
            web.get("/_workbench/health", self.health),
            web.get("/_workbench/functions", self.functions),
            web.post("/_workbench/refresh", self.refresh),
            web.get("/_workbench/environments", self.environments),
            web.delete("/_workbench/environments", self.stop_environments),
            web.get("/_workbench/provisioned", self.all_provisioned),
            web.put("/_workbench/provisioned/{function}", self.provision),
            web.get("/_workbench/concurrency", self.concurrency),
            web.put("/_workbench/worked-on/{function}", self.work_on),
            web.get("/_workbench/events", self.events),
            web.get("/_workbench/invocations/{request_id}", self.invocation),
            web.delete("/_workbench/invocations/{request_id}", self.cancel),
            web.put("/_workbench/settings", self.settings),
            web.get("/_workbench/values", self.values),
            web.put("/_workbench/values", self.give_values),
            web.get("/_workbench/doctor", self.doctor),
            web.get("/_workbench/cache", self.cache),
            web.delete("/_workbench/cache", self.clear_cache),
            web.post("/_workbench/shutdown", self.shutdown),
            web.get("/_workbench/stream", self.stream),
        ]

    async def health(self, _: web.Request) -> web.Response:
        """The engine's identity, settings and state."""
        engine = self._engine
        return json_answer(Health(
            engine_id=engine.engine_id,
            version=package_version(),
            pid=os.getpid(),
            workspace=str(engine.root),
            workspace_problem=engine.functions.problem,
            seq=engine.events.seq,
            sandbox=engine.sandbox,
            sandboxes=engine.sandboxes,
            settings=engine.settings.in_force,
            loop_lag_ms=engine.loop_lag_ms,
            notice=engine.notice,
            workspace_warnings=(*engine.functions.remarks.warnings, *engine.resources.declared.warnings),
            trust=engine.trust.standing,
            allowed=engine.allowances.all(),
            credentials=engine.credentials.report(),
        ))

    async def functions(self, _: web.Request) -> web.Response:
        """All functions of the workspace: the template's, then those that the API made in its Region."""
        return json_answer(self._engine.resources.at_home())

    async def refresh(self, _: web.Request) -> web.Response:
        """Reread the workspace now, and have builds that failed run again when they are needed."""
        self._engine.cache.build_again()
        await self._engine.refresh()
        return json_answer(self._engine.resources.at_home())

    async def environments(self, _: web.Request) -> web.Response:
        """The execution environments that exist now."""
        return json_answer(self._engine.environments.all())

    async def stop_environments(self, request: web.Request) -> web.Response:
        """Stop one environment, all of a function, or all there are."""
        identifier = request.query.get("environmentId", "")
        if identifier:
            if not self._engine.environments.stop(identifier):
                raise ServiceError("ResourceNotFoundException", 404, f"There is no environment {identifier}.")
            return json_answer([])
        environments, resources = self._engine.environments, self._engine.resources
        name = function_in(request, resources)
        if name not in ("", *(each.function_name for each in environments.all())):
            resources.functions.require(resources.home, name)
        environments.stop_all(name)
        return json_answer([])

    async def all_provisioned(self, _: web.Request) -> web.Response:
        """The provisioned concurrency of each function."""
        return json_answer(self._engine.provisioned.all())

    async def provision(self, request: web.Request) -> web.Response:
        """Set a function's provisioned concurrency; 0 removes it."""
        return json_answer(self._engine.provisioned.put(request.match_info["function"], number_in(request, "count", 0)))

    async def concurrency(self, _: web.Request) -> web.Response:
        """What runs now, of what limits, and what was throttled."""
        return json_answer(self._engine.concurrency.report())

    async def work_on(self, request: web.Request) -> web.Response:
        """Note that the person now works on a function, so that a sandbox is kept ready for it."""
        self._engine.work_on(request.match_info["function"])
        return web.Response(status=204)

    async def events(self, request: web.Request) -> web.Response:
        """A page of the journal, or all events of one invocation."""
        if request.query.get("requestId"):
            return await self._events_of(request.query["requestId"])
        limit, since = min(number_in(request, "limit", 1000), MAX_PAGE), number_in(request, "since", 0)
        async with self._answers.making():
            return encoded_answer(await self._engine.events.page(since, limit))

    async def invocation(self, request: web.Request) -> web.Response:
        """All events of one invocation. Waits for its report."""
        request_id = request.match_info["request_id"]
        await self._engine.reported(request_id)
        return await self._events_of(request_id)

    async def _events_of(self, request_id: str) -> web.Response:
        async with self._answers.making():
            return encoded_answer(await self._engine.events.invocation(request_id))

    async def cancel(self, request: web.Request) -> web.Response:
        """Stop an invocation."""
        request_id = request.match_info["request_id"]
        if not self._engine.cancel(request_id):
            raise ServiceError("ResourceNotFoundException", 404, f"No invocation {request_id} is running.")
        return web.Response(status=204)

    async def settings(self, request: web.Request) -> web.Response:
        """Replace the workspace's settings."""
        settings = await decoded_body(request, Settings, "The settings are")
        await self._engine.settings.change(settings)
        return json_answer(settings)

    async def values(self, _: web.Request) -> web.Response:
        """The values that the template asks for. Secret values are masked."""
        return json_answer(await self._engine.values.asked())

    async def give_values(self, request: web.Request) -> web.Response:
        """Store values by key; null removes one."""
        given = await decoded_body(request, dict[str, str | None], "The values are")
        try:
            await self._engine.values.give(given)
        except WorkbenchError as error:
            raise ServiceError("InvalidParameterValueException", 400, f"The values are not valid: {error}") from error
        await self._engine.refresh()
        return json_answer(await self._engine.values.asked())

    async def doctor(self, _: web.Request) -> web.Response:
        """The doctor's report."""
        return json_answer(await self._examine())

    async def cache(self, _: web.Request) -> web.Response:
        """The size of the package cache."""
        return json_answer(await self._engine.cache.report())

    async def clear_cache(self, _: web.Request) -> web.Response:
        """Delete the cached packages that are not in use."""
        return json_answer(await self._engine.cache.clear())

    async def shutdown(self, _: web.Request) -> web.Response:
        """End the engine."""
        self._shut_down()
        return web.Response(status=202)

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Send the events above `since`, then new ones as they happen, until the client disconnects."""
        since = number_in(request, "since", 0)
        socket = web.WebSocketResponse(timeout=GOODBYE_S, heartbeat=30, compress=False)
        try:
            await socket.prepare(request)
        except ValueError as error:  # the key of the handshake, which aiohttp decodes as if it were ASCII
            raise ServiceError("InvalidParameterValueException", 400, "The WebSocket's key is not valid.") from error
        self._sockets.add(socket)
        sender = begin("A follower's stream", self._send(socket, since))
        sender.add_done_callback(partial(self._hang_up, request))
        try:
            # Followers say nothing, but without reading nobody would answer their pings or notice that they have gone.
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
            sender.cancel()
            await asyncio.wait([sender])  # its outbox is gone then; `wait` does not raise the cancellation here
        return socket

    async def close(self) -> None:
        """Close the connections of all followers."""
        for socket in tuple(self._sockets):
            await socket.close()

    def _hang_up(self, request: web.Request, sender: asyncio.Task[None]) -> None:
        """Close the connection when its sender has ended or failed, so that the follower notices and reconnects."""
        if request.transport is not None and not sender.cancelled():
            request.transport.close()

    async def _send(self, socket: web.WebSocketResponse, since: int) -> None:
        async for frame in self._engine.events.frames(since):
            try:
                await socket.send_frame(frame, WSMsgType.TEXT)  # the bytes as they are: send_str would copy them several times
            except ConnectionError as error:
                error.with_traceback(None)  # the connection keeps the error, and its traceback would keep the unsent frame
                return
            await asyncio.sleep(QUICK_INTERVAL_S if len(frame) < SMALL_FRAME_BYTES else FRAME_INTERVAL_S)


FRAME_INTERVAL_S = 0.033
"""At most 30 frames per second: the window repaints no faster, and one batch costs less than its events one by one."""
QUICK_INTERVAL_S = 0.006
"""After a small frame: where little happens, a person waits for the answer that comes next."""
SMALL_FRAME_BYTES = 8_192

GOODBYE_S = 1.0
"""How long a follower may take to answer the closing handshake."""
