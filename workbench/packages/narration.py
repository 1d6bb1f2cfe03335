"""Condense the output of package managers for people: a few lines while they work, and the decisive ones when they fail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from itertools import takewhile

from workbench.packages.builds import STAGE
from workbench.packages.cancellation import Step, StepHandler

SHOWN_LINES = 15
_FIRST_S = 1.0
_LIST_SHOWN = 8
_TEXT_LIMIT = 200

_WORKED_ON = {
    "npm": re.compile(r"npm http (?:fetch GET 200|cache) \S*?(?:https?://[^/ ]+/)(\S+)"),
    "pip": re.compile(r"(?:Collecting|Building wheel for|Processing) (\S+)"),
    "uv": re.compile(r"(?:Downloading|Building|Downloaded|Built) (\S+)"),
}
_VERSIONS = re.compile(r"\(from versions: ([^)]*)\)")
_NPM = re.compile(r"npm (?:error|ERR!) ?")
_NPM_NOISE = re.compile(
    r"npm (?:error|ERR!)\s*(?:$|at \S+ \(|at process|A complete log of this run|For a full report|\S*_logs[/\\]"
    r"|Log files were not|Usage:|npm ci\b|Options:|npm install\b|\[-|aliases:|Run \"npm help|404\s*$"
    r"|404 Note that you can also|404 tarball)")
_NPM_HELP = re.compile(r"npm (?:error|ERR!)\s*(?:Clean install a project|Install a package|Usage:)\s*$")
"""The line at which npm's help on its options begins, which follows the error."""
_NPM_DEEP = re.compile(r"error:|ERR! (?:stack Error|find|not found)|not found|No such file|fatal|code |path |command failed"
                       r"|Could not find", re.IGNORECASE)
_PIP_NOISE = re.compile(r"ERROR: pip.s dependency resolver does not")
_PIP_DEEP = re.compile(r"ERROR: |error: |.*(?:Error: |fatal error|No such file or directory|command not found|connection broken)")
_COUNTED = re.compile(r"total=\d+|0x[0-9a-f]+")
"""What differs between repetitions of one message of pip, such as the remaining retries and addresses of objects."""
_TRACE = re.compile(r"\s+File \"|\s+\^+$|Traceback \(most")


class Narration:
    """Turns a tool's lines into progress at growing intervals: the first after 1 second, then after 2, 4, 8 …"""

    def __init__(self, tool: str, progress: StepHandler, clock: Callable[[], float] = time.monotonic) -> None:
        self._tool = tool
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._next_s = _FIRST_S
        self._seen: dict[str, None] = {}

    def line(self, text: str) -> None:
        """Take a line of the tool's output, and report progress when it is due."""
        told = self._told(text)
        if told and self._clock() - self._began >= self._next_s:
            self._next_s *= 2
            self._progress(Step(stage=STAGE, text=told))

    def _told(self, text: str) -> str:
        pattern = _WORKED_ON.get(self._tool)
        if pattern is None:  # the output of a person's own build is shown as it is
            return text.strip()[:_TEXT_LIMIT]
        match = pattern.match(text.strip())
        if match is None:
            return ""
        self._seen[_package(match[1]) if self._tool == "npm" else match[1]] = None
        count = len(self._seen)
        return f"{self._tool}: {count} package{'s' if count > 1 else ''} so far, now {next(reversed(self._seen))}"


def _package(place: str) -> str:
    """The package's name in a path of a registry, which is that of a list of versions or of an archive."""
    *above, name = place.replace("%2f", "/").partition("/-/")[0].split("/")
    return f"{above[-1]}/{name}" if above and above[-1].startswith("@") else name


def deciding(tool: str, lines: Sequence[str]) -> tuple[str, ...]:
    """The few lines that say why a tool failed; the last ones if none of them stand out."""
    shortened = [_VERSIONS.sub(_some_versions, line) for line in lines]
    chosen = _DECIDING.get(tool, _last)(shortened)
    return tuple(chosen or _last(shortened))


def _some_versions(match: re.Match[str]) -> str:
    versions = [version.strip() for version in match[1].split(",")]
    if len(versions) <= _LIST_SHOWN:
        return match[0]
    return f"(from versions: …, {', '.join(versions[-_LIST_SHOWN:])})"


def _last(lines: Sequence[str]) -> Sequence[str]:
    return [line for line in lines if line.strip()][-SHOWN_LINES:]


def _of_npm(lines: Sequence[str]) -> Sequence[str]:
    """npm's error comes first. If a package's own build failed, its whole output follows, of which the errors are kept."""
    said = takewhile(lambda line: not _NPM_HELP.match(line), lines)
    own = [line for line in said if _NPM.match(line) and not _NPM_NOISE.match(line)]
    if not any("command failed" in line for line in own[:4]):
        return own[:SHOWN_LINES]
    deep = [line for line in own[2:] if _NPM_DEEP.search(_NPM.sub("", line))]
    return [*own[:2], *deep[:SHOWN_LINES - 2]]


def _of_pip(lines: Sequence[str]) -> Sequence[str]:
    """The requirement that was not found or, for a package that did not build, the errors in its build's output."""
    said: dict[str, str] = {}
    for line in lines:
        text = line.strip()
        if _PIP_DEEP.match(text) and not _PIP_NOISE.match(text) and not _TRACE.match(line):
            said[_COUNTED.sub("", text)] = text
    found = list(said.values())
    begun = [line.strip() for line in lines if line.strip().startswith("Collecting ")][-1:]
    building = any("subprocess-exited-with-error" in text or "Failed building" in text for text in found)
    return [*(begun if building else ()), *found[-SHOWN_LINES:]]


def _of_uv(lines: Sequence[str]) -> Sequence[str]:
    """Everything from the line that announces the failure."""
    start = next((number for number, line in enumerate(lines) if line.strip().startswith(("×", "error:"))), None)
    return [] if start is None else [line for line in lines[start:] if line.strip()][:2 * SHOWN_LINES]


_DECIDING = {"npm": _of_npm, "pip": _of_pip, "uv": _of_uv}
