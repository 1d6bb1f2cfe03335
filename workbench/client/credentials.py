"""Calls about the AWS credentials of functions."""

from __future__ import annotations

import msgspec

from workbench.client.sending import Send
from workbench.model.credentials import CredentialsChoice, CredentialsReport, ProfilesFound

_PATH = "/_workbench/credentials"


class CredentialsCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def report(self) -> CredentialsReport:
        """Which credentials were chosen, and what each function gets by it."""
        return await self._asked("GET")

    async def choose(self, choice: CredentialsChoice) -> CredentialsReport:
        """Have functions get these from now on. Real ones are asked for now, to see whether they can be had."""
        _, body = await self._send("PUT", _PATH, data=msgspec.json.encode(choice))
        return msgspec.json.decode(body, type=CredentialsReport)

    async def forget(self) -> CredentialsReport:
        """Have functions get made-up ones again."""
        return await self._asked("DELETE")

    async def profiles(self) -> tuple[str, ...]:
        """The AWS profiles of the engine's machine."""
        _, body = await self._send("GET", f"{_PATH}/profiles")
        return msgspec.json.decode(body, type=ProfilesFound).profiles

    async def _asked(self, method: str) -> CredentialsReport:
        _, body = await self._send(method, _PATH)
        return msgspec.json.decode(body, type=CredentialsReport)
