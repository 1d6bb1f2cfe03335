"""Finding Ruby on machines laid out in a temporary folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.unit.runtimes.test_interpreters import Laid
from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.runtimes.catalogue import Runtime, find_runtime
from workbench.runtimes.launcher import Launcher

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


@pytest.fixture
def machine(tmp_path: Path) -> Laid:
    return Laid(tmp_path)


def _runtime(identifier: str) -> Runtime:
    runtime = find_runtime(identifier)
    assert runtime is not None
    return runtime


RUBY_33 = _runtime("ruby3.3")


@pytest.mark.parametrize(("place", "origin"), [
    (".rbenv/versions/3.3.6/bin/ruby", "rbenv"),
    (".asdf/installs/ruby/3.3.6/bin/ruby", "asdf"),
    (".local/share/mise/installs/ruby/3.3.6/bin/ruby", "mise"),
    (".rvm/rubies/ruby-3.3.6/bin/ruby", "rvm"),
    (".rubies/ruby-3.3.6/bin/ruby", "chruby"),
])
async def test_tools_that_keep_several_versions(machine: Laid, place: str, origin: str) -> None:
    ruby = machine.program(machine.home / place, "3.3.6")
    machine.program(Path(str(ruby).replace("3.3.6", "3.4.1")), "3.4.1")
    found = await machine.interpreters().find(RUBY_33, machine.code)
    assert (found.path, found.version, found.exact, found.origin) == (str(ruby), "3.3.6", True, origin)
    assert machine.times_asked() == 1


async def test_variables_move_the_tools_folders(machine: Laid, tmp_path: Path) -> None:
    ruby = machine.program(tmp_path / "elsewhere" / "versions" / "3.3.1" / "bin" / "ruby", "3.3.1")
    machine.variables["RBENV_ROOT"] = str(tmp_path / "elsewhere")
    assert (await machine.interpreters().find(RUBY_33, machine.code)).path == str(ruby)


async def test_debians_ruby_tells_its_version_by_name(machine: Laid) -> None:
    real = machine.program(machine.bin / "ruby3.3", "3.3.8")
    (machine.bin / "ruby").symlink_to(real)
    found = await machine.interpreters().find(RUBY_33, machine.code)
    assert (found.version, found.exact, found.origin, machine.times_asked()) == ("3.3.8", True, "PATH", 1)


async def test_in_place_of_shims_the_real_programs(machine: Laid) -> None:
    machine.program(machine.home / ".rbenv" / "shims" / "ruby", "3.3.6")
    machine.variables["PATH"] = str(machine.home / ".rbenv" / "shims")
    ruby = machine.program(machine.home / ".rbenv" / "versions" / "3.3.6" / "bin" / "ruby", "3.3.6")
    assert (await machine.interpreters().find(RUBY_33, machine.code)).path == str(ruby)


@pytest.mark.parametrize("text", ["3.3.1\n", "ruby-3.3.1"])
async def test_the_version_that_a_file_names_wins(machine: Laid, text: str) -> None:
    machine.program(machine.bin / "ruby", "3.3.9")
    machine.program(machine.home / ".rbenv" / "versions" / "3.3.6" / "bin" / "ruby", "3.3.6")
    named = machine.program(machine.home / ".rbenv" / "versions" / "3.3.1" / "bin" / "ruby", "3.3.1")
    (machine.home / "project" / ".ruby-version").write_text(text)
    (machine.home / "project" / "template.yaml").touch()
    found = await machine.interpreters().find(RUBY_33, machine.code)
    assert found.path == str(named)
    assert found.origin == f"rbenv, named by {machine.home / 'project' / '.ruby-version'}"


async def test_a_file_that_names_another_version_than_the_runtime_is_left_aside(machine: Laid) -> None:
    machine.program(machine.home / ".rbenv" / "versions" / "3.1.1" / "bin" / "ruby", "3.1.1")
    wanted = machine.program(machine.home / ".rbenv" / "versions" / "3.3.6" / "bin" / "ruby", "3.3.6")
    (machine.code / ".ruby-version").write_text("3.1.1\n")
    assert (await machine.interpreters().find(RUBY_33, machine.code)).path == str(wanted)


async def test_the_nearest_version_is_taken_aloud(machine: Laid) -> None:
    machine.program(machine.bin / "ruby3.1", "3.1.2")
    found = await machine.interpreters().find(RUBY_33, machine.code)
    assert (found.version, found.exact) == ("3.1.2", False)
    assert found.notices == ("Ruby 3.1.2 runs this function; it asks for 3.3.",)


async def test_none_at_all(machine: Laid) -> None:
    with pytest.raises(SandboxUnavailable) as missing:
        await machine.interpreters().find(RUBY_33, machine.code)
    assert missing.value.message == "Ruby 3.3 was not found on this machine, nor was a version near it."
    assert missing.value.hint == 'Install it ("rbenv install 3.3" or ruby-lang.org), or run this function in Docker.'


def test_the_command_is_ruby_and_an_existing_bootstrap() -> None:
    function = FunctionConfiguration(name="f", logical_id="F", runtime="ruby3.3", handler="app.handler", code_path="/code")
    ruby, flag, bootstrap = Launcher().command(function, "/usr/bin/ruby")
    assert (ruby, flag) == ("/usr/bin/ruby", "--disable-gems")
    assert Path(bootstrap).is_file()
    assert Path(bootstrap).name == "bootstrap.rb"
