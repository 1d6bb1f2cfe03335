"""Calls to an engine over HTTP, on the asyncio loop that the client was created on (the window's qasync loop, the terminal's)."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from workbench.client.answers import InvokeAnswer, no_answer, service_error
from workbench.client.credentials import CredentialsCalls
from workbench.client.debug_calls import DebugCalls
from workbench.client.history import HistoryCalls
from workbench.client.inbox import InboxCalls
from workbench.client.invocations import InvocationCalls, InvokeWish
from workbench.client.log import LogCalls
from workbench.client.queue import QueueCalls
from workbench.client.template_calls import TemplateCalls
from workbench.client.versions import VersionCalls
from workbench.client.vitals import VitalsCalls
from workbench.model.allowances import Allowance
from workbench.model.concurrency import ConcurrencyReport
from workbench.model.engine_api import (
    CacheReport,
    Connection,
    DoctorReport,
    EnvironmentInfo,
    Health,
    ProvisionedConcurrency,
    Settings,
    TrustAnswer,
    ValueInfo,
)
from workbench.model.events import StreamEvent
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.trust import TrustReport

T = TypeVar("T")


class EngineClient:
    """A client of one engine. Use it as an async context manager, or `close()` it.

    Every call raises ServiceError for an error answer and EngineError when the engine does not answer.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._session = aiohttp.ClientSession(
            connection.url,
            headers={"Authorization": f"Bearer {connection.token}"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),  # no total: an invocation may take 15 minutes
            auto_decompress=False,
        )
        self.invocations = InvocationCalls(self._raw)
        self.versions = VersionCalls(self._raw)
        self.template = TemplateCalls(self._raw)
        self.debugging = DebugCalls(self._raw)
        self.credentials = CredentialsCalls(self._raw)
        self.inbox = InboxCalls(self._raw)
        self.queue = QueueCalls(self._raw)
        self.history = HistoryCalls(self._raw)
        self.vitals = VitalsCalls(self._raw)
        self.log = LogCalls(self._raw, self._session)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def health(self) -> Health:
        """The engine's identity, settings and state."""
        return await self._get("/_workbench/health", Health)

    async def functions(self) -> list[FunctionConfiguration]:
        """All functions of the workspace: the template's, as the engine last read them, then those that the API made."""
        return await self._get("/_workbench/functions", list[FunctionConfiguration])

    async def refresh(self) -> list[FunctionConfiguration]:
        """Have the engine reread the workspace now. Environments of changed functions are retired."""
        return await self._decoded("POST", "/_workbench/refresh", list[FunctionConfiguration])

    async def environments(self) -> list[EnvironmentInfo]:
        """The execution environments that exist now."""
        return await self._get("/_workbench/environments", list[EnvironmentInfo])

    async def stop_environments(self, function_name: str = "") -> None:
        """Stop a function's environments, or all with "", so that the next start is cold."""
        query = {"functionName": function_name} if function_name else {}
        await self._raw("DELETE", "/_workbench/environments", params=query)

    async def stop_environment(self, environment_id: str) -> None:
        """Stop one environment, after its present invocation if it has one. Raises ServiceError 404 when it does not exist."""
        await self._raw("DELETE", "/_workbench/environments", params={"environmentId": environment_id})

    async def invoke(
        self,
        function_name: str,
        payload: bytes,
        *,
        qualifier: str = "",
        sandbox: SandboxKind | None = None,
        cold: bool = False,
        refresh: bool = False,
        request_id: str = "",
        tenant_id: str = "",
    ) -> InvokeAnswer:
        """Invoke synchronously, `qualifier` being a version or an alias; with `refresh` the engine reads the workspace first.

        Raises ServiceError for what Lambda itself refuses (not for function errors).
        """
        return await self.invocations.invoke(function_name, payload, InvokeWish(
            qualifier=qualifier, sandbox=sandbox, cold=cold, refresh=refresh, request_id=request_id, tenant_id=tenant_id))

    async def cancel(self, request_id: str) -> None:
        """Stop an invocation that is running or waiting for its sandbox. Raises ServiceError 404 when there is none."""
        await self._raw("DELETE", f"/_workbench/invocations/{request_id}")

    async def invocation_events(self, request_id: str) -> list[StreamEvent]:
        """All events of one invocation, including its cold start. Waits for its report."""
        return await self._get(f"/_workbench/invocations/{request_id}", list[StreamEvent])

    async def events(self, since: int = 0, limit: int = 1000, request_id: str = "") -> list[StreamEvent]:
        """Events from the journal with a number above `since`, in order."""
        query = {"since": str(since), "limit": str(limit)}
        if request_id:
            query["requestId"] = request_id
        return await self._get("/_workbench/events", list[StreamEvent], params=query)

    async def change_settings(self, settings: Settings) -> Settings:
        """Replace the workspace's settings (sandbox, images, …)."""
        return await self._decoded("PUT", "/_workbench/settings", Settings, data=msgspec.json.encode(settings))

    async def values(self) -> list[ValueInfo]:
        """The values that the template asks for. Secret values are masked."""
        return await self._get("/_workbench/values", list[ValueInfo])

    async def give_values(self, given: Mapping[str, str | None]) -> list[ValueInfo]:
        """Store values by key; None removes one. Functions see them at once. Raises ServiceError for invalid ones."""
        return await self._decoded("PUT", "/_workbench/values", list[ValueInfo], data=msgspec.json.encode(given))

    async def provision(self, function_name: str, count: int) -> ProvisionedConcurrency:
        """Set a function's provisioned concurrency; 0 removes it."""
        path = f"/_workbench/provisioned/{quote(function_name, safe='')}"
        return await self._decoded("PUT", path, ProvisionedConcurrency, params={"count": str(count)})

    async def provisioned(self) -> list[ProvisionedConcurrency]:
        """The provisioned concurrency of each function, requested and allocated."""
        return await self._get("/_workbench/provisioned", list[ProvisionedConcurrency])

    async def concurrency(self) -> ConcurrencyReport:
        """What runs now, of what limits, and what was throttled since the engine started."""
        return await self._get("/_workbench/concurrency", ConcurrencyReport)

    async def work_on(self, function_name: str) -> None:
        """Tell the engine that the person now works on this function, so that a sandbox is kept ready once it has been invoked.

        Raises ServiceError 404 when there is no such function.
        """
        await self._raw("PUT", f"/_workbench/worked-on/{quote(function_name, safe='')}")

    async def trust(self) -> TrustReport:
        """What the workspace's folder would run, and whether the person trusts it."""
        return await self._get("/_workbench/trust", TrustReport)

    async def answer_trust(self, answer: TrustAnswer) -> TrustReport:
        """Trust the folder, or decline to."""
        return await self._decoded("PUT", "/_workbench/trust", TrustReport, data=msgspec.json.encode(answer))

    async def withdraw_trust(self) -> TrustReport:
        """Stop trusting the folder."""
        return await self._decoded("DELETE", "/_workbench/trust", TrustReport)

    async def allowed(self) -> dict[str, Allowance]:
        """What functions may use of this machine in the isolated sandbox, by logical ID."""
        return await self._get("/_workbench/allowed", dict[str, Allowance])

    async def allow(self, function_name: str, allowance: Allowance) -> Allowance:
        """Replace a function's allowance. Raises ServiceError for an invalid one."""
        path = f"/_workbench/allowed/{quote(function_name, safe='')}"
        return await self._decoded("PUT", path, Allowance, data=msgspec.json.encode(allowance))

    async def doctor(self) -> DoctorReport:
        """What this machine has and lacks."""
        return await self._get("/_workbench/doctor", DoctorReport)

    async def cache(self) -> CacheReport:
        """The size of the package cache."""
        return await self._get("/_workbench/cache", CacheReport)

    async def clear_cache(self) -> CacheReport:
        """Delete the cached packages that are not in use, and report what is left."""
        return await self._decoded("DELETE", "/_workbench/cache", CacheReport)

    async def shutdown(self) -> None:
        """Ask the engine to stop its environments and end."""
        await self._raw("POST", "/_workbench/shutdown")

    def open_stream(self, since: int) -> Any:
        """The stream's WebSocket, as aiohttp's async context manager; `workbench.client.stream` follows it."""
        # No limit on messages: aiohttp's default of 4 MB is less than one large event, and the engine bounds its pages itself.
        return self._session.ws_connect(
            "/_workbench/stream", params={"since": str(since)}, heartbeat=15, max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=1),
        )

    async def _get(self, path: str, kind: type[T], **options: Any) -> T:
        return await self._decoded("GET", path, kind, **options)

    async def _decoded(self, method: str, path: str, kind: type[T], **options: Any) -> T:
        _, body = await self._raw(method, path, **options)
        return msgspec.json.decode(body, type=kind)

    async def _raw(self, method: str, path: str, **options: Any) -> tuple[Any, bytes]:
        try:
            async with self._session.request(method, path, **options) as answer:
                body = await answer.read()
                if answer.status >= 400:
                    raise service_error(answer.status, answer.headers, body)
                return answer.headers, body
        except aiohttp.ClientError as error:
            raise no_answer(error) from error
