"""The engine's HTTP server: both APIs behind the guard, on loopback."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.allowed_api import AllowedApi
from workbench.gateway.debug_api import DebugApi
from workbench.gateway.errors import answer_errors
from workbench.gateway.guard import guard
from workbench.gateway.http_log import server_logger
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.routing import add_routes
from workbench.gateway.trust_api import TrustApi
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.gateway.workbench_api import WorkbenchApi
from workbench.model.engine_api import DoctorReport
from workbench.model.failures import REQUEST_LIMIT_BYTES, EngineError

HOST = "127.0.0.1"


class Gateway:
    """Serves one engine. `url` is known after `start`."""

    def __init__(
        self, engine: Engine, *, shut_down: Callable[[], None], examine: Callable[[], Awaitable[DoctorReport]]
    ) -> None:
        self._engine = engine
        self.token = secrets.token_urlsafe(32)
        self.url = ""
        answers = UnreadAnswers()
        self.workbench = WorkbenchApi(engine, shut_down, examine, answers)
        application = web.Application(
            middlewares=[answers.in_parts, answer_errors, guard(self.token)], client_max_size=REQUEST_LIMIT_BYTES + 1
        )
        add_routes(application, [*LambdaApi(engine, answers).routes(), *self.workbench.routes(), *DebugApi(engine).routes(),
                                 *TrustApi(engine).routes(), *AllowedApi(engine).routes()])
        self._runner = web.AppRunner(application, access_log=None, logger=server_logger(), shutdown_timeout=2)

    async def start(self, port: int) -> None:
        """Listen (on any free port for 0). Raises EngineError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise EngineError(f"Port {port} is taken.", "Choose another with -p, or -p 0 for any free one.") from error
            message = f"The engine can not listen on port {port}: {error.strerror}."
            raise EngineError(message, "Choose another with -p.") from error
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Break off what is under way, then stop serving."""
        await self._engine.break_off()
        await self.workbench.close()
        await self._runner.cleanup()
