"""Makes the sandboxes of an environment one after the other: the first for INIT, another after every reset."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.runtime_api.listener import RuntimeApi
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.model.failures import SandboxError
from workbench.sandbox.protocol import OutputHandler, Sandbox, SandboxProvider, SandboxSpec


class Leading(Protocol):
    """Leads an environment to the AWS services that this engine serves."""

    async def __call__(self, credentials: Mapping[str, str], *, is_real: bool) -> Mapping[str, str]:
        """Return the variables by which it finds them, given those of its credentials. Raises SandboxError."""


EnvironmentVariables = Callable[[str, Leading], Awaitable[Mapping[str, str]]]
"""Returns the complete variables of an environment, given the Runtime API's address (`host:port`) and the way to AWS services.

Raises CredentialsUnavailable.
"""


class SandboxMaker:
    """Makes the sandboxes of one environment. Use it on the engine's loop.

    `spec` lacks what differs from sandbox to sandbox: the variables and the address of the Runtime API.
    """

    def __init__(
        self, provider: SandboxProvider, spec: SandboxSpec, variables: EnvironmentVariables, debugger: EnvironmentDebugger | None,
        endpoint: FunctionEndpoint,
    ) -> None:
        self.provider = provider
        self.debugger = debugger
        self._spec = spec
        self._variables = variables
        self._endpoint = endpoint

    @property
    def freezes(self) -> bool:
        """Whether its sandboxes are frozen between invocations."""
        return self._spec.freeze != "off"

    async def make(self, api: RuntimeApi, apis: LocalApis, output: OutputHandler) -> Sandbox:
        """Have the Runtime API listen, then make the sandbox that will call it. Raises SandboxError."""
        try:
            listening = await self.provider.listen(self._spec.environment_id, self._spec.function)
            await api.listen(listening.socket, listening.admits)
        except OSError as error:
            raise SandboxError(f"The Runtime API cannot listen: {error.strerror}.", "Check the network settings.") from error
        leading = functools.partial(self._endpoint.led, self._spec, self.provider.kind, listening)
        variables = await self._all_variables(listening.runtime_api, leading, apis)
        variables = await self._endpoint.with_urls(variables, self.provider.kind, listening)
        spec = msgspec.structs.replace(self._spec, runtime_api=listening.runtime_api, environment=variables)
        return await self.provider.create(spec, output)

    async def release(self) -> None:
        """Release what outlives the sandboxes of the environment, such as its /tmp."""
        self._endpoint.keys.forget(self._spec.environment_id)
        await self.provider.release(self._spec.environment_id)

    async def _all_variables(self, runtime_api: str, leading: Leading, apis: LocalApis) -> Mapping[str, str]:
        metadata = {"AWS_LAMBDA_METADATA_API": runtime_api, "AWS_LAMBDA_METADATA_TOKEN": apis.metadata_token}
        complete = {**await self._variables(runtime_api, leading), **metadata}
        return complete if self.debugger is None else self.debugger.variables(complete)
