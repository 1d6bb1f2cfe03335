"""What its callers need of the services endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from workbench.model.lambda_names import Scope


class HttpAnswer(Protocol):
    """An answer of another service."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Endpoint(Protocol):
    """The services endpoint."""

    @property
    def choice(self) -> str:
        """Which it is, "" for none."""

    async def request(
        self, service: str, scope: Scope, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpAnswer:
        """Send a signed request. Raises WorkbenchError if there is no endpoint or it does not answer."""
