"""Language versions: compared as numbers, read from names where names tell them, asked of the interpreter itself otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path

from workbench.storage.bounded_reading import read_bounded

Version = tuple[int, ...]
"""(3, 12, 1), (3, 12) where the patch is not known, () where nothing is."""

ANSWER_TIMEOUT_S = 10.0
_QUESTIONS = {
    "python": ("-I", "-S", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"),
    "node": ("--version",),
    "ruby": ("--disable-gems", "-e", "print RUBY_VERSION"),
}
_DOTTED = re.compile(r"v?(\d+(?:\.\d+)*)")
_VERSIONED_NAME = re.compile(r"(?:python|ruby)(\d+\.\d+)(?:\.exe)?")


def parse_version(text: str) -> Version:
    """The version in "3.12", "v20.1.0" or "3.12.1.final.0"; () when the text begins with no number."""
    match = _DOTTED.match(text.strip())
    return tuple(int(part) for part in match[1].split(".")[:3]) if match else ()


def strict_version(text: str) -> Version:
    """Like parse_version, but () for anything beside a plain version ("3.13.0t", "3.14-dev", "miniconda3")."""
    return parse_version(text) if _DOTTED.fullmatch(text) else ()


def version_text(version: Version) -> str:
    """The usual way to write it."""
    return ".".join(str(number) for number in version)


def matches(version: Version, wanted: Version) -> bool:
    """Whether an interpreter of `version` is what a runtime of version `wanted` names."""
    return bool(version) and version[: len(wanted)] == wanted


def told_by_path(real_path: Path) -> Version:
    """What a resolved path says: .../v20.1.0/bin/node, .../python3.12, .../ruby3.1; () when it says nothing."""
    name = _VERSIONED_NAME.fullmatch(real_path.name)
    if name:
        return parse_version(name[1])
    found = [version for part in real_path.parts if len(version := strict_version(part)) == 3]
    return found[-1] if found else ()


def told_by_venv(environment: Path) -> Version:
    """The version in a virtual environment's pyvenv.cfg (`version` by venv, `version_info` by virtualenv and uv)."""
    try:
        lines = read_bounded(environment / "pyvenv.cfg", 64_000).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    values = {key.strip().lower(): value for key, _, value in (line.partition("=") for line in lines)}
    return parse_version(values.get("version", values.get("version_info", "")))


async def ask_version(path: Path, family: str) -> Version:
    """Run the interpreter for its version; () when it cannot be run or says nothing sensible within ten seconds."""
    try:
        process = await asyncio.create_subprocess_exec(
            str(path), *_QUESTIONS[family], stdin=asyncio.subprocess.DEVNULL, cwd=path.parent,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ()
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            answer, _ = await process.communicate()
    except TimeoutError:
        return ()
    finally:
        await _end(process)
    return parse_version(answer.decode("utf-8", errors="replace")) if process.returncode == 0 else ()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave no interpreter behind that was asked and did not answer."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
