"""A disk that is really full, while an engine's journal is written: what waits is told, and written when there is room."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.support.engines import until
from tests.support.small_disks import NEEDS_ROOT, fill, small_disk
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal.journal import Journal


@NEEDS_ROOT
async def test_what_waits_for_a_full_disk_is_written_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        journal = Journal(disk / "j.sqlite")
        stream = Stream(journal, Clock())
        await stream.open()
        stream.publish("function", "before", request_id="r")
        await journal.written()
        fill(disk)
        lines = 0
        while not journal.problem:
            stream.publish_lines("function", [f"{lines + each} {'x' * 1_000}" for each in range(250)], request_id="r")
            lines += 250
            await journal.written()
        assert journal.problem == "History is not being stored: database or disk is full."
        assert len(msgspec.json.decode(await stream.page(0, 1))) == 1
        await until(lambda: journal._timer is None)
        await journal.written()
        (disk / "filling").unlink()
        await until(lambda: not journal.problem)  # without a further event, and without a reader
        seqs = [event["seq"] for event in msgspec.json.decode(await stream.page(0, 100_000))]
        assert seqs == list(range(1, stream.seq + 1))[:len(seqs)]
        assert len(seqs) == lines + 1
        await journal.close()
