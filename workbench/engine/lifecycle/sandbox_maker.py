"""Makes the sandboxes of an environment one after the other: the first for INIT, another after every reset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.runtime_api.listener import RuntimeApi
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.model.account import ACCOUNT_ID
from workbench.model.failures import SandboxError
from workbench.sandbox.protocol import OutputHandler, Sandbox, SandboxProvider, SandboxSpec

EnvironmentVariables = Callable[[str, str], Awaitable[Mapping[str, str]]]
"""Returns the complete variables of an environment, given the Runtime API's address (`host:port`) and the URL of AWS services.

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
        endpoint_url = await self._endpoint.url(self.provider.kind, listening)
        variables = await self._all_variables(listening.runtime_api, endpoint_url, apis)
        variables = await self._endpoint.with_urls(variables, self.provider.kind, listening)
        self._admit(variables.get("AWS_ACCESS_KEY_ID", ""))
        spec = msgspec.structs.replace(self._spec, runtime_api=listening.runtime_api, environment=variables)
        return await self.provider.create(spec, output)

    async def release(self) -> None:
        """Release what outlives the sandboxes of the environment, such as its /tmp."""
        self._endpoint.keys.forget(self._spec.environment_id)
        await self.provider.release(self._spec.environment_id)

    def _admit(self, key: str) -> None:
        if key:
            self._endpoint.keys.admit(self._spec.environment_id, key, self._spec.function.account or ACCOUNT_ID)

    async def _all_variables(self, runtime_api: str, endpoint_url: str, apis: LocalApis) -> Mapping[str, str]:
        metadata = {"AWS_LAMBDA_METADATA_API": runtime_api, "AWS_LAMBDA_METADATA_TOKEN": apis.metadata_token}
        complete = {**await self._variables(runtime_api, endpoint_url), **metadata}
        return complete if self.debugger is None else self.debugger.variables(complete)
