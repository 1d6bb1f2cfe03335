"""A clone can bring a `.workbench` folder along. Opening and invoking obeys nothing in it and reaches nothing outside."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from tests.security.damages import everything_below
from tests.support.commands import command_apart
from tests.support.engines import engine_in_test
from workbench.engine.journal.schema import SCHEMA
from workbench.model.events import StreamEvent
from workbench.model.failures import WorkspaceError
from workbench.storage.processes import begun_s
from workbench.workspace.history import History
from workbench.workspace.locating.options import remembered
from workbench.workspace.stack_location import stack_location
from workbench.workspace.state_directory import data_directory, state_directory
from workbench.workspace.trash import Trash
from workbench.workspace.values.values_file import GivenFile, read_values
from workbench.workspace.workspace import Workspace

TEMPLATE = (
    "Resources:\n  Echo:\n    Type: AWS::Serverless::Function\n    Properties:\n"
    f"      Handler: app.handler\n      Runtime: python{sys.version_info[0]}.{sys.version_info[1]}\n      CodeUri: .\n")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A workspace as a clone brings it; what lies beside it is the person's."""
    root = tmp_path / "clones" / "shop"
    (root / ".workbench").mkdir(parents=True)
    (root / "app.py").write_text("import os\ndef handler(event, context):\n    return os.environ['AWS_REGION'] + ' fine'\n")
    (root / "template.yaml").write_text(TEMPLATE)
    return root


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """Files of the person that must stay as they are, with names that a careless program would take for its own."""
    folder = tmp_path / "home"
    for name in ("workbench-abcdefgh/code.py", "workbench-shop/code.py", "notes/00000000000000000001.txt", "notes/path.txt",
                 "notes/manifest.json", "notes/journal.sqlite", "notes/engine.log", "notes/settings.json", "id_rsa"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("precious")
    return folder


class Watch:
    """What was reached outside of the clone: connections to a server of ours, and a process that should go on."""

    def __init__(self, listener: socket.socket) -> None:
        self.port = listener.getsockname()[1]
        self.connections = 0
        self.victim = subprocess.Popen(["sleep", "300"], start_new_session=True)
        self._listener = listener
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.close()
                self.connections += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.victim.kill()
        self.victim.wait()


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch(socket.create_server(("127.0.0.1", 0)))
    yield watch
    watch.close()


def bring_documents(clone: Path, precious: Path, watch: Watch) -> None:
    """Every document that was obeyed once, each asking for the worst it can."""
    brought, me = clone / ".workbench", psutil.Process()
    victim = [watch.victim.pid, begun_s(watch.victim.pid)]
    documents: dict[str, object] = {
        "engine.json": {"url": f"http://127.0.0.1:{watch.port}", "token": "t", "pid": os.getpid(), "engineId": "e",
                        "workspace": str(clone), "startedS": begun_s(me.pid), "program": me.exe()},
        "runtimes.json": {"engine": [999_999, 1.0], "runtimes": [victim], "group_marks": ["/sys/fs/cgroup/workbench-"],
                          "temp_folders": [str(precious / "workbench-abcdefgh"), str(precious)]},
        "settings.json": {"sandbox": "docker", "region": "cn-north-1", "images": {"python3.11": "evil/image"}},
        "template.json": {"template": "evil.yaml", "envVars": "/etc/passwd"},
        "allowed.json": {"functions": {"Echo": {"folders": [str(precious)], "addresses": [f"127.0.0.1:{watch.port}"]}}},
        "credentials.json": {"kind": "profile", "profile": "default"},
        "history.json": {"retention": {"days": 1, "megabytes": 16}, "key": ""},
        "unsaved-settings.json": {"Echo": {"values": {}}},
        "sent-events.json": {"r": ["Echo", "hello"]},
    }
    for name, document in documents.items():
        (brought / name).write_text(json.dumps(document))
    (brought / "values.yaml").write_text(f"parameters: {{Region: x}}\nfolders: {{/mnt/x: {precious}}}\n")
    (clone / "evil.yaml").write_text(TEMPLATE.replace("Echo", "Evil"))
    (brought / "docker" / "dead").mkdir(parents=True)
    (brought / "docker" / "dead" / "owner.json").write_text(json.dumps(
        {"workbench.host": socket.gethostname(), "workbench.pid": "999999", "workbench.begun": "1"}))


LINKED = ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "engine.log", "engine.json", "runtimes.json",
          "settings.json", "template.json", "values.yaml", ".gitignore", "unsaved-settings.json",
          "sent-events.json")


def bring_links(clone: Path, precious: Path, _: Watch) -> None:
    (precious / "linked").mkdir()
    for name in LINKED:
        (precious / "linked" / name).write_text("precious")
        (clone / ".workbench" / name).symlink_to(precious / "linked" / name)
    for name in ("history", "trash", "recovery", "docker", "data"):
        (clone / ".workbench" / name).symlink_to(precious / "notes")


def bring_linked_entries(clone: Path, precious: Path, _: Watch) -> None:
    """The folders are real ones, what is in them leads out."""
    for name in ("history", "trash", "recovery", "docker"):
        (clone / ".workbench" / name).mkdir()
        (clone / ".workbench" / name / "entry-0123456789abcdef").symlink_to(precious / "notes")
    History(clone)._folder_of(clone / "app.py").symlink_to(precious / "notes")


def bring_a_link_for_all(clone: Path, precious: Path, _: Watch) -> None:
    shutil.rmtree(clone / ".workbench")
    (clone / ".workbench").symlink_to(precious / "notes")


def run(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = command_apart(*arguments)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@contextmanager
def untouched(precious: Path, watch: Watch) -> Iterator[None]:
    before = everything_below(precious)
    yield
    assert everything_below(precious) == before
    assert watch.connections == 0
    assert watch.victim.poll() is None


def open_as_the_window_does(clone: Path) -> None:
    """What the window reads and writes of a folder, edits and tidying up included."""
    assert [function.name for function in Workspace.open(clone).functions()] == ["Echo"]
    assert remembered(clone).is_empty
    assert stack_location(clone).region == "us-east-1"
    assert read_values(clone) == GivenFile()
    History(clone).write(clone / "app.py", (clone / "app.py").read_bytes() + b"\n")
    History(clone).follow(clone / "app.py", clone / "other.py")
    History(clone).prune()
    Trash(clone).prune()
    with suppress(WorkspaceError):
        Trash(clone).entries()
        Trash(clone).empty()


BRINGS: dict[str, Callable[[Path, Path, Watch], None]] = {
    "documents": bring_documents, "links": bring_links, "linked-entries": bring_linked_entries,
    "a-link-for-all": bring_a_link_for_all}


@pytest.mark.parametrize("brought", BRINGS)
def test_opening_and_invoking_reaches_nothing_outside(brought: str, clone: Path, precious: Path, watch: Watch) -> None:
    BRINGS[brought](clone, precious, watch)
    with untouched(precious, watch):
        open_as_the_window_does(clone)
        done = run(clone, "invoke", "Echo", "-w", str(clone), "--sandbox", "process")
        assert "us-east-1 fine" in done.stdout, done.stderr
    for path in (state_directory(clone), *state_directory(clone).glob("*.*")):
        assert path.lstat().st_mode & 0o077 == 0, path


async def test_an_engine_that_is_served_takes_nothing_from_the_clone(clone: Path, precious: Path, watch: Watch) -> None:
    bring_documents(clone, precious, watch)
    with untouched(precious, watch):
        async with engine_in_test(clone) as served:
            assert served.engine.functions.arn("Echo").startswith("arn:aws:lambda:us-east-1:")
            assert (await served.invoke({}, "Echo")).status == "success"
    assert json.loads((clone / ".workbench" / "settings.json").read_text())["sandbox"] == "docker"  # and leaves it as it is


# --- a trash that was brought along


def bring_entry(clone: Path, original: str, kept: str = "0/x", **more: Any) -> Path:
    folder = clone / ".workbench" / "trash" / "20260101-000000-Gift"
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "x").write_text("gift")
    manifest = {"id": "a", "kind": "event", "name": "Gift", "deletedAtS": 1.0,
                "files": [{"original": original, "kept": kept}], **more}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    "original", ["../../home/new", "{home}/new", "out/new", "a/../../../home/new", "out", ".", "", "..", "a/.."])
def test_a_deletion_that_was_brought_along_comes_back_nowhere_else(original: str, clone: Path, precious: Path) -> None:
    (clone / "out").symlink_to(precious)
    bring_entry(clone, original.format(home=precious))
    before = everything_below(precious)
    with suppress(WorkspaceError):
        Workspace.open(clone).restore("Gift")
    assert everything_below(precious) == before


@pytest.mark.parametrize(
    "kept", ["../../../home/id_rsa", "0/../../../../../home/id_rsa", "0/..", "{home}/id_rsa", "../0/x", "1/id_rsa"])
def test_a_deletion_that_was_brought_along_takes_nothing_in(kept: str, clone: Path, precious: Path) -> None:
    entry = bring_entry(clone, "taken", kept.format(home=precious))
    (entry / "1").symlink_to(precious)
    before = everything_below(precious)
    with pytest.raises(WorkspaceError):
        Workspace.open(clone).restore("Gift")
    assert everything_below(precious) == before
    assert not (clone / "taken").exists()


@pytest.mark.parametrize("place", ["../../home/other.yaml", "{home}/other.yaml", "out/other.yaml"])
def test_a_deletion_that_was_brought_along_changes_no_template_outside(place: str, clone: Path, precious: Path) -> None:
    (precious / "other.yaml").write_text(TEMPLATE)
    (clone / "out").symlink_to(precious)
    bring_entry(clone, "taken", template={
        "path": place.format(home=precious), "logicalId": "E", "before": "Resources: {}\n", "after": TEMPLATE})
    before = everything_below(precious)
    with pytest.raises(WorkspaceError, match="outside the workspace"):
        Workspace.open(clone).restore("Gift")
    assert everything_below(precious) == before


def test_what_was_deleted_here_comes_back_wherever_it_was(clone: Path, precious: Path) -> None:
    Trash(clone).put("event", "mine", [precious / "id_rsa"])
    assert not (precious / "id_rsa").exists()
    trash = Trash(clone)
    trash.take_back(trash.entry("mine"))
    assert (precious / "id_rsa").read_text() == "precious"


@pytest.mark.parametrize("name", ["\x1b]0;evil\x07", "a\nb", "a\u202eb"])
def test_names_that_write_to_the_terminal_are_not_listed(name: str, clone: Path) -> None:
    bring_entry(clone, "x", name=name)
    assert Trash(clone).entries() == ()


# --- a journal that was brought along

KINDS = ("sandbox.creating", "sandbox.assigned", "sandbox.stopped", "platform.initStart", "platform.initReport", "platform.start",
         "platform.runtimeDone", "platform.report", "platform.extension", "sandbox.progress", "function", "nonsense")
RECORDS: tuple[Any, ...] = (
    {}, "text", {"metrics": 5}, {"start": []}, {"requestId": {}}, {"spans": [{"name": 5}]}, {"status": None}, {"lines": "x"},
    {"durationMs": "1", "metrics": {"durationMs": None, "memorySizeMB": {}}}, {"stage": 1, "fraction": "x"})


async def test_a_journal_that_was_brought_along_is_data_and_stops_nobody(clone: Path) -> None:
    """Every kind of event with every kind of record, also those that it cannot have: the engine goes on, its clients too."""
    now_ms = int(time.time() * 1000)  # what is too old is deleted at the start
    events = [msgspec.json.encode(StreamEvent(seq=number, time_ms=now_ms + number, type=kind, function_name="Echo",
                                              request_id="r", environment_id="e", record=record))
              for number, (kind, record) in enumerate(((kind, record) for kind in KINDS for record in RECORDS), 1)]
    with closing(sqlite3.connect(data_directory(clone) / "journal.sqlite")) as database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO events VALUES (?, 'r', 'e', ?)", enumerate(events, 1))
        database.executemany("INSERT INTO living VALUES (?, ?)", [(f"e{number}", event) for number, event in enumerate(events)])
        database.commit()
    async with engine_in_test(clone) as served:
        assert len(await served.client.events(limit=10_000)) >= len(events)
        assert len(await served.client.invocation_events("r")) >= len(events)
        assert (await served.invoke({}, "Echo")).status == "success"
