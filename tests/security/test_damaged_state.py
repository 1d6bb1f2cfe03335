"""State files may be anything: damaged, a folder, a pipe, a link. They are set aside and told, and work goes on."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.security.damages import CONTENTS, FORMS, everything_below
from tests.support.commands import command_apart, command_here
from tests.support.engines import until
from tests.support.small_disks import NEEDS_ROOT, fill, small_disk
from workbench.client.engine_process import connection_file, read_connection
from workbench.editor.recovery import Recovery, UnsavedText, recovered
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.schema import SCHEMA
from workbench.engine.services.retention import KeptHistory, history_file
from workbench.gateway.signatures.access_keys import FILE, AccessKeys
from workbench.model.allowances import Allowance
from workbench.model.credentials import CredentialsChoice
from workbench.model.engine_api import Connection, Settings
from workbench.model.failures import WorkspaceError
from workbench.model.past_invocations import Retention
from workbench.sandbox.process.orphans import Belongings, OrphansFile, reap_orphans
from workbench.storage.log_file import open_log
from workbench.storage.person_folders import APPLICATION
from workbench.storage.processes import RunningProcess, begun_s
from workbench.storage.state_file import StateFile, untold
from workbench.storage.state_home import own_folder
from workbench.workspace.history import History
from workbench.workspace.kept_allowances import KeptAllowances
from workbench.workspace.kept_credentials import KeptCredentials
from workbench.workspace.kept_settings import keep_settings, kept_settings
from workbench.workspace.locating.options import Options, remember, remembered
from workbench.workspace.recent import RecentWorkspaces
from workbench.workspace.stack_location import stack_location
from workbench.workspace.state_directory import data_directory, state_directory
from workbench.workspace.trash import Trash
from workbench.workspace.trusted_folders import TrustedFolders
from workbench.workspace.values.values_file import GivenFile, read_values, write_value

DAMAGES = {**CONTENTS, **FORMS}
ME = RunningProcess.ourselves()
CONNECTION = Connection(url="http://127.0.0.1:9", token="t", pid=ME.pid, engine_id="e", workspace="w", started_s=ME.created_s)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


class Kept(msgspec.Struct):
    """A document as every state file keeps one: its reader, a writer, what is read of nothing, and what of a sound file."""

    file: str
    sound: bytes
    read: Callable[[Path], Any]
    write: Callable[[Path], object]
    nothing: Any


KEPT = {
    "settings": Kept("settings.json", msgspec.json.encode(Settings(region="eu-west-1")), kept_settings,
                     lambda root: keep_settings(state_directory(root), Settings(region="eu-west-1")), None),
    "region": Kept("settings.json", msgspec.json.encode(Settings(region="eu-west-1")), lambda root: stack_location(root).region,
                   lambda root: keep_settings(state_directory(root), Settings(region="eu-west-1")), "us-east-1"),
    "choices": Kept("template.json", msgspec.json.encode(Options(template="t.yaml")), remembered,
                    lambda root: remember(root, Options(template="t.yaml")), Options()),
    "connection": Kept("engine.json", msgspec.json.encode(CONNECTION), lambda root: read_connection(state_directory(root)),
                       lambda root: connection_file(state_directory(root)).write(CONNECTION), None),
    "runtimes": Kept("runtimes.json", msgspec.json.encode(Belongings(engine=RunningProcess(999_999, 1.0))),
                     lambda root: reap_orphans(state_directory(root) / "runtimes.json"),
                     lambda root: OrphansFile(state_directory(root) / "runtimes.json").keep(Path("/nowhere")), 0),
    "allowed": Kept("allowed.json", b'{"functions": {"Function": {"network": false}}}',
                    lambda root: KeptAllowances(state_directory(root)).read(),
                    lambda root: KeptAllowances(state_directory(root)).write({"Function": Allowance(network=False)}), {}),
    "credentials": Kept("credentials.json", b'{"kind": "profile", "profile": "default"}',
                        lambda root: KeptCredentials(state_directory(root)).read(),
                        lambda root: KeptCredentials(state_directory(root)).write(CredentialsChoice(kind="none")),
                        CredentialsChoice()),
    "history": Kept("history.json", msgspec.json.encode(KeptHistory(retention=Retention(days=7), key=b"k" * 16)),
                    lambda root: history_file(state_directory(root)).read(),
                    lambda root: history_file(state_directory(root)).write(KeptHistory()), None),
    "recent": Kept("recent.json", b'["/somewhere"]', lambda root: RecentWorkspaces(state_directory(root)).list(),
                   lambda root: RecentWorkspaces(state_directory(root)).add(Path("/somewhere")), ()),
    "keys": Kept(FILE, b'{"keys": {"AKIAWBTEST": {"secret": "s", "created": "2026-11-29T00:00:00Z"}}}',
                 lambda root: AccessKeys(state_directory(root)).all(),
                 lambda root: AccessKeys(state_directory(root)).issue(), {}),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kept", KEPT)
def test_a_document_that_can_not_be_read_is_set_aside_told_once_and_begun_anew(kept: str, damage: str, root: Path) -> None:
    case, folder = KEPT[kept], state_directory(root)
    if damage == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads every file")
    DAMAGES[damage](folder / case.file, case.sound)
    around = everything_below(folder.parent / folder.name)
    assert case.read(root) == case.nothing
    (told,) = untold(folder)
    assert re.match(rf"{case.file} (is|can|belongs)", told)
    assert untold(folder) == []
    assert len(everything_below(folder)) == len(around)  # nothing is lost: it has another name
    assert case.read(root) == case.nothing
    case.write(root)
    assert os.path.isfile(folder / case.file)
    assert not os.path.islink(folder / case.file)
    assert (folder / case.file).stat().st_mode & 0o777 == 0o600
    victim = folder.parent / f"victim-of-{case.file}"
    assert not victim.exists() or victim.read_bytes() == case.sound


@pytest.mark.parametrize("damage", DAMAGES)
def test_values_that_can_not_be_read_are_told_and_stay(damage: str, root: Path) -> None:
    if damage in ("unreadable", "half", "empty", "text"):  # root reads it; half of it, nothing and a word are YAML
        pytest.skip("is a values file")
    path = state_directory(root) / "values.yaml"
    DAMAGES[damage](path, b"parameters: {Stage: dev}\n")
    before = everything_below(path.parent)
    with pytest.raises(WorkspaceError, match=r"values\.yaml"):
        read_values(root)
    with pytest.raises(WorkspaceError, match=r"values\.yaml"):
        write_value(root, "parameters", "Stage", "prod")
    assert everything_below(path.parent) == before
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    write_value(root, "parameters", "Stage", "prod")
    assert read_values(root) == GivenFile(parameters={"Stage": "prod"})


@pytest.mark.parametrize("url", [
    "http://example.com:80", "https://127.0.0.1:9001", "http://127.0.0.1:80@example.com", "http://127.0.0.1.example.com:80",
    "http://127.0.0.1:9/path", "http://127.0.0.1:9\n", "http://127.0.0.1:9?x", "http://localhost:9", "file:///etc/passwd", "",
    "http://0x7f.1:80", "http://user@127.0.0.1:9", "http://127.0.0.1:999999", "http://169.254.169.254:80", "unix:///run/x"])
def test_an_engine_at_another_address_than_this_machine_s_is_none(url: str, root: Path) -> None:
    folder = state_directory(root)
    connection_file(folder).write(msgspec.structs.replace(CONNECTION, url=url))
    assert read_connection(folder) is None
    assert len(untold(folder)) == 1


@pytest.mark.parametrize("change", [
    {"pid": -1}, {"pid": 10**30}, {"pid": 1.5}, {"pid": "1"}, {"token": ""}, {"token": "a\r\nHost: b"}, {"token": "é"},
    {"token": "a" * 10_000}, {"url": None}])
def test_a_connection_that_no_engine_wrote_is_set_aside(change: dict[str, object], root: Path) -> None:
    folder = state_directory(root)
    (folder / "engine.json").write_bytes(msgspec.json.encode({**msgspec.to_builtins(CONNECTION), **change}))
    assert read_connection(folder) is None
    assert len(untold(folder)) == 1


@pytest.mark.parametrize("change", [
    {"pid": 0}, {"pid": 1}, {"pid": 2**31 - 2}, {"started_s": 0.0}, {"started_s": ME.created_s + 60}, {"program": "/bin/other"}])
def test_a_process_that_is_not_the_engine_is_not_attached_to(change: dict[str, Any], root: Path) -> None:
    folder = state_directory(root)
    connection_file(folder).write(CONNECTION)
    assert read_connection(folder) == CONNECTION
    connection_file(folder).write(msgspec.structs.replace(CONNECTION, **change))
    assert read_connection(folder) is None


@NEEDS_ROOT
def test_another_user_s_process_is_not_attached_to(root: Path) -> None:
    other = subprocess.Popen(["sleep", "60"], user=4242, group=4242, extra_groups=[])
    try:
        created_s = begun_s(other.pid)
        connection_file(state_directory(root)).write(
            msgspec.structs.replace(CONNECTION, pid=other.pid, started_s=created_s))
        assert read_connection(state_directory(root)) is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("settings", [
    b'{"region": "eu-west-1\\nX"}', b'{"region": ""}', b'{"region": "a b"}', b'{"region": "-a"}', b'{"region": 5}',
    b'{"idleLimitS": 0}', b'{"idleLimitS": 1e400}', b'{"sandbox": "vm"}', b'{"images": ["x"]}', b'{"freeze": null}'])
def test_settings_that_can_not_be_are_set_aside(settings: bytes, root: Path) -> None:
    (state_directory(root) / "settings.json").write_bytes(settings)
    assert stack_location(root).region == "us-east-1"
    assert len(untold(state_directory(root))) == 1


GONE = RunningProcess(999_999, 1.0)


@pytest.mark.parametrize("pid", [-1, 0, 1, 2**31, -os.getpid(), 10**20])
def test_a_process_register_with_impossible_numbers_is_set_aside(pid: int, tmp_path: Path) -> None:
    file = tmp_path / "runtimes.json"
    file.write_bytes(msgspec.json.encode({"engine": [999_999, 1.0], "runtimes": [[pid, ME.created_s]]}))
    assert reap_orphans(file) == 0
    assert len(untold(tmp_path)) == 1


def test_a_process_register_reaches_only_what_an_engine_had(tmp_path: Path) -> None:
    names = ["workbench-abcdefgh/deeper", "workbench-shop", "precious", "workbench-ABCDEFGH", "workbench-abcdefghi"]
    for name in [*names, "workbench-linkedto"]:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "workbench-abcdefg_").symlink_to(tmp_path / "precious")
    (tmp_path / "workbench-abcdefg0").touch()
    other = subprocess.Popen(["sleep", "60"], env={"TMPDIR": str(tmp_path / "precious"), "PATH": os.environ["PATH"]})
    try:
        started_s = begun_s(other.pid)
        asked = [*names, "workbench-abcdefg_", "workbench-abcdefg0", "workbench-linkedto/../workbench-shop"]
        left = Belongings(engine=GONE, runtimes=(RunningProcess(other.pid, started_s - 60),),
                          temp_folders=(*(str(tmp_path / name) for name in asked), "workbench-abcdefgh", "/", ""),
                          group_marks=("/", "/sys/fs/cgroup/workbench-", "/sys/fs/cgroup/../../tmp/workbench-999999-aaaaaaaa",
                                       f"{tmp_path}/workbench-999999-aaaaaaaa", "/sys/fs/cgroup/workbench-1-aaaaaaaa"))
        StateFile(tmp_path / "runtimes.json", Belongings).write(left)
        before = everything_below(tmp_path)
        assert reap_orphans(tmp_path / "runtimes.json") == 0
        del before["runtimes.json"]
        assert everything_below(tmp_path) == before
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("damage", FORMS)
def test_the_engine_s_log_is_appended_to_nothing_else(damage: str, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "engine.log"
    FORMS[damage](path, b"before")
    with open_log(path) as log:
        log.write(b"line")
    assert path.read_bytes().endswith(b"line")
    assert not path.is_symlink()
    victim = tmp_path / "victim-of-engine.log"
    assert not victim.exists() or victim.read_bytes() == b"before"


def test_a_long_log_is_begun_anew(tmp_path: Path) -> None:
    with (tmp_path / "engine.log").open("wb") as file:
        file.truncate(11_000_000)
    with open_log(tmp_path / "engine.log") as log:
        log.write(b"line")
    assert (tmp_path / "engine.log").read_bytes() == b"line"
    assert (tmp_path / "engine.log.1").stat().st_size == 11_000_000


# --- unsaved text, earlier versions, the trash


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["owner.json", "text.json"])
def test_unsaved_text_that_can_not_be_read_hides_no_other(damage: str, name: str, tmp_path: Path) -> None:
    Recovery(tmp_path).keep(UnsavedText(path="a.py", text="x"))
    (window,) = tmp_path.iterdir()
    (window / "owner.json").write_bytes(b"[999999, 1.0]")
    if name == "owner.json":
        (window / "owner.json").unlink()
    DAMAGES[damage](window / name, b"[999999, 1.0]" if name == "owner.json" else b'{"path": "b.py", "text": "y"}')
    assert [one.unsaved.path for one in recovered(tmp_path) if one.unsaved.path != "b.py"] == ["a.py"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_version_or_a_deletion_that_can_not_be_read_hides_no_other(damage: str, root: Path) -> None:
    history, trash = History(root), Trash(root)
    (root / "a.py").write_bytes(b"x")
    history.write(root / "a.py", b"y")
    (folder,) = (data_directory(root) / "history").iterdir()
    DAMAGES[damage](folder / "99999999999999999999.py", b"sound")
    (root / "gone.py").write_bytes(b"g")
    trash.put("event", "gone", [root / "gone.py"])
    (data_directory(root) / "trash" / "broken").mkdir()
    DAMAGES[damage](data_directory(root) / "trash" / "broken" / "manifest.json", b"{}")
    history.keep(root / "a.py", b"z")
    assert b"y" in [version.read() for version in history.versions(root / "a.py") if version.size_bytes == 1]
    assert [entry.name for entry in trash.entries()] == ["gone"]
    history.prune()
    trash.prune()
    history.follow(root / "a.py", root / "b.py")
    assert [version.read() for version in history.versions(root / "b.py") if version.size_bytes == 1]
    trash.take_back(trash.entry("gone"))
    assert (root / "gone.py").read_bytes() == b"g"


# --- the journal


def _journal_bytes(folder: Path) -> bytes:
    async def make() -> None:
        stream = Stream(Journal(folder / "sound.sqlite"), Clock())
        await stream.open()
        for _ in range(50):
            stream.publish("function", "line " * 100, request_id="r", environment_id="e")
        await stream._journal.close()

    asyncio.run(make())
    return (folder / "sound.sqlite").read_bytes()


@pytest.fixture(scope="module")
def sound_journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return _journal_bytes(tmp_path_factory.mktemp("sound"))


async def _works(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Open it, publish, read: what there was to tell, and all events."""
    stream = Stream(Journal(path), Clock())
    await stream.open()
    problem = stream._journal.problem
    stream.publish("platform.start", {}, request_id="mine", environment_id="e")
    assert {event["type"] for event in msgspec.json.decode(await stream.invocation("mine"))} == {"platform.start"}
    events = msgspec.json.decode(await stream.page(0, 1000))
    await stream.invocation("r")
    await stream._journal.close()
    return problem, events


JOURNAL_DAMAGES = {
    **{name: damage for name, damage in DAMAGES.items() if name not in ("empty", "unreadable", "foreign")},
    "a-page-torn": lambda path, sound: path.write_bytes(sound[:4096] + os.urandom(4096) + sound[8192:]),
    "zeros-in-the-middle": lambda path, sound: path.write_bytes(sound[:5000] + bytes(8000) + sound[13000:]),
    "head-torn": lambda path, sound: path.write_bytes(sound[:16] + os.urandom(84) + sound[100:]),
    "schema-torn": lambda path, sound: path.write_bytes(sound[:100] + os.urandom(3996) + sound[4096:]),
}


@pytest.mark.parametrize("damage", JOURNAL_DAMAGES)
async def test_a_journal_that_is_none_is_set_aside(damage: str, tmp_path: Path, sound_journal: bytes) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "journal.sqlite"
    await asyncio.to_thread(JOURNAL_DAMAGES[damage], path, sound_journal)
    async with asyncio.timeout(20):
        _, events = await _works(path)
        _, again = await _works(path)
    assert again[-2:][0]["type"] == events[-1]["type"] == "platform.start"
    assert path.is_file()
    assert not path.is_symlink()
    victim = tmp_path / "victim-of-journal.sqlite"
    assert not victim.exists() or victim.read_bytes() == sound_journal


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("damage", [*FORMS, "text", "zeros"])
async def test_what_lies_beside_a_journal_is_not_obeyed(
        suffix: str, damage: str, tmp_path: Path, sound_journal: bytes) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "journal.sqlite"
    path.write_bytes(sound_journal)
    beside = Path(f"{path}{suffix}")
    DAMAGES[damage](beside, b"sound")
    if beside.is_file() and not beside.is_symlink() and damage != "text":
        os.utime(beside, (0, 0))  # one that was changed a moment ago is waited for: it might be another engine's
    async with asyncio.timeout(20):
        await _works(path)
    victim = tmp_path / f"victim-of-journal.sqlite{suffix}"
    assert not victim.exists() or victim.read_bytes() == b"sound"


async def test_a_rollback_journal_deletes_no_file_that_it_names(tmp_path: Path) -> None:
    """SQLite removes the super-journal that a rollback journal names, whatever file that is."""
    path, victim = tmp_path / "journal.sqlite", tmp_path / "precious"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
    name = str(victim).encode()
    page = path.read_bytes()[:4096]
    numbers = (1, 0, 2, 512, 4096)  # records, nonce, pages before, bytes of a sector, bytes of a page
    header = bytes.fromhex("d9d505f920a163d7") + b"".join(number.to_bytes(4) for number in numbers)
    checksum = sum(page[offset] for offset in range(4096 - 200, 0, -200)) & 0xFFFFFFFF
    record = (1).to_bytes(4) + page + checksum.to_bytes(4)
    tail = (262145).to_bytes(4) + name + len(name).to_bytes(4) + (sum(name) & 0xFFFFFFFF).to_bytes(4) + header[:8]
    Path(f"{path}-journal").write_bytes(header.ljust(512, b"\0") + record + tail)
    victim.write_bytes(b"precious")
    await _works(path)
    assert victim.read_bytes() == b"precious"


async def test_a_second_name_of_a_file_is_not_written_through(tmp_path: Path, sound_journal: bytes) -> None:
    (tmp_path / "cookies.sqlite").write_bytes(sound_journal)
    os.link(tmp_path / "cookies.sqlite", tmp_path / "journal.sqlite")
    problem, _ = await _works(tmp_path / "journal.sqlite")
    assert "set aside" in problem
    assert (tmp_path / "cookies.sqlite").read_bytes() == sound_journal


@pytest.mark.parametrize("statement", [
    "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
    "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
    "CREATE TABLE passwords (x)",
    "DROP TABLE living; CREATE VIEW living AS SELECT 'a' AS environment_id, x'00' AS event",
    "DROP TABLE events; CREATE TABLE events (seq, request_id, environment_id, event)",
    f"INSERT INTO events VALUES ({2**62}, 'r', 'e', x'7b7d')"])
async def test_a_database_of_somebody_else_s_is_set_aside(statement: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA + statement)
        database.commit()
    problem, events = await _works(path)
    assert "journal.sqlite is damaged: it was set aside as" in problem
    assert len(events) == 1
    (kept,) = tmp_path.glob("journal.sqlite.damaged-*")
    with closing(sqlite3.connect(kept)) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


SOUND = '{"seq":1,"timeMs":1,"type":"platform.start","requestId":"r"}'


@pytest.mark.parametrize("event", [
    "x", "", 5, "{}", "[" * 60_000, SOUND.replace("1,", "2,", 1), SOUND.replace('"timeMs":1', '"timeMs":1e300'),
    SOUND.replace('"r"', '5'), SOUND.replace("}", ',"record":{"durationMs":1e200}}'),
    SOUND.replace("}", ',"record":' + "[" * 50 + "]" * 50 + "}"), SOUND.encode() + b"\xff", SOUND + "," + SOUND])
async def test_a_row_that_is_no_event_is_shown_as_left_out(event: object, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
        as_stored = event.encode() if isinstance(event, str) and event != "x" else event
        database.execute("INSERT INTO events VALUES (1, 'r', 'e', ?)", (as_stored,))
        database.execute("INSERT INTO events VALUES (2, 'r', 'e', ?)", (SOUND.replace("1,", "2,", 1).encode(),))
        database.execute("INSERT INTO living VALUES ('e', ?)", (as_stored,))
        database.commit()
    _, events = await _works(path)
    shown = [entry["type"] for entry in events if entry["seq"] < 3]
    assert shown == ["sandbox.elided", "platform.start"]


# --- folders and disks


def _invoke(root: Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = command_apart("invoke", "Echo", "-w", str(root), "--sandbox", "process", environment=environment)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def shop(root: Path) -> Path:
    (root / "app.py").write_text("def handler(event, context):\n    return 'fine'\n")
    (root / "template.yaml").write_text(
        "Resources:\n  Echo:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      Handler: app.handler\n      Runtime: python{sys.version_info[0]}.{sys.version_info[1]}\n      CodeUri: .\n")
    return root


@pytest.mark.parametrize("damage", ["folder", "pipe", "link", "text"])
def test_an_engine_starts_whatever_all_of_its_files_are(damage: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / ".workbench").mkdir()
    own_folder(state_directory(shop) / "lambda")
    ours = [*(case.file for case in KEPT.values()), "engine.log", "lambda/registry.sqlite"]
    for folder, names in ((state_directory(shop), ours),
                          (shop / ".workbench", ["journal.sqlite", "history", "trash", ".gitignore"])):
        for name in dict.fromkeys(names):
            DAMAGES[damage](folder / name, b"{}")
    first, second = _invoke(shop), command_here(capsys, "invoke", "Echo", "-w", str(shop), "--sandbox", "process")
    assert '"fine"' in first.stdout
    assert '"fine"' in second.out
    for name in ("settings.json", "runtimes.json", "template.json", "journal.sqlite", "registry.sqlite"):
        assert re.search(rf"^{name} is .*: it was set aside as .*", first.stderr, re.M), first.stderr
    assert "set aside" not in second.err


@NEEDS_ROOT
@pytest.mark.parametrize("full", ["workspace", "state", "both"])
def test_a_full_disk_costs_history_and_nothing_else(full: str, shop: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "200k") as disk:
        root, environment = shop, dict(os.environ)
        if full != "state":
            root = shutil.copytree(shop, disk / "shop")
        if full != "workspace":
            environment["WORKBENCH_STATE_HOME"] = str(disk / "state")
            TrustedFolders(own_folder(disk / "state" / APPLICATION)).trust(root, ())
        fill(disk)
        done = _invoke(root, environment)
        assert '"fine"' in done.stdout, done.stderr
        assert done.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX's")
@pytest.mark.parametrize("command", ["invoke", "serve"])
def test_where_nothing_at_all_can_be_written_a_sentence_says_so(command: str, shop: Path) -> None:
    """A limit of 0 bytes a file stands for a disk that is full everywhere."""
    import resource

    arguments = ["invoke", "Echo", "--sandbox", "process"] if command == "invoke" else ["serve", "-p", "0"]
    done = subprocess.run([sys.executable, "-m", "workbench", *arguments, "-w", str(shop)], capture_output=True, text=True,
                          timeout=60, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    if done.returncode:
        assert re.search("^workbench: .*could not be written|^workbench: .*cannot be written", done.stderr, re.M)
        assert "File too large" in done.stderr


async def test_a_disk_that_fills_while_the_engine_runs_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.open()
    database = journal._store._database
    await journal._in_thread(lambda: database.execute("PRAGMA max_page_count=1").fetchone())
    journal.append((1, "r", "e", b"x" * 100_000))
    await until(lambda: "full" in journal.problem)
    await journal.close()
