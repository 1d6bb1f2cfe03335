"""What other users of this machine made or may write is not obeyed and not run; links that the person made are followed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.client.engine_process import connection_file, read_connection
from workbench.model.engine_api import Connection
from workbench.model.failures import WorkspaceError
from workbench.storage.cache_home import cache_home
from workbench.storage.processes import RunningProcess
from workbench.storage.state_home import VARIABLE, in_place_of_anothers, state_home
from workbench.workspace.state_directory import existing_state_directory, own_folder_of, state_directory
from workbench.workspace.trusted_folders import TrustedFolders

pytestmark = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
OTHER = 4242


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person's folders are, with a temporary folder of the test's."""
    (tmp_path / "temp").mkdir()
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    return tmp_path


def here(root: Path) -> Connection:
    """The connection of an engine that runs: this process."""
    me = RunningProcess.ourselves()
    return Connection(url="http://127.0.0.1:1", token="secret", pid=me.pid, engine_id="e", workspace=str(root),
                      started_s=me.created_s, program=me.program)


@pytest.mark.parametrize("linked", ["state", "state/lambda-workbench"])
def test_links_that_the_person_made_are_followed(linked: str, home: Path) -> None:
    (home / "disk").mkdir()
    (home / linked).parent.mkdir(exist_ok=True)
    (home / linked).symlink_to(home / "disk")
    (home / "cache").symlink_to(home / "disk")
    assert state_home().is_relative_to(home / "disk")
    assert state_directory(home) == existing_state_directory(home)
    assert cache_home().resolve() == home / "disk" / "lambda-workbench"
    assert not in_place_of_anothers()


@pytest.mark.parametrize("linked", ["state", "state/lambda-workbench"])
def test_links_of_another_user_are_not(linked: str, home: Path) -> None:
    """They could lead into a clone that the person has made."""
    (home / "clone" / "lambda-workbench" / "workspaces").mkdir(parents=True)
    for name in (linked, "cache"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).symlink_to(home / "clone")
        os.lchown(home / name, OTHER, OTHER)
    assert state_home().is_relative_to(home / "temp")
    assert existing_state_directory(home) is None
    assert cache_home().is_relative_to(home / "temp")
    assert "is a link of another user" in in_place_of_anothers()


def test_a_state_folder_of_another_user_is_told_of_and_not_used(home: Path) -> None:
    state_directory(home)
    connection_file(state_directory(home)).write(here(home))
    assert read_connection(state_directory(home)) == here(home)
    os.chown(home / "state" / "lambda-workbench", OTHER, OTHER)
    assert existing_state_directory(home) is None
    assert read_connection(state_directory(home)) is None
    told = in_place_of_anothers()
    assert f"{home}/state/lambda-workbench belongs to another user" in told
    assert str(state_home()) in told


def test_what_another_user_put_into_a_state_folder_that_all_may_write_is_not_read(home: Path) -> None:
    """Connection, trust: the token and events would go to whoever wrote them, and builds of his would run."""
    state, folder = state_home(), state_directory(home)
    connection_file(folder).write(here(home))
    TrustedFolders().trust_below(home)
    for file in (folder / "engine.json", state / "trust.json"):
        os.chown(file, OTHER, OTHER)
    for place in (state, state / "workspaces", folder):
        place.chmod(0o777)
    assert read_connection(state_directory(home)) is None
    assert TrustedFolders().all() == ()
    assert [place.stat().st_mode & 0o777 for place in (state, state / "workspaces", folder)] == [0o700] * 3


def test_a_link_further_down_leads_nowhere(home: Path) -> None:
    """The temporary folder is everybody's: another user and a clone could come together."""
    own_folder_of(home / "clone", home).mkdir(parents=True)
    state = state_home()
    (state / "workspaces").symlink_to(home / "clone" / "workspaces")
    assert existing_state_directory(home) is None


def test_a_process_of_another_user_is_no_engine_of_ours(home: Path) -> None:
    import subprocess

    with subprocess.Popen(["sleep", "60"], user=OTHER) as process:
        running = RunningProcess.of(process.pid)
        connection_file(state_directory(home)).write(
            Connection(url="http://127.0.0.1:1", token="secret", pid=process.pid, engine_id="e", workspace=str(home),
                       started_s=running.created_s, program=""))
        assert running.runs
        assert read_connection(state_directory(home)) is None
        process.kill()


@pytest.mark.parametrize(("owner", "mode"), [(OTHER, 0o755), (OTHER, 0o777)])
def test_a_cache_of_another_user_is_not_run(owner: int, mode: int, home: Path) -> None:
    place = home / "cache" / "lambda-workbench"
    place.mkdir(parents=True)
    place.chmod(mode)
    os.chown(place, owner, owner)
    assert cache_home() == state_home() / "cache"


def test_a_cache_that_others_may_write_is_closed_to_them(home: Path) -> None:
    place = home / "cache" / "lambda-workbench"
    place.mkdir(parents=True)
    place.chmod(0o777)
    assert cache_home() == place
    assert place.stat().st_mode & 0o022 == 0


def test_a_place_that_depends_on_the_current_folder_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine would have another one than the window, and a clone could bring it along."""
    monkeypatch.setenv(VARIABLE, "state")
    monkeypatch.chdir(one_function(home / "clone", ""))
    with pytest.raises(WorkspaceError, match="another folder for each program"):
        state_home()


CREATES = """
import sys, http.client
connection = http.client.HTTPConnection(sys.argv[1])
for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/Function"), ("POST", "/Function/invocations")):
    connection.request(method, f"/2015-03-31/functions{path}", "{}")
    answer = connection.getresponse()
    answer.read()
    print(answer.status)
"""


def test_another_user_changes_no_functions(tmp_path: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")  # the one of these tests may be in a folder that is root's alone
    if python is None:
        pytest.skip("This machine has no Python that all its users may start.")
    with served(one_function(tmp_path / "w", "def handler(event, context):\n    return 1\n"), "--sandbox", "process") as server:
        done = subprocess.run([python, "-I", "-S", "-c", CREATES, server.url.removeprefix("http://")], user=OTHER, group=OTHER,
                              extra_groups=[], capture_output=True, text=True, timeout=60, cwd="/")
    assert done.stdout.split() == ["200", "403", "403", "200"], done.stderr
