"""Frames of the event stream, read back by botocore's own parser."""

from __future__ import annotations

from botocore.eventstream import EventStreamBuffer

from workbench.gateway.event_stream import event_message


def test_botocore_reads_what_is_written() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(event_message("PayloadChunk", "application/octet-stream", bytes(range(256))))
    buffer.add_data(event_message("InvokeComplete", "application/json", b"{}"))
    first, last = list(buffer)
    assert first.headers == {
        ":event-type": "PayloadChunk", ":content-type": "application/octet-stream", ":message-type": "event",
    }
    assert (first.payload, last.headers[":event-type"], last.payload) == (bytes(range(256)), "InvokeComplete", b"{}")
