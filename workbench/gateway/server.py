"""The engine's HTTP server: the Lambda API and our own, behind the guard; on loopback, unless its reach says more."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from workbench.background import begin
from workbench.engine.service import Engine
from workbench.gateway.admission import Admission
from workbench.gateway.aws_api import AwsApi
from workbench.gateway.bodies_in_memory import BodiesInMemory
from workbench.gateway.code_downloads import CodeDownloads
from workbench.gateway.direct_invocations import DirectInvocations
from workbench.gateway.errors import answer_errors
from workbench.gateway.exact_runner import ExactRunner
from workbench.gateway.function_inlets import FunctionInlets, inlet_refusal
from workbench.gateway.function_urls.access import UrlAccess
from workbench.gateway.function_urls.served import ServedUrls
from workbench.gateway.guard import guard
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.log_api import LogApi
from workbench.gateway.own_routes import own_routes
from workbench.gateway.reach import LOOPBACK, LoopbackOnly, Reach
from workbench.gateway.reading import BODIES
from workbench.gateway.routing import add_routes
from workbench.gateway.services_relay import ServicesRelay
from workbench.gateway.signatures.access_keys import AccessKeys
from workbench.gateway.signatures.verification import Verification
from workbench.gateway.stacks_on_demand import StacksOnDemand
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.gateway.waiting_connections import Connection, WaitingConnections
from workbench.gateway.workbench_api import WorkbenchApi
from workbench.model.engine_api import DoctorReport
from workbench.model.failures import EngineError
from workbench.model.quotas import REQUEST_LIMIT_BYTES
from workbench.storage.open_files import most_waiting

BACKLOG = 4_096
"""How many connections may wait to be accepted; systems allow fewer. A caller beyond that tries again after a second."""


class Gateway:
    """Serves one engine. `url` is known after `start`."""

    def __init__(
        self, engine: Engine, *, shut_down: Callable[[], None], examine: Callable[[], Awaitable[DoctorReport]],
        reach: Reach | None = None,
    ) -> None:
        """`reach` is None for this machine's programs only."""
        self._reach = reach or LoopbackOnly()
        self._engine = engine
        self.token = secrets.token_urlsafe(32)
        self.url = ""
        answers, bodies = UnreadAnswers(), BodiesInMemory()
        self._admission = Admission()
        self.workbench = WorkbenchApi(engine, shut_down, examine, answers)
        self._log = LogApi(engine, answers)
        self._waiting = WaitingConnections(self._connections, most_waiting())
        self._watch: asyncio.Task[None] | None = None
        # The outermost comes first: connections and bodies are accounted for whatever happens, refusals are answered as errors.
        # The guard comes before the admission, so that what it refuses does not wait there; both come before any body is read.
        bounding = (self._waiting.middleware, bodies.middleware, answers.in_parts, answer_errors)
        access = UrlAccess(engine.resources, Verification(AccessKeys().secret))
        urls = ServedUrls(engine, access, self._reach.refusal, self._admission, answers)
        urls_for_functions = ServedUrls(engine, access, inlet_refusal, self._admission, answers)
        middlewares = [*bounding, urls.middleware, guard(self.token, self._reach.refusal), self._admission.middleware,
                       *self._reach.middlewares(self.token)]
        application = web.Application(middlewares=middlewares, client_max_size=REQUEST_LIMIT_BYTES + 1)
        application[BODIES] = bodies
        downloads = CodeDownloads(engine.resources)
        lambda_api = LambdaApi(engine, answers, downloads)
        self._stacks = StacksOnDemand(engine, lambda_api, lambda: self.url)
        aws = AwsApi(lambda: engine.resources.home, lambda_api, ServicesRelay(engine.services_endpoint, answers),
                     {"cloudformation": self._stacks.answer})
        proven = [*downloads.routes(), *self._stacks.routes()]
        own = own_routes(engine, answers, urls.recordings, self.workbench.followers)
        add_routes(application, [*self.workbench.routes(), *self._log.routes(), *own, *proven], otherwise=aws.answer)
        self._inlets = FunctionInlets(aws, engine.function_endpoint.keys, proven, bodies,
                                      (*bounding, urls_for_functions.middleware, self._admission.middleware))
        self._inlets.serves_others = lambda: bool(engine.services_endpoint.choice)
        direct = DirectInvocations(engine, self._admission, self._waiting, answers)
        # Where requests have to be signed, none goes the direct way.
        self._runner = ExactRunner(application) if self._reach.asks_for_keys else ExactRunner(application, direct.before)

    def admit(self) -> None:
        """Serve requests from now on; those that came earlier have waited. Call it when the engine has started."""
        self._admission.open()

    async def start(self, port: int) -> None:
        """Listen on `port`, or on any free one for 0. Raises EngineError when that is not possible."""
        await self._runner.setup()
        for address in self._reach.addresses:
            await self._listen(address, port)
            port = self._runner.addresses[0][1]  # of them all, if any free one was asked for
        self.url = f"http://{LOOPBACK}:{port}"
        self._inlets.url = "" if self._reach.asks_for_keys else self.url
        self._engine.function_endpoint.serve_with(self._inlets)
        self._watch = begin("The watch of connections that wait", self._waiting.watch())

    async def _listen(self, address: str, port: int) -> None:
        try:
            await web.TCPSite(self._runner, address, port, backlog=BACKLOG).start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise EngineError(f"Port {port} is taken.", "Choose another with -p, or -p 0 for any free one.") from error
            if address != LOOPBACK:
                # asyncio puts a text of its own in place of the system's; what a name look-up says has no positive number.
                reason = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
                raise EngineError(f"The engine cannot listen at {address}: {reason}.",
                                  "Name an address of this machine, or 0.0.0.0 for all of them.") from error
            message = f"The engine cannot listen on port {port}: {error.strerror}."
            raise EngineError(message, "Choose another with -p.") from error

    def _connections(self) -> list[Connection]:
        servers = (self._runner.server, self._inlets.runner.server)
        return [connection for server in servers if server is not None for connection in server.connections]

    async def close(self) -> None:
        """Abort running invocations, disconnect the stream's followers, then stop serving."""
        if self._watch is not None:
            self._watch.cancel()
        # Whatever requests wait for ends first: `cleanup` waits for them, up to `shutdown_timeout`.
        self._admission.close()
        await self._stacks.close()
        await self._engine.break_off()
        await self.workbench.close()
        await self._log.close()
        await self._inlets.close()
        await self._runner.cleanup()
