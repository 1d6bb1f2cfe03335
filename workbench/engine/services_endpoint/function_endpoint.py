"""The address that functions get as AWS_ENDPOINT_URL while there is a services endpoint.

A process reaches this machine's loopback interface anyway, and gets the engine's one port, unless that asks for issued keys. From
the isolated sandbox and from a container an inlet leads to the AWS routes and to function URLs alone. Variables that have the
address of a function URL of this engine get it in the form that a program in that sandbox can call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.environment_keys import EnvironmentKeys
from workbench.engine.services_endpoint.failures import HOW
from workbench.model.failures import SandboxError
from workbench.model.function import SandboxKind
from workbench.model.url_addresses import for_programs, names_url
from workbench.sandbox.protocol import Listening

VARIABLE = "AWS_ENDPOINT_URL"
"""Source: AWS SDKs and Tools reference guide, "Service-specific endpoints"."""
_LOOPBACK = "127.0.0.1"


class Inlets(Protocol):
    """What serves the AWS routes to functions."""

    url: str
    """The engine's one port; "" if functions' credentials are not enough there."""

    async def port_at(self, host: str) -> int:
        """Return the port of the inlet at an address of this machine; it listens from then on. Raises OSError."""


class FunctionEndpoint:
    """Knows that address for each environment, and admits its `keys`. Use it on the engine's loop."""

    def __init__(self, services: ServicesEndpoint) -> None:
        self._services = services
        self._inlets: Inlets | None = None
        self.keys = EnvironmentKeys()
        self.is_url: Callable[[str], bool] = lambda _: False
        """Whether there is a function URL with an id."""

    def serve_with(self, inlets: Inlets) -> None:
        """Have these inlets from now on; without, functions get no address."""
        self._inlets = inlets

    async def forwarded(self, kind: SandboxKind, variables: Mapping[str, str] | None = None) -> str:
        """Return the `host:port` that leads out of an environment's own network, "" if none has to. Raises SandboxError.

        One has to for AWS services, and for function URLs that its `variables` name.
        """
        if kind != "isolated" or self._inlets is None or not (self._services.choice or _name_urls(variables or {})):
            return ""
        return f"{_LOOPBACK}:{await self._port_at(self._inlets, _LOOPBACK)}"

    async def callback_url(self, kind: SandboxKind) -> str:
        """Return the URL for answers of a function that runs so, also of a process if there is no services endpoint.

        Raises SandboxError if such functions reach nothing.
        """
        if kind == "process" and self._inlets is not None:
            return self._inlets.url or f"http://{_LOOPBACK}:{await self._port_at(self._inlets, _LOOPBACK)}"
        forwarded = await self.forwarded(kind)
        if not forwarded:
            raise SandboxError("The function cannot reach this engine: from a sandbox that needs a services endpoint.", HOW)
        return f"http://{forwarded}"

    async def url(self, kind: SandboxKind, listening: Listening) -> str:
        """Return the URL for an environment that reaches its Runtime API so; "" for none. Raises SandboxError."""
        return "" if self._inlets is None or not self._services.choice else await self._base(self._inlets, kind, listening)

    async def with_urls(self, variables: Mapping[str, str], kind: SandboxKind, listening: Listening) -> Mapping[str, str]:
        """Return variables in which function URLs of this engine can be called from an environment. Raises SandboxError."""
        if self._inlets is None or not _name_urls(variables):
            return variables
        base = await self._base(self._inlets, kind, listening)
        return {name: for_programs(value, base, self.is_url) for name, value in variables.items()}

    async def _base(self, inlets: Inlets, kind: SandboxKind, listening: Listening) -> str:
        if kind == "process" and inlets.url:
            return inlets.url
        bound, _, _ = listening.runtime_api.rpartition(":")
        return f"http://{bound}:{await self._port_at(inlets, listening.socket.getsockname()[0])}"

    @staticmethod
    async def _port_at(inlets: Inlets, host: str) -> int:
        try:
            return await inlets.port_at(host)
        except OSError as error:
            message = f"The AWS endpoint for functions cannot listen at {host}: {error.strerror or error}."
            raise SandboxError(message, "Check the network settings.") from error


def _name_urls(variables: Mapping[str, str]) -> bool:
    return any(map(names_url, variables.values()))
