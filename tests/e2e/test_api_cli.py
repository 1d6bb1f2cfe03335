"""`workbench api` as a person runs it: beside a running engine, and without one."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.api_clients import create, lambda_client, zipped
from tests.support.engines import served
from tests.support.workspaces import one_function

LIST = """function made (us-east-1): 1 alias, 1 version
layer shared (us-east-1): 1 version
template function Function (us-east-1): 1 reserved concurrency
"""
SUM = "1 function, 1 layer, 1 template function, 2 packages of 0.3 KB"
NOTHING = "The API made nothing in this workspace.\n"
SECRET = "hunter2-is-a-secret"


def make(client: Any) -> None:
    create(client, "made", Environment={"Variables": {"PASSWORD": SECRET}})
    client.publish_version(FunctionName="made")
    client.create_alias(FunctionName="made", Name="live", FunctionVersion="1")
    client.publish_layer_version(LayerName="shared", Content={"ZipFile": zipped("# shared")})
    client.put_function_concurrency(FunctionName="Function", ReservedConcurrentExecutions=2)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return one_function(tmp_path / "w", "def handler(event, context):\n    return 'template'\n")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What `workbench api export` wrote beside a running engine."""
    folder = tmp_path_factory.mktemp("exported")
    workspace, file = one_function(folder / "w", "def handler(event, context):\n    return 'template'\n"), folder / "state.zip"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
            make(client)
            done = run_workbench("api", "export", file, "-w", workspace)
            assert run_workbench("api", "-w", workspace).stdout == LIST
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"{file} has {SUM}.\nThe values of environment variables are in it, and may be secrets: only you can "
                           "read the file.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_bytes()


@pytest.fixture
def exported(state: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "state.zip"
    file.write_bytes(state)
    return file


def test_from_one_workspace_to_another_with_and_without_an_engine(exported: Path, tmp_path: Path) -> None:
    assert SECRET.encode() in zipfile.ZipFile(exported).read("api-state.json")
    other = one_function(tmp_path / "other", "def handler(event, context):\n    return 'other'\n")
    assert run_workbench("api", "-w", other).stdout == NOTHING
    imported = run_workbench("api", "import", exported, "-w", other)  # no engine runs
    assert (imported.returncode, imported.stdout) == (0, f"{LIST}Imported {SUM}.\n")
    with served(other, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        assert client.invoke(FunctionName="made:live")["Payload"].read() == b'"one"'
        again = run_workbench("api", "import", exported, "-w", other)
        assert (again.returncode, again.stderr.splitlines()[0]) == (
            2, "workbench: There is already: function Function (us-east-1), function made (us-east-1), layer shared (us-east-1). "
               "Nothing was imported.")
        client.update_function_code(FunctionName="made", ZipFile=zipped("def handler(e, c): return 'newer'\n"))
        client.get_waiter("function_updated_v2").wait(FunctionName="made")
        assert client.invoke(FunctionName="made")["Payload"].read() == b'"newer"'
        assert run_workbench("api", "import", exported, "-w", other, "--force").returncode == 0
        assert client.invoke(FunctionName="made")["Payload"].read() == b'"one"'  # what ran the newer code is retired
        asked = run_workbench("api", "reset", "-w", other)
        assert (asked.returncode, asked.stderr.splitlines()[0]) == (2, f"workbench: This would remove {SUM}.")
        gone = run_workbench("api", "reset", "-w", other, "--yes")
        assert (gone.returncode, gone.stdout) == (0, f"{LIST}Removed {SUM}.\n")
        assert [each["FunctionName"] for each in client.list_functions()["Functions"]] == ["Function"]
    assert run_workbench("api", "-w", other, "--json").stdout == (
        '{"resources":[],"packages":0,"sizeBytes":0,"hasVariables":false}\n')
    assert run_workbench("api", "reset", "-w", other).stdout == NOTHING


def test_a_file_is_overwritten_only_if_it_is_said(exported: Path, workspace: Path, tmp_path: Path) -> None:
    before = exported.read_bytes()
    refused = run_workbench("api", "export", exported, "-w", workspace)
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, f"workbench: {exported} exists already.")
    assert exported.read_bytes() == before
    victim, link = tmp_path / "victim", tmp_path / "link.zip"
    victim.write_text("precious")
    link.symlink_to(victim)
    assert run_workbench("api", "export", link, "-w", workspace).returncode == 2
    assert run_workbench("api", "export", "--force", link, "-w", workspace).returncode == 0
    assert (victim.read_text(), link.is_symlink()) == ("precious", False)
    nowhere = run_workbench("api", "export", tmp_path / "nowhere" / "x.zip", "-w", workspace)
    assert (nowhere.returncode, "could not be written: No such file" in nowhere.stderr) == (2, True)
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"} == set()


@pytest.mark.parametrize("damage", ["folder", "pipe", "text", "half", "missing"])
def test_a_file_that_is_no_export_is_refused_in_a_sentence(damage: str, exported: Path, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "import.zip"
    match damage:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "text":
            file.write_text("something else" * 100)
        case "half":
            file.write_bytes(exported.read_bytes()[: exported.stat().st_size // 2])
    done = run_workbench("api", "import", file, "-w", workspace, "--force")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 2)
    assert run_workbench("api", "-w", workspace).stdout == NOTHING


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made with pty")
@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_a_person_is_asked(answer: str, exported: Path, workspace: Path) -> None:
    import pty

    run_workbench("api", "import", exported, "-w", workspace)
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "workbench", "api", "reset", "-w", str(workspace)]
    with (open(terminal, "wb", buffering=0) as keys,
          subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as asked):
        os.close(theirs)
        keys.write(f"{answer}\n".encode())
        assert asked.stdout is not None
        said = asked.stdout.read()
    removes = answer == "y"
    assert said.startswith(f"{LIST}Remove all of this ({SUM})? It cannot be undone. [y/N] ")
    assert (said.endswith(f"Removed {SUM}.\n"), asked.returncode) == (removes, 0 if removes else 1)
    assert run_workbench("api", "-w", workspace).stdout == (NOTHING if removes else LIST)


def test_a_function_is_saved_into_the_template_and_taken_from_it(workspace: Path) -> None:
    with served(workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        create(client, "made", Environment={"Variables": {"PASSWORD": SECRET}})
        before = (workspace / "template.yaml").read_text()
        shown = run_workbench("api", "save", "made", "--dry-run", "--with-secrets", "-w", workspace).stdout
        assert shown.startswith("made would be in template.yaml as Made, its files in made/.\n")
        assert ("+      CodeUri: made/\n" in shown, SECRET in shown, (workspace / "template.yaml").read_text()) == (
            True, False, before)
        done = run_workbench("api", "save", "-w", workspace)
        assert done.stdout.splitlines()[:2] == [
            "made is in template.yaml as Made, its files in made/.",
            "  Secrets are not written. New parameters of the template: MadePassword; their values are kept on this machine only "
            "(workbench values)."]
        assert SECRET not in (workspace / "template.yaml").read_text()
        refused = run_workbench("api", "save", "made", "-w", workspace)
        assert (refused.returncode, "The template has the function made already." in refused.stderr) == (2, True)
    taken = run_workbench("api", "take", "made", "-w", workspace)  # with an engine of its own
    assert (taken.returncode, taken.stdout.splitlines()[0].startswith("made is a function of the API now.")) == (0, True)
    assert "FunctionName: made" not in (workspace / "template.yaml").read_text()
