"""Answers of custom resources: who may give one, and what it says.

Source: CloudFormation template reference, "Custom resource response objects".
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.refusals import ResourceFailed

LIMIT_BYTES = 4_096
"""The maximum size of an answer."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a custom resource said. `data` has what GetAtt gives; with `no_echo` nobody is shown that."""

    status: str
    physical_resource_id: str | None = None
    reason: str | None = None
    no_echo: bool | str | None = None
    data: Mapping[str, Any] | None = None


class Answers:
    """The answers that are awaited, each under a token that nobody else knows. Use it on the engine's loop."""

    def __init__(self) -> None:
        self._awaited: dict[str, asyncio.Future[bytes]] = {}

    @contextlib.contextmanager
    def expected(self) -> Iterator[tuple[str, asyncio.Future[bytes]]]:
        """Await an answer in this block: gives its token, and where it comes."""
        token, coming = secrets.token_urlsafe(32), asyncio.get_running_loop().create_future()
        self._awaited[token] = coming
        try:
            yield token, coming
        finally:
            del self._awaited[token]
            coming.cancel()

    def receive(self, token: str, body: bytes) -> bool:
        """Take an answer; only the first counts. Return False if nobody awaits one under this token."""
        coming = self._awaited.get(token)
        if coming is None:
            return False
        if not coming.done():
            coming.set_result(body)
        return True


def answer_of(body: bytes) -> Answer:
    """Read an answer. Raises ResourceFailed for one that CloudFormation refuses."""
    if len(body) > LIMIT_BYTES:
        raise ResourceFailed("Response object is too long.")
    try:
        return msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ResourceFailed(f"Invalid response object: {error}.") from error
