"""What the Lambda API made, as a whole: listed, exported, imported, removed (`/_workbench/api-state`). See model/api_state.py."""

from __future__ import annotations

import asyncio
from typing import IO

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.unread_answers import PART_BYTES, UnreadAnswers
from workbench.gateway.wire.documents import checked
from workbench.model.api_state import ARCHIVE_LIMIT_BYTES
from workbench.model.failures import ServiceError, WorkspaceError

_PART_LIMIT_S = 60.0
"""How long a caller may take to send the next part of an archive."""
_PATH = "/_workbench/api-state"


class ApiStateApi:
    """The routes for API state, over one engine. Archives are not kept in memory."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._state = engine.resources.api_state
        self._answers = answers

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get(_PATH, self.report), web.delete(_PATH, self.reset), web.put(_PATH, self.add),
                web.get(f"{_PATH}/archive", self.archive)]

    async def report(self, _: web.Request) -> web.Response:
        """What there is."""
        return json_answer(self._state.report())

    async def reset(self, _: web.Request) -> web.Response:
        """Remove everything; the answer is what that was."""
        return json_answer(await self._state.reset())

    async def add(self, request: web.Request) -> web.Response:
        """Import the archive in the body; with `replace=true` in the place of what is here. The answer is what was imported."""
        with self._state.draft() as file:
            await _receive(request, file)
            return json_answer(await self._state.add_from(file, checked, replace=request.query.get("replace") == "true"))

    async def archive(self, request: web.Request) -> web.StreamResponse:
        """Everything as an archive."""
        with self._state.draft() as file:
            await self._state.write_to(file)
            response = web.StreamResponse(headers={"Content-Type": "application/zip"})
            response.content_length = file.seek(0, 2)
            file.seek(0)
            with self._answers.waiting(request, PART_BYTES) as unread:  # the rest is on disk
                await response.prepare(request)
                while part := await asyncio.to_thread(file.read, PART_BYTES):
                    await unread.write(response, part)
                await response.write_eof()
        return response


async def _receive(request: web.Request, file: IO[bytes]) -> None:
    """Write a body to a file. Raises ServiceError for one that is too large or does not come, WorkspaceError for a full disk."""
    left_bytes = ARCHIVE_LIMIT_BYTES
    try:
        while part := await asyncio.wait_for(request.content.readany(), _PART_LIMIT_S):
            left_bytes -= len(part)
            if left_bytes < 0:
                raise ServiceError("RequestEntityTooLargeException", 413, "The file is too large to be imported.")
            await asyncio.to_thread(file.write, part)
    except TimeoutError as error:
        raise ServiceError("RequestTimeoutException", 408, "The file did not come.") from error
    except ConnectionError:
        raise
    except OSError as error:
        message = f"The file could not be taken in: {error.strerror or error}."
        raise WorkspaceError(message, "Check that the disk has space.") from error
