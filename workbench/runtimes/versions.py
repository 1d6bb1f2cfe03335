"""Language versions: parsed, compared, read from names and files, or reported by the interpreter itself."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path

from workbench.storage.bounded_reading import read_bounded

Version = tuple[int, ...]
"""(3, 12, 1), or (3, 12) if the patch version is not known, or () if nothing is."""

ANSWER_TIMEOUT_S = 10.0
# Without `site` and RubyGems: quick, and no .pth file, sitecustomize or gem of this machine runs for the question.
_QUESTIONS = {
    "python": ("-I", "-S", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"),
    "node": ("--version",),
    "ruby": ("--disable-gems", "-e", "print RUBY_VERSION"),
}
_DOTTED = re.compile(r"v?(\d+(?:\.\d+)*)")
_VERSIONED_NAME = re.compile(r"(?:python|ruby)(\d+\.\d+)(?:\.exe)?")


def parse_version(text: str) -> Version:
    """The version in "3.12", "v20.1.0" or "3.12.1.final.0"; () if the text does not begin with a number."""
    match = _DOTTED.match(text.strip())
    return tuple(int(part) for part in match[1].split(".")[:3]) if match else ()


def strict_version(text: str) -> Version:
    """Like parse_version, but () for anything other than a plain version ("3.13.0t", "3.14-dev", "miniconda3")."""
    return parse_version(text) if _DOTTED.fullmatch(text) else ()


def version_text(version: Version) -> str:
    """The version in its usual form, "3.12.1"."""
    return ".".join(str(number) for number in version)


def matches(version: Version, wanted: Version) -> bool:
    """Whether an interpreter of `version` satisfies a runtime of version `wanted`."""
    return bool(version) and version[: len(wanted)] == wanted


def told_by_path(real_path: Path) -> Version:
    """The version in a resolved path (.../v20.1.0/bin/node, .../python3.12, .../ruby3.1); () if there is none."""
    name = _VERSIONED_NAME.fullmatch(real_path.name)
    if name:
        return parse_version(name[1])
    found = [version for part in real_path.parts if len(version := strict_version(part)) == 3]
    return found[-1] if found else ()


def told_by_venv(environment: Path) -> Version:
    """The version in a virtual environment's pyvenv.cfg (venv writes `version`, virtualenv and uv `version_info`); () if none."""
    try:
        lines = read_bounded(environment / "pyvenv.cfg", 64_000).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    values = {key.strip().lower(): value for key, _, value in (line.partition("=") for line in lines)}
    return parse_version(values.get("version", values.get("version_info", "")))


async def ask_version(path: Path, family: str) -> Version:
    """Ask an interpreter for its version. () if it cannot be run or gives no sensible answer within ANSWER_TIMEOUT_S."""
    try:
        process = await asyncio.create_subprocess_exec(
            # Not in the folder of the code: nothing in it should influence the answer.
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
    """Kill an interpreter that has not answered, so that none is left behind."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
