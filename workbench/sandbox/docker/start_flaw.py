"""Finds out why Lambda could not start what a container image and its ImageConfig name, and says it in Lambda's words.

A container engine creates a missing working directory, and the shell that starts a runtime here runs files that the kernel
refuses. Lambda does neither, so both are checked before. Its messages are those of the Go program that starts runtimes there.
Source: failures on Lambda that people report in public; AWS's Runtime Interface Emulator; Go's packages os/exec and syscall.
"""

from __future__ import annotations

import posixpath
from typing import Literal

import msgspec

from workbench.model.function import Architecture
from workbench.sandbox.docker.image_files import FoundFile, ImageFiles
from workbench.sandbox.docker.program_file import FIRST_BYTES, program_file
from workbench.sandbox.docker.user import USER

_USER, _GROUP = (int(number) for number in USER.split(":"))
_MOST_INTERPRETERS = 5
"""How many times in a row a script's interpreter may be a script. Source: Linux manual, execve(2)."""

_NOT_THERE, _DENIED, _FORMAT = "no such file or directory", "permission denied", "exec format error"


class StartFlaw(msgspec.Struct, frozen=True):
    """Lambda's error type, and its text after "Error: "."""

    error_type: Literal["Runtime.InvalidEntrypoint", "Runtime.InvalidWorkingDir"]
    reason: str


class ImageStart(msgspec.Struct, frozen=True):
    """What Lambda would start in an image: `program` is the first word of the command line, "" for none.

    `search_path` is the value of PATH.
    """

    program: str
    working_directory: str
    search_path: str
    architecture: Architecture


def find_flaw(files: ImageFiles, start: ImageStart) -> StartFlaw | None:
    """Return the first flaw, None if it can be started. Blocking; raises UnknownFile and the SDK's errors."""
    directory = start.working_directory
    if not directory.startswith("/"):
        return _of_directory(f"the working directory '{directory}' is invalid, it needs to be an absolute path")
    entry = files.find(directory)
    if entry is None:
        return _of_directory(f"the working directory doesn't exist: {directory}")
    program = start.program if "/" in start.program else _searched(files, start)
    if not program:
        return _of_program(f'exec: "{start.program}": executable file not found in $PATH' if start.program
                           else "exec: no command")
    reason = _why_not_entered(files, entry) or _why_not(files, start, program, _MOST_INTERPRETERS)
    return _of_program(f"fork/exec {program}: {reason}") if reason else None


def _of_directory(reason: str) -> StartFlaw:
    return StartFlaw("Runtime.InvalidWorkingDir", reason)


def _of_program(reason: str) -> StartFlaw:
    return StartFlaw("Runtime.InvalidEntrypoint", reason)


def _searched(files: ImageFiles, start: ImageStart) -> str:
    """The path of a program that is named without one, "" if it is not on the search path."""
    for folder in filter(None, start.search_path.split(":") if start.program else ()):
        path = posixpath.join(folder, start.program)
        found = files.find(posixpath.join(start.working_directory, path))
        if found is not None and not found.is_directory and _may_execute(files, found):
            return path
    return ""


def _why_not_entered(files: ImageFiles, directory: FoundFile) -> str:
    if not directory.is_directory:
        return "not a directory"
    return "" if _may_execute(files, directory) and _is_reachable(files, directory) else _DENIED


def _why_not(files: ImageFiles, start: ImageStart, program: str, most: int) -> str:
    """The error that execve(2) would give, "" for none."""
    found = files.find(posixpath.join(start.working_directory, program))
    if found is None:
        return _NOT_THERE
    if found.is_directory or not _may_execute(files, found) or not _is_reachable(files, found):
        return _DENIED
    kind = program_file(files.start(found.path, FIRST_BYTES).first, start.architecture)
    if not kind.can_run:
        return _FORMAT
    if not kind.interpreter:
        return ""
    return _why_not(files, start, kind.interpreter, most - 1) if most else "too many levels of symbolic links"


def _is_reachable(files: ImageFiles, found: FoundFile) -> bool:
    """Whether Lambda's user may pass through all folders above it."""
    folder = found.path
    while (folder := posixpath.dirname(folder)) != "/":
        above = files.find(folder)
        if above is not None and not _may_execute(files, above):
            return False
    return True


def _may_execute(files: ImageFiles, found: FoundFile) -> bool:
    """Whether Lambda's user may execute a file, or pass through a folder."""
    if found.mode & 0o111 in (0, 0o111):  # the same for everybody: its owner, which takes another request, does not matter
        return bool(found.mode & 0o111)
    owner = files.start(found.path)
    shift = 6 if owner.user == _USER else 3 if owner.group == _GROUP else 0
    return bool(found.mode >> shift & 1)
