"""Where messages go: into functions, to services, into the inbox. tests/conformance/api/test_destinations has what arrives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import until
from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import resources_in
from tests.support.simulated_engine import ListedEvents
from tests.unit.engine.asynchronous.deliveries.settled_events import REQUEST_ID, SCOPE, SUCCEEDED, TRACE, settled
from workbench.engine.asynchronous.deliveries.addresses import Addresses
from workbench.engine.asynchronous.deliveries.deliveries import Deliveries
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.messages import record_of
from workbench.engine.asynchronous.deliveries.targets import ServiceTargets
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeRequest
from workbench.engine.registry.attached import EventInvokeRecord
from workbench.engine.registry.records import Code, Definition, FunctionRecord, Record
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.resources import Resources
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lineage import traced

ARN = SCOPE.function_arn("my-function", "$LATEST")
TRACED = traced(TRACE, ARN)
FIFO = "arn:aws:sqs:us-east-1:123456789012:first.fifo"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/x"


class DeliveriesInTest:
    """Deliveries of one function, with what they told and into which functions they went."""

    def __init__(self, folder: Path, resources: Resources, services: ServicesEndpoint) -> None:
        self.clock, self.invoked = HeldClock(), list[InvokeRequest]()
        self.services, self._resources, self._listed = services, resources, ListedEvents()
        self.inbox = Inbox(folder / "inbox.sqlite")
        self.deliveries = Deliveries(
            Addresses(resources), ServiceTargets(services), self.inbox,
            Stream(self._listed, self.clock), self._accept)  # type: ignore[arg-type]

    async def _accept(self, request: InvokeRequest) -> None:
        if request.function_name == "gone":
            raise ServiceError("ResourceNotFoundException", 404, "Function not found: gone")
        self.invoked.append(request)

    async def configure(self, *, success: str = "", failure: str = "", dead_letters: str = "") -> None:
        registry: Registry = self._resources._registry
        settings = {"DeadLetterConfig": {"TargetArn": dead_letters}} if dead_letters else {}
        records: list[Record] = [
            FunctionRecord(scope=SCOPE, name="my-function", definition=Definition(Code(sha256=""), settings), revision_id="",
                           modified_ms=0, state="Active"),
            EventInvokeRecord(scope=SCOPE, function_name="my-function", qualifier="$LATEST", modified_ms=0,
                              on_success=success, on_failure=failure)]
        async with registry.changing() as change:
            for record in records:
                change.keep(record)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The records of `sandbox.delivered` since the last look."""
        events = [json.loads(row) for row in self._listed.rows]
        self._listed.rows.clear()
        assert {(each["type"], each["functionName"], each["requestId"]) for each in events} <= {
            ("sandbox.delivered", "my-function", REQUEST_ID)}
        return [each["record"] for each in events]


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[DeliveriesInTest]:
    services = ServicesEndpoint(tmp_path)
    async with resources_in(tmp_path, HeldClock()) as resources:
        there = DeliveriesInTest(tmp_path, resources, services)
        yield there
        await there.inbox.close()
        await services.close()


async def test_a_function_is_invoked_with_it_whether_there_are_services_or_not(there: DeliveriesInTest) -> None:
    await there.configure(success=SCOPE.function_arn("other", "live"))
    await there.deliveries.deliver(settled("Success", last=SUCCEEDED))
    [request] = there.invoked
    assert request == InvokeRequest(
        function_name="other", qualifier="live", scope=SCOPE, payload=record_of(settled("Success", last=SUCCEEDED)),
        request_id=request.request_id, trace_id=TRACED)
    assert request.request_id not in ("", REQUEST_ID)
    assert [each["place"] for each in there.told] == ["function"]
    await there.configure(success=SCOPE.function_arn("gone"))
    await there.deliveries.deliver(settled("Success", last=SUCCEEDED))
    assert [each.why for each in await there.inbox.page()] == ["Function not found: gone"]


async def test_without_services_everything_is_in_the_inbox(there: DeliveriesInTest) -> None:
    queue, bucket = "arn:aws:sqs:us-east-1:123456789012:any", "arn:aws:s3:::any"
    await there.configure(dead_letters=queue, failure=bucket)
    await there.deliveries.deliver(settled())
    record, letter = await there.inbox.page()
    assert (letter.target, letter.kind, letter.body, letter.why) == (queue, "dead-letter", '{"order": 1}', "")
    assert (record.target, record.kind, record.body) == (bucket, "failure", record_of(settled()).decode())
    assert (record.trace_header, record.function_arn, record.request_id) == (TRACED, ARN, REQUEST_ID)
    assert there.told == [{"kind": "dead-letter", "target": queue, "place": "inbox"},
                          {"kind": "failure", "target": bucket, "place": "inbox"}]


async def test_nothing_is_sent_where_nothing_is_configured(there: DeliveriesInTest) -> None:
    await there.configure()
    await there.deliveries.deliver(settled())
    await there.deliveries.deliver(settled(function="deleted"))
    assert (there.told, await there.inbox.page()) == ([], [])


async def test_what_lambda_sends_to_nobody_is_in_the_inbox_at_once(there: DeliveriesInTest) -> None:
    there.services.follow("http://127.0.0.1:9")
    for arn, why in ((FIFO, "It is a FIFO resource; Lambda sends to standard queues and topics only."),
                     (TABLE, f"{TABLE} is no queue, topic, event bus, bucket or function.")):
        await there.configure(failure=arn)
        await there.deliveries.deliver(settled())
        newest = (await there.inbox.page())[0]
        assert (newest.target, newest.why) == (arn, why)
        assert there.told == [{"kind": "failure", "target": arn, "place": "inbox", "why": why}]


async def test_services_that_do_not_answer_are_asked_three_times(there: DeliveriesInTest) -> None:
    there.services.follow("http://127.0.0.1:9")
    await there.configure(failure="arn:aws:sqs:us-east-1:123456789012:records")
    delivering = asyncio.create_task(there.deliveries.deliver(settled()))
    for pause_s in (0.2, 1.0):
        await until(lambda: there.clock.waiting)
        await there.clock.forward(pause_s)
    await delivering
    [message] = await there.inbox.page()
    assert message.why.startswith("The services endpoint http://127.0.0.1:9 does not answer.")


async def test_what_has_arrived_is_not_sent_again_once_the_full_disk_has_room(there: DeliveriesInTest) -> None:
    await there.configure(dead_letters=SCOPE.function_arn("other"), failure="arn:aws:s3:::any")
    await there.deliveries.deliver(settled())

    async def limit(pages: int) -> None:
        def set_it() -> None:
            there.inbox._file._database.connection().execute(f"PRAGMA max_page_count={pages}").fetchone()

        await there.inbox._done(set_it)

    await limit(1)
    large = settled(payload=b'"%s"' % (b"x" * 100_000))
    for _ in range(2):
        with pytest.raises(WorkspaceError, match="The inbox cannot be written: database or disk is full"):
            await there.deliveries.deliver(large)
    assert len(there.invoked) == 2, "one for each event"
    await limit(1_000_000)
    await there.deliveries.deliver(large)
    assert len(there.invoked) == 2
    assert [each.kind for each in await there.inbox.page()] == ["failure", "failure"]
    assert [each["kind"] for each in there.told] == ["dead-letter", "failure"] * 2
