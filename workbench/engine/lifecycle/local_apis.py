"""What an environment's listener serves beside the Runtime API: Extensions, Telemetry and Logs API, the metadata endpoint,
and the calls of the Lambda API that a durable function needs.

Made anew with every sandbox, because nothing of the extensions outlives a reset.
"""

from __future__ import annotations

import hmac
import secrets
from functools import partial

import msgspec

from workbench.engine.durable import api as durable_api
from workbench.engine.durable.execution import DurableExecution
from workbench.engine.extensions import api as extensions_api
from workbench.engine.extensions.api import ExtensionListener, ExtensionsApi, calling_extension
from workbench.engine.extensions.states import Extension, Extensions, ExtensionState
from workbench.engine.inward import Connect
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.early_events import EarlyEvents
from workbench.engine.lifecycle.zones import zone_id
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.refusal import Refusal
from workbench.engine.telemetry.buffer import Dropped
from workbench.engine.telemetry.subscribers import Telemetry
from workbench.engine.telemetry.subscription import Api, Subscription, read_subscription
from workbench.model.account import ACCOUNT_ID

METADATA_PATH = "/2026-01-15/metadata/execution-environment"
_SUBSCRIPTIONS: dict[str, Api] = {"/2022-07-01/telemetry": "telemetry", "/2020-08-15/logs": "logs"}
_CLOSED: dict[Api, tuple[str, str]] = {
    "telemetry": ("Telemetry.SubscriptionClosed", "Telemetry API subscription is closed"),
    "logs": ("Logs.SubscriptionClosed", "Logs API subscription is closed"),
}


class LocalApis:
    """The APIs of one sandbox. Use it on the engine's loop.

    `durable` is the durable execution that is under way, or None. `metadata_token` is what the metadata endpoint asks for.
    """

    def __init__(
        self, context: EnvironmentContext, extensions: Extensions, early: EarlyEvents, listener: ExtensionListener
    ) -> None:
        self.telemetry = Telemetry(self._dropped, context.clock)
        self.metadata_token = secrets.token_urlsafe(32)
        self.durable: DurableExecution | None = None
        self._events = context.events
        self._early = early
        self._zone_id = zone_id(context.region)
        self._extensions = extensions
        self._extensions_api = ExtensionsApi(extensions, listener, context.function, ACCOUNT_ID)
        self._connect: Connect | None = None
        self._local_host_allowed = False

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Answer a call that is not one of the Runtime API. Raises Refusal."""
        if request.path.startswith(extensions_api.PREFIX):
            self._extensions_api.handle(request, connection)
        elif request.path in _SUBSCRIPTIONS and request.method == "PUT":
            self._subscribe(_SUBSCRIPTIONS[request.path], request, connection)
        elif request.path == METADATA_PATH:
            self._metadata(request, connection)
        elif durable_api.serves(request):
            durable_api.handle(self.durable, request, connection)
        else:
            raise Refusal(404, "NotFound", f"No such path: {request.method} {request.path}")

    def reach(self, connect: Connect, *, local_host_allowed: bool) -> None:
        """Use `connect` to reach subscribers from now on; before, they cannot be reached.

        `local_host_allowed`: they may listen at localhost, because the environment shares this machine's network.
        """
        self._connect = connect
        self._local_host_allowed = local_host_allowed

    async def close(self) -> None:
        """Stop delivering telemetry: the sandbox is gone."""
        self._events.telemetry = None
        await self.telemetry.close()

    def _subscribe(self, api: Api, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        extension = calling_extension(self._extensions, request)
        # Open until the extension first asks for an event. Source: Lambda guide, "Lambda Telemetry API".
        if extension.state is not ExtensionState.REGISTERED or not self.telemetry.is_needed:
            raise Refusal(403, *_CLOSED[api])
        asked = read_subscription(api, request.body, local_host_allowed=self._local_host_allowed)
        former = self.telemetry.subscription_of(extension.name)
        if former is not None and former.api != api:
            raise Refusal(400, "ValidationError", "An extension cannot subscribe to both the Telemetry API and the Logs API")
        if self._connect is None:
            # The answer that Lambda's documentation gives for local testing, where telemetry is not available.
            connection.respond(202, b'"OK"')
            return
        connection.respond(200, b'"OK"')
        self._take_up(extension, asked, self._connect)

    def _take_up(self, extension: Extension, asked: Subscription, connect: Connect) -> None:
        self.telemetry.subscribe(extension.name, asked, connect)
        self._early.publish(partial(self._events.subscribed, extension.name, asked))

    def _metadata(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Answer the metadata endpoint. Source: Lambda guide, "Using the metadata endpoint" (2026-01-15)."""
        if request.method != "GET":
            raise Refusal(405, "MethodNotAllowed", f"{request.method} is not allowed")
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        # Headers are decoded as Latin-1, so this encoding cannot fail.
        if not hmac.compare_digest(given.encode("latin-1"), self.metadata_token.encode()):
            raise Refusal(401, "Unauthorized", "The token of AWS_LAMBDA_METADATA_TOKEN is needed")
        headers = "Content-Type: application/json\r\nCache-Control: private, max-age=43200, immutable\r\n"
        connection.respond(200, msgspec.json.encode({"AvailabilityZoneID": self._zone_id}), headers)

    def _dropped(self, dropped: Dropped, reason: str) -> None:
        self._events.logs_dropped(dropped.records, dropped.size_bytes, reason)
