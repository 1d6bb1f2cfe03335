"""Whoever opens a hostile clone, by whatever way there is, has run nothing of it, and nothing of elsewhere was copied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.security.hostile_clones import BUILT, NAMED, HostileClone
from tests.support.commands import command_here
from tests.support.engines import engine_in_test, served, until
from workbench.cli.engine_parts import packages_folder
from workbench.client.engine_process import read_connection
from workbench.client.supervisor import EngineSupervisor
from workbench.model.engine_api import TrustAnswer
from workbench.model.failures import ServiceError
from workbench.sandbox.isolated.probe import isolated_status
from workbench.workspace.state_directory import state_directory
from workbench.workspace.trusted_folders import TrustedFolders

PROGRAM = Path(sys.executable).with_name("workbench")


def careless(clone: HostileClone) -> dict[str, str]:
    """The variables of somebody whose PATH has the folder one stands in, as many have."""
    path = os.pathsep.join(("", ".", "node_modules/.bin", ".venv/bin", os.environ["PATH"]))
    return {**os.environ, "PATH": path, "QT_QPA_PLATFORM": "offscreen", "PYTHONSTARTUP": ".pythonrc", "ENV": ".envrc"}


def in_clone(clone: HostileClone, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`workbench`, called in the folder."""
    return subprocess.run([str(PROGRAM), *arguments], cwd=clone.root, env=careless(clone), capture_output=True, text=True,
                          timeout=60, check=False)


def stand_in(clone: HostileClone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is the current one, and the variables are careless."""
    monkeypatch.chdir(clone.root)
    for name, value in careless(clone).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("command", [("doctor",), ("invoke", "Plain", "--sandbox", "process")], ids=" ".join)
def test_no_command_runs_anything_of_the_folder_that_it_is_called_in(clone: HostileClone, command: tuple[str, ...]) -> None:
    done = in_clone(clone, *command)
    check_nothing_ran(clone, command, done.returncode, done.stderr)


@pytest.mark.parametrize("command", [
    ("doctor", "--json"), ("trust",), ("trust", "--json"), ("values",), ("list",), ("trash", "list"),
    ("history", "template.yaml"), ("cache",), ("trust", "add"), ("credentials",),
    ("credentials", "set", "profile", "default"), ("credentials", "forget", "--json"), ("debug", "Plain", "--sandbox", "process"),
], ids=" ".join)
def test_nor_does_any_other(clone: HostileClone, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
                            capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(clone, monkeypatch)
    done = command_here(capsys, *command)
    check_nothing_ran(clone, command, done.status, done.err)


def check_nothing_ran(clone: HostileClone, command: tuple[str, ...], status: object, said: str) -> None:
    assert "Traceback" not in said, said
    assert not clone.marks
    if command[0] in ("invoke", "debug"):
        assert status == 2
        assert "not trusted" in said
        assert "workbench trust add" in said


def test_modules_of_the_folder_one_stands_in_are_not_taken(clone: HostileClone) -> None:
    done = subprocess.run([sys.executable, "-m", "workbench", "trust", "list"], cwd=clone.root, env=careless(clone),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not clone.marks


async def test_an_engine_that_is_started_in_the_folder_takes_nothing_of_it(
    clone: HostileClone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone.root)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("", ".", "plain")))
    monkeypatch.setenv("PATH", careless(clone)["PATH"])
    supervisor = EngineSupervisor(clone.root, state_directory(clone.root))
    client = await supervisor.acquire()
    async with client:
        await client.refresh()
        await client.doctor()
        report = await client.trust()
        assert (report.standing, report.is_limited) == ("unknown", True)
        with pytest.raises(ServiceError, match="not trusted") as refused:
            await client.invoke("Plain", b"{}", sandbox="process")
        assert (refused.value.code, refused.value.status) == ("AccessDeniedException", 403)
        assert "workbench trust" in refused.value.hint
        with pytest.raises(ServiceError, match="not trusted"):
            await client.debugging.start("Plain", sandbox="process")
        await client.provision("Plain", 1)
        await until(lambda: _ended(client))
    await supervisor.release()
    assert not clone.marks


async def _ended(client: object) -> bool:
    provisioned = await client.provisioned()  # type: ignore[attr-defined]
    return all(one.status == "FAILED" for one in provisioned)


def test_the_window_opens_the_folder_and_runs_nothing_of_it(clone: HostileClone) -> None:
    state = state_directory(clone.root)
    with (clone.root.parent / "window.log").open("wb") as log:
        window = subprocess.Popen([str(PROGRAM), "."], cwd=clone.root, env=careless(clone), stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            while read_connection(state) is None:
                assert time.monotonic() < deadline, "the window's engine did not start"
                assert window.poll() is None
                time.sleep(0.05)
        finally:
            window.terminate()
            window.wait(20)
    assert not clone.marks


async def test_no_build_runs_until_the_folder_is_trusted(clone: HostileClone) -> None:
    """In every sandbox: builds run on this machine, whatever runs the function."""
    async with engine_in_test(clone.root, sandbox="docker", trusted=False) as engine:
        for name in (*BUILT, *NAMED):
            with pytest.raises(ServiceError, match="not trusted") as refused:
                await _prepare(engine, name)
            assert refused.value.code == "AccessDeniedException", name
        assert not [path for path in packages_folder().rglob("*") if "secret" in _text(path)]
    assert not clone.marks


async def _prepare(engine: object, name: str) -> None:
    """What comes before a sandbox: the same for all kinds, so that no container engine is needed."""
    from workbench.packages.targets import Target

    service = engine.engine  # type: ignore[attr-defined]
    function = service.functions.get(name).configuration
    may_build = await service.trust._trust.admit(function, "docker")
    await service._packages.prepare(function, Target(sandbox="docker", trusted=may_build), lambda _: None)


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""


async def test_the_question_names_all_that_would_run(clone: HostileClone) -> None:
    async with engine_in_test(clone.root, trusted=False) as engine:
        report = await engine.client.trust()
    told = "\n".join(item.text for item in report.open_items)
    for words in ("made/Makefile", "make build-Made", "make build-MadeLayer", "./pkg", "setup.py", "--index-url",
                  "pyproject.toml",
                  "jsapp/package.json", "git+https", "esbuild bundles Bundle", "node_modules/.bin/esbuild", "gems/Gemfile",
                  "build.gradle",
                  "Dockerfile", "registry.example/evil", ".venv/bin/python", f"{clone.root.parent}/elsewhere"):
        assert words in told, words
    assert report.runs_as_processes
    assert {function for item in report.items for function in item.functions} >= {*BUILT, *NAMED}
    assert not clone.marks


async def test_what_is_trusted_runs_and_nothing_else(clone: HostileClone) -> None:
    """A makefile that was agreed to runs; after a change it is asked about again, an edited handler is not."""
    async with engine_in_test(clone.root, trusted=False) as engine:
        client = engine.client
        report = await client.trust()
        made = next(item for item in report.items if "make build-Made," in item.text)
        report = await client.answer_trust(TrustAnswer(trusted=True, digests=(made.digest,)))
        assert [item.text for item in report.items if item.agreed] == [made.text]
        with pytest.raises(ServiceError, match="not trusted"):
            await client.invoke("Bundle", b"{}")
        assert not clone.marks
        clone.write("made/bootstrap", "#!/bin/sh\n", mode=0o755)
        assert made.digest in {item.digest for item in (await client.trust()).items if item.agreed}
        clone.write("made/build.sh", "#!/bin/sh\nexit 2\n", mode=0o755)
        assert not [item for item in (await client.trust()).items if item.agreed]
        await client.refresh()
        with pytest.raises(ServiceError, match="not trusted"):
            await client.invoke("Made", b"{}")
    assert not clone.marks


async def test_trust_is_withdrawn_at_once_also_by_another_program(clone: HostileClone) -> None:
    clone.write("plain/app.py", "def handler(event, context):\n    return 1\n")
    async with engine_in_test(clone.root, trusted=False) as engine:
        with pytest.raises(ServiceError, match="not trusted"):
            await engine.invoke(function="Plain")
        assert in_clone(clone, "trust", "add").returncode == 1 - 1
        with pytest.raises(ServiceError, match=r"index-url|not trusted|variable of yours"):
            await engine.invoke(function="Indexed")
        for folder in (".venv", "venv", "plain/.venv"):
            (clone.root / folder).rename(clone.root / f"{folder}-gone")
        await engine.client.refresh()
        assert (await engine.invoke(function="Plain")).payload == "1"
        assert in_clone(clone, "trust", "withdraw").returncode == 0
        with pytest.raises(ServiceError, match="not trusted"):
            await engine.invoke(function="Plain")


def test_a_script_trusts_with_its_command(
    clone: HostileClone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.write("plain/app.py", "def handler(event, context):\n    return 1\n")
    for folder in (".venv", "venv", "plain/.venv"):
        (clone.root / folder).rename(clone.root / f"{folder}-gone")
    stand_in(clone, monkeypatch)
    assert command_here(capsys, "invoke", "Plain", "--sandbox", "process").status == 2
    assert in_clone(clone, "invoke", "Plain", "--sandbox", "process", "--trust").returncode == 0
    assert in_clone(clone, "invoke", "Plain", "--sandbox", "process").returncode == 0
    assert str(clone.root) in command_here(capsys, "trust", "list").out
    with served(clone.root, trusted=False, is_whole=True):
        pass


@pytest.mark.skipif(not isolated_status().available, reason="isolated sandboxes cannot be had here")
async def test_untrusted_functions_run_isolated_with_packages_that_run_nothing(clone: HostileClone) -> None:
    """Neither the folder's interpreter nor a build: wheels alone, scripts left out."""
    clone.write("plain/app.py", "import six, sys\ndef handler(event, context):\n    return [six.__version__, sys.executable]\n")
    clone.write("plain/requirements.txt", "six==1.17.0\n")
    async with engine_in_test(clone.root, sandbox="isolated", trusted=False) as engine:
        version, program = json.loads((await engine.invoke(function="Plain")).payload)
        assert version == "1.17.0"
        assert not Path(program).is_relative_to(clone.root)
        with pytest.raises(ServiceError, match="not trusted"):
            await engine.invoke(function="Made")
        clone.write("plain/requirements.txt", "six==1.17.0\n./setup.py\n")
        await engine.client.refresh()
        with pytest.raises(ServiceError, match="more than packages with versions"):
            await engine.invoke(function="Plain")
        with pytest.raises(ServiceError, match="not trusted"):
            await engine.invoke(function="Plain", sandbox="process")
    assert not clone.marks


async def test_environments_do_not_outlive_a_withdrawal_by_another_program(clone: HostileClone) -> None:
    """Processes with all of the person's rights, kept warm, ended only when somebody invoked again."""
    clone.write("plain/app.py", "def handler(event, context):\n    return 1\n")
    for folder in (".venv", "venv", "plain/.venv"):
        (clone.root / folder).rename(clone.root / f"{folder}-gone")
    TrustedFolders().trust(clone.root, ())
    async with engine_in_test(clone.root, trusted=False) as engine:
        await engine.client.refresh()
        assert (await engine.invoke(function="Plain")).payload == "1"
        assert await engine.states()
        TrustedFolders().trust(clone.root.parent, ())  # of another folder: nothing happens here
        assert await engine.states()
        assert TrustedFolders().withdraw(clone.root)
        await until(lambda: _gone(engine), 20)


async def _gone(engine: object) -> bool:
    return not await engine.states()  # type: ignore[attr-defined]
