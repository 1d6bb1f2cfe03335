"""`workbench queue` as a person runs it: two retries and a dead letter under a held clock, and without a running engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Done, command_here
from tests.support.engines import served
from tests.support.workspaces import one_function

FAILING = "def handler(event, context):\n    raise ValueError(event)\n"
LETTERS = "DeadLetterQueue: {Type: SQS, TargetArn: 'arn:aws:sqs:us-east-1:123456789012:letters'}"


def test_two_retries_and_a_dead_letter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = one_function(tmp_path / "w", FAILING, properties=LETTERS)

    def queue(*arguments: str, status: int = 0) -> Done:
        done = command_here(capsys, "queue", *arguments, "-w", str(root))
        assert done.status == status, done.err
        return done

    with served(root, "--sandbox", "process"):
        assert queue("list").out == "No asynchronous invocation waits.\n"
        assert "The queue's clock is not held." in queue("step", status=2).err
        assert queue("hold").out.splitlines()[1].startswith("The clock is held at 20")
        sent = queue("send", "Function", "-e", '"a"').out.splitlines()
        assert sent[0].split() == ["1", "Function", "due", "0", "attempts", '"a"']
        stepped = queue("step").out
        assert stepped.startswith("1 Function: 1 attempt so far; tried again at 20")
        assert "(The function failed: ValueError: a)" in stepped
        assert "due in 1 min 0 s" in queue("list").out
        edited = json.loads(queue("edit", "1", "-e", '"b"', "--json").out)
        assert [(event["payload"], event["attempts"]) for event in edited["events"]] == [('"b"', 1)]
        moved = json.loads(queue("forward", "--by", "5m", "--json").out)
        assert [(step["outcome"], step["attempts"]) for step in moved["steps"]] == [("scheduled", 2), ("RetriesExhausted", 3)]
        letters = json.loads(command_here(capsys, "inbox", "list", "--json", "-w", str(root)).out)
        assert len(letters) == 1, "one dead letter"
        anew = json.loads(queue("edit", "1", "-e", '"c"', "--send-again", "--json").out)
        assert [(event["eventId"], event["payload"], event["attempts"]) for event in anew["events"]] == [(2, '"c"', 0)]
        queue("drop", "2")
        assert "Name one: an event's number, --asked or --all." in queue("drop", status=2).err
        assert "There is no event 7 in the queue." in queue("drop", "7", status=2).err
        assert "is not a duration" in queue("forward", "--by", "soon", status=2).err
        queue("send", "Function", "-e", '"left"')
    # Without a running engine the command brings its own, which runs nothing by itself: the clock is still held, and kept.
    alone = queue("list")
    assert '"left"' in alone.out
    assert "The clock is held at 20" in alone.out
    assert "An asynchronous invocation waits in the queue" in alone.err
    assert queue("resume").out.splitlines()[0].split()[2:5] == ["due", "0", "attempts"]
    assert queue("drop", "--all").out == "No asynchronous invocation waits.\n"
