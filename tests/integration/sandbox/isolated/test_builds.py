"""What a build sees of a person's machine when it is isolated: tried by one that looks for all of it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.engines import until
from workbench.packages.build_home import KIND
from workbench.packages.build_runner import IsolatedRunner
from workbench.packages.build_variables import build_variables
from workbench.packages.store import Store
from workbench.sandbox.isolated.builds import BubbledBuilds, works
from workbench.sandbox.isolated.shims import path_without_shims, program_itself

pytestmark = pytest.mark.skipif(not works(), reason="bubblewrap does not work here")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's home with secrets."""
    folder = tmp_path / "home"
    for name in (".ssh/id_ed25519", ".aws/credentials", ".npmrc", "project/code.py", ".local/share/keyrings/login"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
    return folder


async def run(tmp_path: Path, home: Path, script: str, **more: object) -> tuple[int, list[str]]:
    """A shell script, isolated as a build is."""
    work = tmp_path / "cache" / "aside"
    work.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    runner = IsolatedRunner(BubbledBuilds(tmp_path / "w", **more), Store(tmp_path / "cache" / "packages"))  # type: ignore[arg-type]
    variables = build_variables({**os.environ, "HOME": str(home), "AWS_SECRET_ACCESS_KEY": "secret"})
    end = await runner.run(("/bin/sh", "-c", script), folder=work, variables=variables, line=lines.append, writable=(work,))
    return end.status, lines


async def test_nothing_of_the_home_is_in_sight_and_what_it_writes_there_stays_its_own(tmp_path: Path, home: Path) -> None:
    look = "find ~ -type f; cat ~/.ssh/id_ed25519 ~/.aws/credentials ~/project/code.py; env | grep -i secret; echo new > ~/kept"
    status, lines = await run(tmp_path, home, look)
    assert status == 0
    assert not [line for line in lines if "secret" in line and "AWS" not in line], lines
    assert not (home / "kept").exists()
    assert (await run(tmp_path, home, "cat ~/kept"))[1] == ["new"]


async def test_beside_programs_of_a_home_there_are_no_keys(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/.cargo/bin` and `~/.docker/bin` are on many a PATH; a registry's token lies beside them."""
    for name in (".cargo/bin/cargo", ".cargo/credentials.toml", "dotfiles/bin/tool", "dotfiles/.git/config", "dotfiles/netrc",
                 ".venv/bin/python", ".venv/pyvenv.cfg", ".venv/lib/module.py", "sdk/bin/go", "sdk/VERSION"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("said")
    added = os.pathsep.join(str(home / name / "bin") for name in (".cargo", "dotfiles", ".venv", "sdk"))
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{added}")
    _, lines = await run(tmp_path, home, "cd ~; find . -type f | sort")
    assert lines == ["./.cargo/bin/cargo", "./.venv/bin/python", "./.venv/lib/module.py", "./.venv/pyvenv.cfg",
                     "./dotfiles/bin/tool", "./sdk/VERSION", "./sdk/bin/go"]


@pytest.mark.skipif(not os.path.isdir("/etc/ssl/private"), reason="this system keeps no keys beside its certificates")
async def test_certificates_are_there_and_keys_beside_them_are_not(tmp_path: Path, home: Path) -> None:
    """Root could read them."""
    _, lines = await run(tmp_path, home, "grep /etc/ssl/private /proc/mounts; ls -A /etc/ssl/private; ls /etc/ssl/certs | wc -l")
    assert [line.split()[0] for line in lines[:-1]] == ["tmpfs"]
    assert int(lines[-1]) > 0


async def test_the_machine_is_read_only_and_other_processes_are_not_there(tmp_path: Path, home: Path) -> None:
    places = f"/usr /etc /opt {tmp_path} {home.parent}/w /var/tmp"
    script = (f"for place in {places}; do touch $place/x 2>/dev/null && echo wrote $place; done; "
              "ls /proc | grep -c '^[0-9]'; test -r /etc/shadow && echo shadow; touch made; echo done")
    _, lines = await run(tmp_path, home, script)
    assert "shadow" not in lines
    assert "wrote /usr" not in lines
    assert not [place for place in places.split() if Path(place, "x").exists()]
    assert int(next(line for line in lines if line.isdecimal())) < 10
    assert (tmp_path / "cache" / "aside" / "made").exists()


async def test_its_home_is_counted_and_cleared_with_the_cache_but_not_while_a_build_runs(tmp_path: Path, home: Path) -> None:
    store, mark = Store(tmp_path / "cache" / "packages"), tmp_path / "cache" / "aside" / "begun"
    script = "head -c 5000 /dev/zero > ~/kept; touch begun; while [ -e begun ]; do sleep 0.02; done"
    build = asyncio.create_task(run(tmp_path, home, script))
    await until(mark.exists)
    assert await asyncio.to_thread(store.clear) == 0
    mark.unlink()
    assert (await build)[0] == 0
    assert [(kind.kind, kind.entries, kind.size_bytes) for kind in store.report().kinds] == [(KIND, 1, 5000)]
    assert await asyncio.to_thread(store.clear) == 1
    assert (await run(tmp_path, home, "cat ~/kept"))[0] != 0


async def test_settings_are_seen_when_the_person_names_them(tmp_path: Path, home: Path) -> None:
    assert (await run(tmp_path, home, "cat ~/.npmrc"))[0] != 0
    assert (await run(tmp_path, home, "cat ~/.npmrc", readable=(home / ".npmrc",)))[1] == ["secret"]
    assert (home / ".npmrc").read_text() == "secret"


async def test_tools_of_path_run(tmp_path: Path, home: Path) -> None:
    status, lines = await run(tmp_path, home, "python3 -c 'print(1)' && make --version | head -1")
    assert (status, lines[0]) == (0, "1"), lines


@pytest.mark.parametrize(("manager", "shims"), [
    ("pyenv", ".pyenv/shims"), ("asdf", ".asdf/shims"), ("pyenv", "managers/python/shims"), ("volta", ".volta/bin")])
async def test_shims_of_version_managers_are_left_out(tmp_path: Path, home: Path, manager: str, shims: str) -> None:
    """They would write to the person's home (pyenv, after each installation) or read settings there."""
    folder, version = home / shims, home / "versions" / "3.99" / "bin"
    for place in (folder, version, folder.parent / "bin"):
        place.mkdir(parents=True, exist_ok=True)
    program(version / "python3", "echo itself")
    program(folder.parent / "bin" / manager, f'[ "$1 $2" = "which python3" ] && echo {version}/python3')
    if manager == "volta":
        program(folder / "volta-shim", "echo shim")
        (folder / "python3").symlink_to("volta-shim")
    else:
        program(folder / "python3", f'touch "$0.written"\nexec "{folder.parent}/libexec/{manager}" exec python3 "$@"')
    variables = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    assert path_without_shims(variables).split(os.pathsep)[0] == str(version)
    assert program_itself(str(folder / "python3"), variables) == str(version / "python3")
    for command in ("python3", str(folder / "python3")):
        lines: list[str] = []
        runner = IsolatedRunner(BubbledBuilds(tmp_path / "w"), Store(tmp_path / "cache" / "packages"))
        built = build_variables({**variables, "HOME": str(home)})
        await runner.run(("/bin/sh", "-c", "python3") if command == "python3" else (command,), folder=tmp_path, variables=built,
                         line=lines.append)
        assert lines == ["itself"]


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_folders_without_shims_stay_as_they_are() -> None:
    variables = {**os.environ, "PATH": os.pathsep.join(("/usr/bin", "/bin", "/not/there/shims", "/usr/bin"))}
    assert path_without_shims(variables) == os.pathsep.join(("/usr/bin", "/bin", "/not/there/shims"))
    assert program_itself("/usr/bin/env", variables) == "/usr/bin/env"
