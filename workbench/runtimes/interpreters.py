"""Choose the interpreter of this machine that runs a function outside containers.

In order of preference: a virtual environment beside or above the code, if it has the runtime's version; any other interpreter of
that version; the nearest version, with a notice. Most versions are known from names and files, so only the chosen interpreter is
run to confirm its version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxUnavailable
from workbench.runtimes.catalogue import Runtime
from workbench.runtimes.interpreter_search import Candidate, Machine
from workbench.runtimes.node_search import node_candidates
from workbench.runtimes.own_interpreters import lies_in, own_folder
from workbench.runtimes.python_search import python_candidates, virtual_environments
from workbench.runtimes.ruby_search import ruby_candidates
from workbench.runtimes.versions import Version, ask_version, matches, parse_version, version_text

LANGUAGE_NAMES = {"python": "Python", "node": "Node.js", "ruby": "Ruby"}
OLDEST: dict[str, Version] = {"python": (3, 8), "node": (18,), "ruby": (2, 7)}
"""The oldest language versions on which our bootstraps run."""

_CANDIDATES: dict[str, Callable[[Machine, Path], Iterator[Candidate]]] = {
    "python": python_candidates, "node": lambda machine, _code_folder: node_candidates(machine), "ruby": ruby_candidates,
}
_INSTALLERS = {
    "python": '"uv python install {version}" or python.org',
    "node": '"nvm install {version}" or nodejs.org',
    "ruby": '"rbenv install {version}" or ruby-lang.org',
}


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """The interpreter that runs a function.

    `exact`: it has the version that the runtime names. `origin` says where it was found. `notices` are sentences for the person.
    """

    path: str
    version: str
    exact: bool
    origin: str
    notices: tuple[str, ...] = ()


class Interpreters:
    """Finds interpreters and remembers the versions that they reported. Use it on one event loop."""

    def __init__(self, machine: Machine | None = None) -> None:
        self._machine = machine or Machine.here()
        self._answers: dict[tuple[str, int], Version] = {}

    async def find(self, runtime: Runtime, code_folder: Path, *, own: bool = False) -> Interpreter:
        """The best interpreter for a runtime of a family in LANGUAGE_NAMES.

        `own`: also consider interpreters in the folder of the code, which only trusted folders may. Otherwise nothing in that
        folder is run, and what a virtual environment there claims is ignored. Raises SandboxUnavailable when no interpreter that
        could run the function is installed.
        """
        wanted = parse_version(runtime.version)
        others: list[tuple[Version, Candidate]] = []
        for candidate in self._candidates(runtime, code_folder, own):
            version = candidate.version or await self._asked(candidate.path, runtime.family)
            others.append((version, candidate))
            if matches(version, wanted) and version >= OLDEST[runtime.family]:
                asked = await self._asked(candidate.path, runtime.family)
                if matches(asked, wanted):
                    return self._found(runtime, candidate, asked, code_folder, own)
        return await self._nearest(runtime, others, code_folder, own)

    def _candidates(self, runtime: Runtime, code_folder: Path, own: bool) -> Iterator[Candidate]:
        """The interpreters that may be used, each one once, in order of preference."""
        seen: set[Path] = set()
        brought = None if own else own_folder(code_folder, self._machine)
        for candidate in _CANDIDATES[runtime.family](self._machine, code_folder):
            if brought is not None and lies_in(candidate.path, brought):
                continue
            if candidate.identity not in seen:
                seen.add(candidate.identity)
                yield candidate

    async def _nearest(self, runtime: Runtime, others: list[tuple[Version, Candidate]], code_folder: Path,
                       own: bool) -> Interpreter:
        wanted = parse_version(runtime.version)
        usable = [pair for pair in others if pair[0][: len(wanted) - 1] == wanted[:-1] and pair[0] >= OLDEST[runtime.family]]
        for _, candidate in sorted(usable, key=lambda pair: _distance(pair[0], wanted)):
            asked = await self._asked(candidate.path, runtime.family)
            if asked >= OLDEST[runtime.family]:
                return self._found(runtime, candidate, asked, code_folder, own)
        raise _not_installed(runtime)

    def _found(self, runtime: Runtime, candidate: Candidate, version: Version, code_folder: Path, own: bool) -> Interpreter:
        exact = matches(version, parse_version(runtime.version))
        notices = [] if exact else [_other_version(runtime, version)]
        if runtime.family == "python":
            notices += _left_aside(virtual_environments(self._machine, code_folder), candidate, own)
        return Interpreter(path=str(candidate.path), version=version_text(version), exact=exact, origin=candidate.origin,
                           notices=tuple(notices))

    async def _asked(self, path: Path, family: str) -> Version:
        """The version that the interpreter itself reports, asked once per file and time of change; () if it does not run."""
        try:
            key = (str(path), path.stat().st_mtime_ns)
        except OSError:
            return ()
        if key not in self._answers:
            self._answers[key] = await ask_version(path, family)
        return self._answers[key]


def _distance(version: Version, wanted: Version) -> tuple[int, int]:
    """How far a version is from the one asked for. Of two equally distant ones, the newer counts as nearer."""
    place = len(wanted) - 1
    return abs(version[place] - wanted[place]), -version[place]


def _other_version(runtime: Runtime, version: Version) -> str:
    return f"{LANGUAGE_NAMES[runtime.family]} {version_text(version)} runs this function; it asks for {runtime.version}."


def _left_aside(environments: Iterator[Candidate], chosen: Candidate, own: bool) -> list[str]:
    """A notice about a virtual environment that was passed over: its packages are missing, and the person should know why."""
    first = next(environments, None)
    if first is None or first.path == chosen.path or chosen.origin.startswith("virtual environment"):
        return []
    if not own:
        return [f"The {first.origin} is not used because this folder is not trusted, so its packages are missing."]
    had = f"has Python {version_text(first.version)}" if first.version else "does not run"
    return [f"The {first.origin} {had} and is not used, so its packages are missing."]


def _not_installed(runtime: Runtime) -> SandboxUnavailable:
    name = f"{LANGUAGE_NAMES[runtime.family]} {runtime.version}"
    tool = _INSTALLERS[runtime.family].format(version=runtime.version)
    return SandboxUnavailable(f"{name} was not found on this machine, nor was a version near it.",
                              f"Install it ({tool}), or run this function in Docker.")
