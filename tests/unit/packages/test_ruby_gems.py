"""The folder of gems that stands for /var/runtime: which are let in, and that it is made once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workbench.packages.ruby_gems import RubyGems
from workbench.packages.store import Store

RUBY = shutil.which("ruby") or ""

pytestmark = pytest.mark.skipif(not RUBY, reason="Ruby is not installed")


def install(place: Path, name: str, *, compiled: bool = False) -> None:
    """A gem, with its version and platform in the name."""
    for folder in (f"gems/{name}/lib", "specifications", *([f"extensions/x86_64-linux/3.1.0/{name}"] if compiled else [])):
        (place / folder).mkdir(parents=True, exist_ok=True)
    (place / "specifications" / f"{name}.gemspec").write_text("")


@pytest.fixture(scope="module")
def own() -> set[str]:
    """The gems that come with Ruby."""
    question = 'puts File.join(RbConfig::CONFIG["rubylibprefix"], "gems", RbConfig::CONFIG["ruby_version"], "gems")'
    told = subprocess.run([RUBY, "-e", question], capture_output=True, text=True, check=True).stdout.strip()
    return set(os.listdir(told))


async def names(gems: RubyGems) -> set[str]:
    folder = await gems.folder("ruby3.3", RUBY)
    assert folder is not None
    return set(os.listdir(folder / "ruby" / "3.3.0" / "gems"))


async def test_the_sdk_of_this_machine_is_let_in_and_nothing_else(tmp_path: Path, own: set[str]) -> None:
    machine = tmp_path / "machine"
    for name in ("aws-sdk-s3-1.2.3", "aws-partitions-1.9", "jmespath-1.6.2", "httparty-0.2", "aws-sdk-a-b-1", "rexml-99.0"):
        install(machine, name)
    install(machine, "aws-sigv4-1.0-x86_64-linux", compiled=True)
    gems = RubyGems(Store(tmp_path / "cache"), {"GEM_PATH": str(machine)})
    assert await names(gems) - own == {"aws-sdk-s3-1.2.3", "aws-partitions-1.9", "jmespath-1.6.2", "aws-sigv4-1.0-x86_64-linux"}
    folder = await gems.folder("ruby3.3", RUBY)
    assert folder is not None
    assert (folder / "ruby/3.3.0/extensions/x86_64-linux/3.1.0/aws-sigv4-1.0-x86_64-linux").is_dir()
    assert not (folder / "ruby/3.3.0/gems/aws-sdk-s3-1.2.3").is_symlink()
    assert folder == await gems.folder("ruby3.3", RUBY)
    install(machine, "aws-sdk-core-3.0")
    assert "aws-sdk-core-3.0" in await names(gems)


async def test_an_interpreter_that_is_not_there_brings_none(tmp_path: Path) -> None:
    assert await RubyGems(Store(tmp_path / "cache"), {}).folder("ruby3.3", str(tmp_path / "ruby")) is None
