"""Search for Ruby: the version that `.ruby-version` names first, then PATH, then the folders of version managers.

Tried on Linux with Debian's Ruby on PATH and the tools' layouts. The folders of macOS and Windows are taken from documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from workbench.runtimes.interpreter_search import (
    Candidate,
    Machine,
    folder_names,
    is_program,
    named_on_path,
    versioned_folders,
    workspace_folders,
)
from workbench.runtimes.versions import Version, matches, parse_version, strict_version
from workbench.storage.bounded_reading import read_bounded

_MINORS = tuple(f"ruby{major}.{minor}" for major, minors in ((4, range(5, -1, -1)), (3, range(4, -1, -1)), (2, (7,)))
                for minor in minors)
_RUBY_INSTALLER = re.compile(r"Ruby(\d)(\d+)(?:-x64|-arm)?")


def ruby_candidates(machine: Machine, code_folder: Path) -> Iterator[Candidate]:
    """All Ruby interpreters in order of preference. Runs none of them."""
    kept = tuple(_kept_by_tools(machine))
    chosen, origin = _asked_for(machine, code_folder)
    for candidate in kept:
        if chosen and matches(candidate.version, chosen):
            yield Candidate(path=candidate.path, version=candidate.version, origin=f"{candidate.origin}, named by {origin}")
    yield from named_on_path(machine, ("ruby", *_MINORS), kept)
    yield from kept
    yield from _homebrew_rubies()
    yield from _windows_rubies(machine)


def _asked_for(machine: Machine, code_folder: Path) -> tuple[Version, Path | None]:
    """The version in the nearest `.ruby-version` beside or above the code ("3.3.4", "ruby-3.3"), and its path; () and None if
    there is no such file."""
    for folder in workspace_folders(code_folder, machine):
        try:
            text = read_bounded(folder / ".ruby-version", 64_000).decode("utf-8", errors="replace")
        except OSError:
            continue
        return strict_version(text.strip().removeprefix("ruby-")), folder / ".ruby-version"
    return (), None


def _kept_by_tools(machine: Machine) -> Iterator[Candidate]:
    program = "bin/ruby.exe" if machine.is_windows else "bin/ruby"
    yield from versioned_folders(machine.folder("RBENV_ROOT", ".rbenv") / "versions", program, "rbenv")
    yield from versioned_folders(machine.folder("ASDF_DATA_DIR", ".asdf") / "installs" / "ruby", program, "asdf")
    mise = machine.folder("MISE_DATA_DIR", ".local", "share", "mise")
    yield from versioned_folders(mise / "installs" / "ruby", program, "mise")
    yield from versioned_folders(machine.folder("rvm_path", ".rvm") / "rubies", program, "rvm", prefix="ruby-")
    yield from versioned_folders(machine.home / ".rubies", program, "chruby", prefix="ruby-")


def _homebrew_rubies() -> Iterator[Candidate]:
    """Homebrew's Ruby, which Homebrew keeps off PATH because macOS has an old one of its own. Untested."""
    for root in (Path("/opt/homebrew/opt"), Path("/usr/local/opt"), Path("/home/linuxbrew/.linuxbrew/opt")):
        for name in sorted(folder_names(root), reverse=True):
            path = root / name / "bin" / "ruby"
            if (name == "ruby" or name.startswith("ruby@")) and is_program(path):
                yield Candidate(path=path, version=parse_version(name.removeprefix("ruby@")), origin="Homebrew")


def _windows_rubies(machine: Machine) -> Iterator[Candidate]:
    """Installations by RubyInstaller (C:/Ruby33-x64). Untested."""
    root = Path("C:/")
    for name in sorted(folder_names(root), reverse=True) if machine.is_windows else ():
        match = _RUBY_INSTALLER.fullmatch(name)
        path = root / name / "bin" / "ruby.exe"
        if match and is_program(path):
            yield Candidate(path=path, version=(int(match[1]), int(match[2])), origin="RubyInstaller")
