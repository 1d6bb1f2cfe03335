"""`workbench invocation …`, beside an engine and with one of its own."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.workspace.state_directory import data_directory

CODE = """
def handler(event, context):
    print(f"order {event['n']}")
    return {"n": event["n"]}
"""
SECRET = "opensesame"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = one_function(tmp_path / "w", CODE)
    (root / "events").mkdir()
    for number in (1, 2):
        (root / "events" / f"e{number}.json").write_text(json.dumps({"n": number, "word": SECRET if number == 2 else ""}))
    return root


def test_an_invocation_is_shown_replayed_copied_exported_and_forgotten(root: Path, tmp_path: Path) -> None:
    with served(root, "--sandbox", "process", "--trust"):
        for number in (1, 2):
            assert run_workbench("invoke", "Function", "-w", root, "-e", f"e{number}").returncode == 0
        second, first = json.loads(run_workbench("invocations", "--json", "-w", root).stdout)["invocations"]
        ran = json.loads(run_workbench("invocation", "show", first["requestId"][:13], "-w", root).stdout)
        assert (ran["event"], ran["payload"], ran["past"]["requestId"]) == (
            '{"n": 1, "word": ""}', {"n": 1}, first["requestId"])
        assert len(ran["deployed"]["codeSha256"]) == 44
        assert ran["deployed"]["now"] == {"left": "$LATEST then", "right": "$LATEST now", "settings": [], "files": [],
                                          "sameFiles": ran["deployed"]["now"]["sameFiles"], "whyNoCode": ""}
        (found,) = json.loads(
            run_workbench("invocations", "-q", f"event:{SECRET} duration<60000", "--json", "-w", root).stdout)["invocations"]
        assert found["requestId"] == second["requestId"]
        copied = run_workbench("invocation", "copy", first["requestId"], "-w", root).stdout
        answered = subprocess.run(copied, shell=True, capture_output=True, text=True, timeout=60, check=True)
        assert answered.stdout == '{"n": 1}'
        (code,) = root.rglob("*.py")
        code.write_text(code.read_text().replace("order", "bill"))
        replayed = run_workbench("invocation", "replay", first["requestId"], "-w", root)
        assert replayed.stdout.endswith('  {"n": 1}\n')
        assert f"Function is not what it was then: its code ({code.name}) changed." in replayed.stderr
        marked = run_workbench("invocation", "mark", first["requestId"], "--star", "--name", "the first", "-w", root)
        assert marked.returncode == 0
        listed = run_workbench("invocations", "-q", "is:starred", "-w", root).stdout
        assert listed.endswith("  ★  the first\n")
        target = tmp_path / "one.invocation.json"
        for status, words in ((0, "has the invocation"), (2, "exists")):
            export = run_workbench("invocation", "export", second["requestId"], target, "-w", root)
            assert (export.returncode, words in export.stdout + export.stderr) == (status, True)
        assert json.loads(run_workbench("invocation", "open", target).stdout)["payload"] == {"n": 2}
        forgotten = run_workbench("invocation", "forget", second["requestId"], "--yes", "-w", root)
        assert forgotten.stdout == "1 invocation was forgotten.\n"
        assert [path.name for path in data_directory(root).glob("journal*") if SECRET.encode() in path.read_bytes()] == []
        gone = run_workbench("invocation", "show", second["requestId"], "-w", root)
        assert (gone.returncode, "There is no invocation" in gone.stderr) == (2, True)


def test_how_long_history_is_kept_and_what_a_command_alone_notes(root: Path) -> None:
    """An engine that ends right after its invocation has noted what ran."""
    assert run_workbench("invoke", "Function", "-w", root, "-e", "e1", "--sandbox", "process", "--trust").returncode == 0
    (past,) = json.loads(run_workbench("invocations", "--json", "-w", root).stdout)["invocations"]
    shown = json.loads(run_workbench("invocation", "show", past["requestId"], "-w", root).stdout)
    assert len(shown["deployed"]["codeSha256"]) == 44
    assert run_workbench("invocation", "keep", "-w", root).stdout == "History is kept for 90 days, and 1,024 MB of it.\n"
    copied_without = run_workbench("invocation", "copy", past["requestId"], "-w", root)
    assert "http://127.0.0.1:9001/" in copied_without.stdout, "the engine of the command has ended"
    assert "port 9001, that of workbench serve" in copied_without.stderr
    changed = run_workbench("invocation", "keep", "--days", "7", "-w", root)
    assert changed.stdout == "History is kept for 7 days, and 1,024 MB of it.\n"
    assert run_workbench("invocation", "keep", "-w", root).stdout == changed.stdout
    for wrong in (["mark", past["requestId"]], ["show", "ffff"], ["open", "nowhere"]):
        assert run_workbench("invocation", *wrong, *([] if wrong[0] == "open" else ["-w", root])).returncode == 2


def test_an_event_of_megabytes_is_replayed_copied_exported_and_shown_whole(root: Path, tmp_path: Path) -> None:
    event = {"n": 3, "noise": "0123456789abcdef" * 180_000}
    (root / "events" / "large.json").write_text(json.dumps(event))
    with served(root, "--sandbox", "process", "--trust"):
        assert run_workbench("invoke", "Function", "-w", root, "-e", "large").returncode == 0
        (past,) = json.loads(run_workbench("invocations", "--json", "-w", root).stdout)["invocations"]
        ran = json.loads(run_workbench("invocation", "show", past["requestId"], "-w", root).stdout)
        assert json.loads(ran["event"]) == event
        replayed = run_workbench("invocation", "replay", past["requestId"], "-w", root)
        assert replayed.stdout.endswith('  {"n": 3}\n')
        copied = run_workbench("invocation", "copy", past["requestId"], "-w", root).stdout
        answered = subprocess.run(["bash"], input=copied, capture_output=True, text=True, timeout=60, check=True)
        assert answered.stdout == '{"n": 3}'
        program = run_workbench("invocation", "copy", past["requestId"], "--as", "boto3", "-w", root).stdout
        ran_program = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, timeout=60, check=True)
        assert ran_program.stdout == '{"n": 3}\n'
        target = tmp_path / "large.invocation.json"
        assert run_workbench("invocation", "export", past["requestId"], target, "-w", root).returncode == 0
        assert json.loads(json.loads(run_workbench("invocation", "open", target).stdout)["event"]) == event
        sent = json.loads(run_workbench("invocations", "--json", "-w", root).stdout)["invocations"]
        assert len(sent) == 4
        for each in sent:
            assert run_workbench("invocation", "forget", each["requestId"], "--yes", "-w", root).returncode == 0
    with sqlite3.connect(data_directory(root) / "journal.sqlite") as database:
        left = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("whole_events", "invocations")]
    database.close()
    assert left == [0, 0]
