"""Calls about what the Lambda API made: listed, exported to a file, imported from one, removed, saved into the template."""

from __future__ import annotations

from types import TracebackType
from typing import IO, Any, Self

import aiohttp
import msgspec

from workbench.client.answers import no_answer, service_error
from workbench.model.api_state import ApiStateReport
from workbench.model.engine_api import Connection

_PATH = "/_workbench/api-state"
_PART_BYTES = 1 << 20


class ApiStateClient:
    """Use it as an async context manager. Every call raises ServiceError for an error answer, EngineError without an answer."""

    def __init__(self, connection: Connection) -> None:
        # No limit in all: what is large takes its time, and the engine bounds how long it waits for each part.
        self._session = aiohttp.ClientSession(
            connection.url, headers={"Authorization": f"Bearer {connection.token}"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await self._session.close()

    async def report(self) -> ApiStateReport:
        """What there is."""
        return await self._reported("GET")

    async def reset(self) -> ApiStateReport:
        """Remove everything, and return what that was."""
        return await self._reported("DELETE")

    async def add(self, file: IO[bytes], *, replace: bool) -> ApiStateReport:
        """Import an archive, and return what it has. The file is closed afterwards."""
        return await self._reported("PUT", data=file, params={"replace": "true"} if replace else {})

    async def write_to(self, file: IO[bytes]) -> None:
        """Write an archive of everything to a file. Raises OSError, too."""
        try:
            async with self._session.get(f"{_PATH}/archive") as answer:
                if answer.status >= 400:
                    raise service_error(answer.status, answer.headers, await answer.read())
                async for part in answer.content.iter_chunked(_PART_BYTES):
                    file.write(part)
        except aiohttp.ClientError as error:
            raise no_answer(error) from error

    async def _reported(self, method: str, **options: Any) -> ApiStateReport:
        try:
            async with self._session.request(method, _PATH, **options) as answer:
                body = await answer.read()
                if answer.status >= 400:
                    raise service_error(answer.status, answer.headers, body)
                return msgspec.json.decode(body, type=ApiStateReport)
        except aiohttp.ClientError as error:
            raise no_answer(error) from error
