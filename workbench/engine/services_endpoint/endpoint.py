"""Where requests to other AWS services go: none, moto's server, or a URL. And the engine's own requests to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from workbench.background import TaskSet
from workbench.engine.services_endpoint.failures import HOW, NoServicesEndpoint, ServicesUnavailable
from workbench.engine.services_endpoint.moto import Moto
from workbench.engine.services_endpoint.signing import OwnRequest, signed_headers
from workbench.model.account import ACCOUNT_ID
from workbench.model.lambda_names import Scope

MOTO = "moto"
"""The choice of moto's server, which the engine starts and ends."""
ACCOUNT_HEADER = "x-moto-account-id"
"""Source: moto's documentation, "Multi-Account support"."""
_CONNECT_S = 10.0
_SILENT_S = 300.0
"""How long the endpoint may send nothing: some calls wait for long-polling or for work to be done."""
_KEPT_S = 1.0
"""How long an idle connection is kept: less than any server does, so that none closes it just as a request is sent."""
_LOG = "moto.log"
Body = bytes | AsyncIterator[bytes] | aiohttp.StreamReader | None


class ServiceAnswer(msgspec.Struct, frozen=True):
    """What a service answered. Header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServicesEndpoint:
    """The services endpoint of one engine. Use it on the engine's loop.

    `follow` says which it is. `request` is for the engine's own calls, `exchange` for those that are relayed.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: the workspace's state folder, where moto's log goes."""
        self._folder = folder
        self._choice = ""
        self._moto: Moto | None = None
        self._session: aiohttp.ClientSession | None = None
        self._ending = TaskSet()

    @property
    def choice(self) -> str:
        """What was chosen: "" for none, `moto`, or a URL."""
        return self._choice

    @property
    def problem(self) -> str:
        """What a person must know about it now, as sentences; "" for nothing."""
        return self._moto.problem if self._moto is not None else ""

    def follow(self, choice: str) -> None:
        """Have this endpoint from now on: "" for none, `moto`, or a URL. The same again starts a server anew that has ended."""
        if choice == self._choice and not self.problem:
            return
        if self._moto is not None:
            self._ending.begin("Ending moto", self._moto.close())
        self._choice = choice
        self._moto = Moto(self._folder / _LOG) if choice == MOTO else None

    async def close(self) -> None:
        """End moto's server and close all connections: there is no endpoint from now on."""
        self.follow("")
        await self._ending.finished()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def request(
        self, service: str, scope: Scope, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> ServiceAnswer:
        """Call a service as an account in a Region: signed, and answered as a whole. `target` is path and query, encoded.

        Raises ServicesUnavailable if there is no endpoint (NoServicesEndpoint), or none that answers. An error of the service is
        an answer.
        """
        async with self.opened(service, scope, method, target, headers, body) as answer:
            return ServiceAnswer(answer.status, answer.headers, await whole(answer))

    @contextlib.asynccontextmanager
    async def opened(
        self, service: str, scope: Scope, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Do the same, and give the answer before it has been read, for this block. Raises like `exchange`."""
        base = await self._base(service)
        request = OwnRequest(method, target, headers, body)
        signed = await asyncio.to_thread(signed_headers, base, request, service, scope)
        async with self.exchange(service, scope.account, method, target, CIMultiDict(signed), body) as answer:
            yield answer

    @contextlib.asynccontextmanager
    async def exchange(
        self, service: str, account: str, method: str, target: str, headers: CIMultiDict[str], body: Body
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request as it is, and give its answer, of which nothing has been read but the headers, for this block.

        Raises ServicesUnavailable like `request`; while the answer is read, aiohttp's errors.
        """
        base = await self._base(service)
        if self._moto is not None and account != ACCOUNT_ID:  # that one is moto's own, unless it has issued the key to another
            headers[ACCOUNT_HEADER] = account
        try:
            answer = await self._client().request(
                method, URL(base + target, encoded=True), headers=headers, data=body, allow_redirects=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._silent(base, error) from error
        try:
            yield answer
        finally:
            answer.release() if answer.content.at_eof() else answer.close()

    async def _base(self, service: str) -> str:
        if not self._choice:
            raise NoServicesEndpoint(service)
        return await self._moto.url() if self._moto is not None else self._choice.rstrip("/")

    def _silent(self, base: str, error: Exception) -> ServicesUnavailable:
        if self.problem:
            return ServicesUnavailable(self.problem)
        said = "did not answer in time" if isinstance(error, TimeoutError) else "does not answer"
        return ServicesUnavailable(f"The services endpoint {base} {said}.", f"Start it, or choose another. {HOW}")

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_S),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENT_S))
        return self._session


async def whole(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer to its end. Raises ServicesUnavailable if that does not come."""
    try:
        return await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ServicesUnavailable("The services endpoint broke off its answer.", "See its log.") from error
