"""The address that functions get as AWS_ENDPOINT_URL while there is a services endpoint, and else as AWS_ENDPOINT_URL_LAMBDA.

Without a services endpoint, a function that calls Lambda is led here unless it has real credentials: with made-up ones, AWS would
refuse it after a long wait. That is so only where calls may do no more than the person lets the folder do.

A process reaches this machine's loopback interface anyway, and gets the engine's one port, unless that asks for issued keys. From
the isolated sandbox and from a container an inlet leads to the AWS routes and to function URLs alone. Variables that have the
address of a function URL of this engine get it in the form that a program in that sandbox can call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.environment_keys import EnvironmentKeys
from workbench.engine.services_endpoint.failures import HOW
from workbench.model.account import ACCOUNT_ID
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.url_addresses import for_programs, names_url
from workbench.sandbox.protocol import Listening, SandboxSpec

VARIABLE, LAMBDA_VARIABLE = "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"
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
        self.may_call_lambda: Callable[[Iterable[FunctionConfiguration]], Collection[str]] = lambda _: ()
        """Returns the names of those that may call the Lambda API of this engine, if they get no real credentials."""

    def serve_with(self, inlets: Inlets) -> None:
        """Have these inlets from now on; without, functions get no address."""
        self._inlets = inlets

    async def forwarded(self, kind: SandboxKind, function: FunctionConfiguration | None = None) -> str:
        """Return the `host:port` that leads out of an environment's own network, "" if none has to. Raises SandboxError.

        One has to for AWS services, for Lambda, and for function URLs that the variables of the function name.
        """
        if kind != "isolated" or self._inlets is None or not (self._services.choice or self._leads_here(function)):
            return ""
        return f"{_LOOPBACK}:{await self._port_at(self._inlets, _LOOPBACK)}"

    def led_to_lambda(self, functions: Iterable[FunctionConfiguration]) -> Collection[str]:
        """Return the names of those that are led to this engine's Lambda API alone, unless they get real credentials.

        A durable function calls that of its own environment.
        """
        if self._services.choice:
            return ()
        return self.may_call_lambda(each for each in functions if each.durable is None
                                    and {VARIABLE, LAMBDA_VARIABLE}.isdisjoint(each.environment))

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

    async def led(
        self, spec: SandboxSpec, kind: SandboxKind, listening: Listening, credentials: Mapping[str, str], *, is_real: bool
    ) -> Mapping[str, str]:
        """Return the variables that lead an environment here, none or one, and admit it then. Raises SandboxError.

        `credentials`: the variables by which it has them, `is_real`: those of an account.
        """
        name, url = VARIABLE, await self.url(kind, listening)
        if not url and not is_real and self._inlets is not None and self.led_to_lambda([spec.function]):
            name, url = LAMBDA_VARIABLE, await self._base(self._inlets, kind, listening)
        if key := credentials.get("AWS_ACCESS_KEY_ID", "") if url else "":
            self.keys.admit(spec.environment_id, key, spec.function.account or ACCOUNT_ID)
        return {name: url} if url else {}

    async def with_urls(self, variables: Mapping[str, str], kind: SandboxKind, listening: Listening) -> Mapping[str, str]:
        """Return variables in which function URLs of this engine can be called from an environment. Raises SandboxError."""
        if self._inlets is None or not _name_urls(variables):
            return variables
        base = await self._base(self._inlets, kind, listening)
        return {name: for_programs(value, base, self.is_url) for name, value in variables.items()}

    def _leads_here(self, function: FunctionConfiguration | None) -> bool:
        return function is not None and (_name_urls(function.environment) or bool(self.led_to_lambda([function])))

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
