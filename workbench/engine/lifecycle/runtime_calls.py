"""What the runtime of one sandbox asks and posts through its Runtime API, and the event that it is given there."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workbench.engine.invocation.invocation import Invocation
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import Initialization
from workbench.engine.lifecycle.response_state import ResponseState, transition_refused
from workbench.engine.lifecycle.restoration import Restoration
from workbench.engine.lifecycle.session_listener import SessionListener
from workbench.engine.lifecycle.streamed_answer import ERROR_TYPE
from workbench.engine.runtime_api.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.init_report import read_init_report
from workbench.engine.runtime_api.listener import INIT_REPORT_HEADER


class RuntimeCalls:
    """Implements RuntimeHost: what the runtime does belongs to INIT until that is complete, then to an invocation.

    `responses` takes the results. `noted` returns the account of INIT that the sandbox noted from outside, "" for none. Use it on
    the engine's loop.
    """

    def __init__(
        self, context: EnvironmentContext, init: Initialization, restoration: Restoration, listener: SessionListener,
        noted: Callable[[], str]
    ) -> None:
        self.responses = ResponseState(context.events, context.clock)
        self._events = context.events
        self._init = init
        self._restoration = restoration
        self._listener = listener
        self._noted = noted
        self._waiting: RuntimeConnection | None = None  # where the runtime waits for its next event
        self._given_on: RuntimeConnection | None = None  # where it got the latest one

    # -- the event ----------------------------------------------------------------------------------------------------------

    @property
    def can_take_event(self) -> bool:
        """Whether the runtime waits in `next`."""
        return self._waiting is not None and self._waiting.is_open

    def give(self, invocation: Invocation, deadline_ms: int) -> bool:
        """Give the event to the runtime. Return False if it no longer waits."""
        connection, self._waiting = self._waiting, None
        self._given_on = connection
        if connection is None or not connection.is_open:
            return False
        self.responses.invocation = invocation  # before the event is out: the answer may come at once
        connection.respond(200, invocation.event, invocation.event_headers(deadline_ms))
        return True

    def give_none(self) -> None:
        """Leave the runtime without an event because it broke: an invocation that is just beginning finds nobody in `next`."""
        self._waiting = None

    def was_event_unread(self) -> bool:
        """Whether the runtime ended without having read the latest event."""
        return self._given_on is not None and self._given_on.was_unread()

    # -- what it calls ------------------------------------------------------------------------------------------------------

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Let the runtime wait for an event: its INIT or its part of the invocation is over."""
        self._waiting = connection
        if self._restoration.is_running:
            self._restoration.runtime_ready(request.arrived_ns)
        elif self._init.is_complete:
            self._listener.runtime_waits(request.arrived_ns)
        else:
            self._tell_spans(request)
            self._init.runtime_ready(request.arrived_ns)

    def runtime_stream(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        """Return the sink for a result that begins to arrive. Raises Refusal."""
        return self.responses.begin(request_id, request, connection)

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's result. Raises Refusal."""
        self.responses.response(request_id, request)

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's error. Raises Refusal."""
        self.responses.error(request_id, request)

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        """Fail INIT because the function could not be loaded. Raises Refusal after INIT."""
        if self._init.is_complete:
            raise transition_refused("Running", "InitError")
        self._tell_spans(request)
        document = self._events.shown.body(request.body)
        self._init.fail(request.arrived_ns, request.headers.get(ERROR_TYPE, "Runtime.Unknown"), document)

    def runtime_restore_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Let the runtime wait at its snapshot, which ends INIT. One that comes from a snapshot has had its INIT.

        Raises Refusal for environments without a snapshot, as Lambda does.
        """
        self._restoration.check_expected()
        self._restoration.runtime_waits(connection)
        if not self._init.is_over:
            self._tell_spans(request)
            self._init.runtime_ready(request.arrived_ns)

    def runtime_restore_error(self, request: RuntimeRequest) -> None:
        """Fail the restore because a hook failed. Raises Refusal."""
        self._restoration.check_expected()
        document = self._events.shown.body(request.body)
        self._restoration.fail(request.arrived_ns, request.headers.get(ERROR_TYPE, "Runtime.Unknown"), document)

    def _tell_spans(self, request: RuntimeRequest) -> None:
        """Publish the runtime's account of INIT, or the sandbox's.

        Runtime init begins with the process, which runs before the bootstrap's first instruction can look at the clock.
        """
        report = read_init_report(request.headers.get(INIT_REPORT_HEADER, "") or self._noted())
        if report is not None:
            begun_ns = min(self._init.runtime_started_ns or report.runtime_init[0], report.runtime_init[0])
            self._init.runtime_ran(begun_ns)
            self._events.spans(msgspec.structs.replace(report, runtime_init=(begun_ns, report.runtime_init[1])))
