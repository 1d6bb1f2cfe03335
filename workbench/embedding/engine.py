"""`workbench.Engine`: the functions of a folder for a program, such as a test suite."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from workbench.embedding.inbox import Inbox
from workbench.embedding.logs import Logs
from workbench.embedding.options import EngineOptions, check_options
from workbench.embedding.queue import Queue
from workbench.embedding.results import InvocationResult, result_of
from workbench.embedding.session import Session
from workbench.model.failures import EngineError, InvalidInput
from workbench.model.json_text import encoded

if TYPE_CHECKING:
    from workbench.client.api import EngineClient
    from workbench.client.invocations import InvokeWish

T = TypeVar("T")
_NO_EVENT: object = {}


class Engine:
    """An engine of this program alone, for the SAM application in a folder, in a process of its own.

        with workbench.Engine("shop") as engine:
            result = engine.invoke("Checkout", {"items": 3})
            assert result.payload == {"total": 30}

    All calls are blocking, and may come from any thread. They raise ServiceError for what Lambda refuses (an unknown function,
    a throttle) and other errors of WorkbenchError's tree, whose texts say what to do. What a function raises is a result.

    The engine sees no settings, values or running engine of the person's, listens on 127.0.0.1 at a free port, and ends with the
    block, or with this program however that ends. The folder is trusted: running its code is what the program asks for.

    `queue`: asynchronous invocations, and their clock. `inbox`: what those sent to nobody here. `logs`: what functions wrote.
    """

    def __init__(self, directory: str | os.PathLike[str], **options: Unpack[EngineOptions]) -> None:
        """Nothing starts yet. `options` are described at EngineOptions. Raises InvalidInput."""
        check_options(options)
        self._root = Path(directory).resolve()
        self._options = options
        self._starting = threading.Lock()
        self._session: Session | None = None
        self._endpoint_url = self._region = ""
        self.queue = Queue(self._ask)
        self.inbox = Inbox(self._ask, self.queue)
        self.logs = Logs(self._ask)

    def start(self) -> Self:
        """Start the engine, and return when it is ready, after about a second. Raises WorkbenchError."""
        with self._starting:
            if self._session is not None:
                raise EngineError("This engine was started before.", "Close it first, or make another one.")
            session = Session(self._root, self._options)
            try:
                connection, health = session.begin()
            except BaseException:
                session.close()
                raise
            self._endpoint_url, self._region = connection.url, health.settings.region
            self._session = session
        return self

    def close(self) -> None:
        """End the engine and everything that it started. Idempotent; afterwards it can be started again."""
        with self._starting:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def invoke(
        self, name: str, event: object = _NO_EVENT, *, qualifier: str | None = None, tenant_id: str | None = None,
        client_context: Mapping[str, Any] | None = None, cold: bool = False,
    ) -> InvocationResult:
        """Invoke a function by its name or logical ID, and return the result once it is reported.

        `event`: what JSON can hold, or its bytes; {} without one. `qualifier`: a version or an alias. `cold`: in a new
        environment.
        """
        payload, wish = _json(event), _wish(qualifier, tenant_id, client_context, cold=cold)

        async def invoked(client: EngineClient) -> InvocationResult:
            answer = await client.invocations.invoke(name, payload, wish)
            return result_of(answer, await client.invocation_events(answer.request_id))

        return self._ask(invoked)

    def invoke_event(
        self, name: str, event_name: str, *, qualifier: str | None = None, tenant_id: str | None = None, cold: bool = False
    ) -> InvocationResult:
        """Invoke a function with an event of the folder's `events/` ("paid", "Charge/paid"), and compare what it expects.

        What differs is in the result's `differences`, and `assert_expected` fails for it. Raises InvalidInput for what is no
        expectation, before anything is invoked, and WorkspaceError if there is no such event.
        """
        from workbench.embedding.expected_events import compared, read_event

        event = read_event(self._root, event_name)
        return compared(self.invoke(name, event.content, qualifier=qualifier, tenant_id=tenant_id, cold=cold), event)

    def invoke_async(
        self, name: str, event: object = _NO_EVENT, *, qualifier: str | None = None, tenant_id: str | None = None
    ) -> str:
        """Put an event into a function's queue (InvocationType Event), and return its request ID."""
        payload, wish = _json(event), _wish(qualifier, tenant_id)
        return self._ask(lambda client: client.invocations.send(name, payload, wish))

    def stop_environments(self, name: str = "") -> None:
        """Stop the environments of a function, or all: what its module keeps in memory is gone, and the next start is cold."""
        self._ask(lambda client: client.stop_environments(name))

    def refresh(self) -> None:
        """Read the folder again at once, after a change to its files; by itself the engine does that a moment later."""
        self._ask(lambda client: client.refresh())

    def url(self, name: str, alias: str = "") -> str:
        """Return the address of a function's URL, or of its alias's, for programs. Raises InvalidInput if there is none."""
        urls = self._ask(lambda client: client.versions.function_urls(name))
        found = next((each.program_url for each in urls if each.alias == alias), None)
        if found is None:
            others = ", ".join(repr(each.alias) for each in urls if each.alias)
            raise InvalidInput(f"{name}{f':{alias}' if alias else ''} has no function URL.",
                               f"There is one of the alias {others}: name it as alias." if others else
                               "FunctionUrlConfig in the template, or CreateFunctionUrlConfig, makes one.")
        return found

    @property
    def endpoint_url(self) -> str:
        """The address for AWS's SDKs: of the Lambda API, and with `services` of all others."""
        self._running()
        return self._endpoint_url

    def client_options(self) -> dict[str, str]:
        """Return the arguments of a boto3 client: the address, the Region, and made-up credentials."""
        return {"endpoint_url": self.endpoint_url, "region_name": self._region, "aws_access_key_id": "any",
                "aws_secret_access_key": "any"}

    def boto3_client(self, service: str, **more: Any) -> Any:
        """Return a new boto3 client for this engine: of `lambda`, and with `services` of any other."""
        import boto3

        # A session of its own: boto3's default one must not be used by several threads at once.
        session: Any = boto3.session.Session()
        return session.client(service, **{**self.client_options(), **more})

    def _ask(self, asked: Callable[[EngineClient], Coroutine[Any, Any, T]], /) -> T:
        return self._running().ask(asked)

    def _running(self) -> Session:
        session = self._session
        if session is None:
            raise EngineError("This engine does not run.", "Use it in a with block, or call start() first.")
        return session


def _json(event: object) -> bytes:
    if isinstance(event, bytes):
        return event
    try:
        return encoded(event)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"The event cannot be written as JSON: {error}.", "Give what JSON can hold, or bytes.") from error


def _wish(
    qualifier: str | None, tenant_id: str | None, client_context: Mapping[str, Any] | None = None, *, cold: bool = False
) -> InvokeWish:
    from workbench.client.invocations import InvokeWish

    context = "" if client_context is None else _json(client_context).decode()
    return InvokeWish(qualifier=qualifier or "", tenant_id=tenant_id or "", client_context=context, cold=cold)
