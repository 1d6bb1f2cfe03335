"""Install the dependencies that are listed beside the code into a store, once per list and target."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.packages.build_failures import Again, DependencyError
from workbench.packages.build_runner import BuildRunner, PlainRunner
from workbench.packages.builds import STAGE, Builds
from workbench.packages.cancellation import Step, StepHandler, in_thread
from workbench.packages.content import files_below
from workbench.packages.mirror import copy_package, take_modules
from workbench.packages.narration import Narration, deciding
from workbench.packages.package_manager import ToolEnd
from workbench.packages.store import Entry, Note

_NAMES_SHOWN = 5
_NETWORK = ("could not resolve host", "name resolution", "enotfound", "econnrefused", "connection refused", "eai_again",
            "dns error", "error sending request", "etimedout", "timed out", "connection error", "newconnectionerror",
            "proxyerror", "client error (connect)", "enetunreach", "econnreset", "failed to establish a new connection",
            "unknownhostexception", "unknown host")
_NO_SPACE = ("no space left on device", "enospc", "disk quota exceeded", "not enough space on the disk")
_NO_SUCH = ("no matching distribution", "no solution found", "etarget", "e404", "not found in the package registry",
            "no version of", "404 not found")
_COMPILER = ("gyp err!", "subprocess-exited-with-error", "failed to build", "failed building wheel",
             "build backend returned", "command 'gcc' failed", "command 'cc' failed")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What to install: the list's name for people, its files by name, and the platform.

    `kind` is the kind of the store's entry. `subject` describes it when no list of the person's asks for it, "" otherwise.
    `is_list`: the result is a list of packages, not installed packages.
    """

    kind: str
    name: str
    files: Mapping[str, bytes]
    platform: str
    subject: str = ""
    is_list: bool = False

    def told_for(self, function: str) -> str:
        """What is installed, as part of a sentence."""
        return self.subject or f"what {self.name} lists for {function}"

    @property
    def key(self) -> str:
        """A hash of everything that decides the result."""
        digest = hashlib.sha256(self.platform.encode())
        # Each content as a digest of fixed length: otherwise bytes could be moved from one file to the next without a change.
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{hashlib.sha256(content).hexdigest()}".encode())
        return digest.hexdigest()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How to install: a command, and the folder that it runs in.

    The command gets a fresh working folder with `inputs` (files by name) and `copies` (folders and files of this machine) in it.
    It runs in `folder`, or for "" in `inside` of the working folder. In its arguments, `OUT` stands for the folder to install
    into and `WORK` for the working folder. `made` are node_modules folders in the working folder to take as the result, later
    ones over earlier ones. `source` is the person's folder that `inside` is a copy of, and replaces it in the tool's output.
    `runs_code`: installing may run the packages' own code. `beside` are folders of this machine that are built in place.
    """

    tool: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str = ""
    inputs: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    copies: Mapping[str, Path] = msgspec.field(default_factory=dict)
    inside: str = ""
    source: str = ""
    made: tuple[str, ...] = ()
    no_such_hint: str = ""
    notices: tuple[str, ...] = ()
    runs_code: bool = False
    beside: tuple[Path, ...] = ()


OUT = "{out}"
WORK = "{work}"


class Dependencies:
    """Installs dependencies into the store of `builds`. Use it on one event loop."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    async def ensure(self, function: str, listed: Listed, plan: Callable[[], Awaitable[Plan]], progress: StepHandler) -> Entry:
        """The entry with what is listed. `plan` is called only when it has to be installed.

        Raises DependencyError with the decisive lines of the tool's output. Cancelling kills the tool and everything it started,
        and leaves nothing behind.
        """
        async def make(aside: Path, told: StepHandler) -> Note:
            planned = await plan()
            # Isolation is for code that packages bring. A tool that runs none may use the person's own caches and settings.
            runner = self._builds.runner if planned.runs_code else PlainRunner()
            return await _install(function, listed, planned, aside, told, runner)

        return await self._builds.ensure(listed.kind, listed.key, listed.told_for(function), make, progress)


async def _install(function: str, listed: Listed, plan: Plan, aside: Path, progress: StepHandler,
                   runner: BuildRunner) -> Note:
    doing = "Making" if listed.is_list else "Installing"
    progress(Step(stage=STAGE, text=f"{doing} {listed.told_for(function)} with {plan.tool}"))
    end = await _run(plan, aside, progress, runner)
    if end.status != 0:
        raise _failure(function, listed, plan, end)
    note = await in_thread(lambda _: _finish(aside, plan))
    if not listed.is_list:
        names = await in_thread(lambda _: _installed(aside / "content"))
        progress(Step(stage=STAGE, text=f"Installed {listed.told_for(function)}: {names}", fraction=1.0))
    return note


async def _run(plan: Plan, aside: Path, progress: StepHandler, runner: BuildRunner) -> ToolEnd:
    fresh = aside / "work"
    await in_thread(lambda _: _lay_out(plan, fresh))
    command = [part.replace(OUT, str(aside / "content")).replace(WORK, str(fresh)) for part in plan.command]
    folder = Path(plan.folder) if plan.folder else fresh / plan.inside
    in_place = [Path(plan.folder)] if plan.folder else []  # setuptools writes beside what it builds
    end = await runner.run(command, folder=folder, variables={**plan.variables, **_temporary(aside / "tmp")},
                           line=Narration(plan.tool, progress).line, writable=(aside, *in_place, *plan.beside))
    return ToolEnd(end.status, _with_persons_paths(end.last_lines, fresh / plan.inside, plan.source))


def _temporary(folder: Path) -> dict[str, str]:
    """Variables for a temporary folder of our own. Blocks briefly.

    It is deleted with the rest when the tool is killed, and is on the same disk as the result, so that files can be moved.
    """
    folder.mkdir()
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


def _with_persons_paths(lines: Sequence[str], ours: Path, theirs: str) -> tuple[str, ...]:
    """The tool's output with our working folder, and the folder above it, replaced by the person's."""
    if not theirs:
        return tuple(lines)
    # Not `content` and `tmp` beside the working folder: those are ours and have no counterpart on the person's side.
    above = re.compile(rf"{re.escape(str(ours.parent))}(?=[/\\](?!content\b|tmp\b))")
    return tuple(above.sub(lambda _: str(Path(theirs).parent), line.replace(str(ours), theirs)) for line in lines)


def _lay_out(plan: Plan, fresh: Path) -> None:
    fresh.mkdir()
    for place, source in plan.copies.items():
        copy_package(source, fresh / place)
    # After the copies: the adapted package.json of a local package replaces the one that was copied with it.
    for name, content in plan.inputs.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_bytes(content)


def _finish(aside: Path, plan: Plan) -> Note:
    """Take and protect the result: it is hard-linked into packages, so code that runs there must not change it. Blocks."""
    fresh, content = aside / "work", aside / "content"
    for place in plan.made:
        take_modules(fresh / place, content / "node_modules", [fresh / copied for copied in plan.copies])
    return Note(size_bytes=protect(content), notices=plan.notices)


def protect(content: Path) -> int:
    """Make files readable to everyone and writable to nobody. Returns the sum of their sizes in bytes. Blocks."""
    size_bytes = 0
    for found in files_below(content):
        size_bytes += found.status.st_size
        if os.name == "posix" and not stat.S_ISLNK(found.status.st_mode):
            found.path.chmod(stat.S_IMODE(found.status.st_mode) & 0o555 | 0o444)
    return size_bytes


def _installed(content: Path) -> str:
    """The packages by name ("six 1.17.0, attrs 25.1.0"), or their number if there are many."""
    names = list(_names(content))
    if not names:
        return "nothing, because none of it is meant for this platform and version"
    return ", ".join(names) if len(names) <= _NAMES_SHOWN else f"{len(names)} packages"


def _names(content: Path) -> Iterator[str]:
    for folder in sorted(content.glob("*.dist-info")):
        yield folder.name.removesuffix(".dist-info").replace("-", " ")
    for pattern in ("node_modules/[!.@]*", "node_modules/@*/*"):
        yield from ("/".join(folder.relative_to(content / "node_modules").parts) for folder in sorted(content.glob(pattern)))


def _failure(function: str, listed: Listed, plan: Plan, end: ToolEnd) -> DependencyError:
    doing = "make" if listed.is_list else "install"
    message = f"{plan.tool} could not {doing} {listed.told_for(function)} (exit status {end.status})."
    told = deciding(plan.tool, end.last_lines)
    return DependencyError(message, _advice(listed, plan, end.last_lines), told, again_after(end.last_lines))


def is_network(lines: Sequence[str]) -> bool:
    """Whether a tool's output shows that it failed because it did not reach its registry."""
    text = "\n".join(lines).lower()
    return any(sign in text for sign in _NETWORK)


def again_after(lines: Sequence[str]) -> Again:
    """Return when a build may succeed that failed with this output, if nothing is changed for it."""
    if any(sign in "\n".join(lines).lower() for sign in _NO_SPACE):
        return "at once"
    return "soon" if is_network(lines) else "when changed"


def _advice(listed: Listed, plan: Plan, lines: Sequence[str]) -> str:
    text = "\n".join(lines).lower()
    # The order matters: with a full disk or without a network, compilers fail too, and their errors are in the text as well.
    if any(sign in text for sign in _NO_SPACE):
        return ("Make room on the cache's disk (workbench cache --clear empties the cache), or move the cache to another disk: "
                "XDG_CACHE_HOME sets its folder on Linux.")
    if is_network(lines):
        return f"Check the network and the proxy and registry settings of {plan.tool}, then invoke again."
    if any(sign in text for sign in _COMPILER):
        return ("A package had to be compiled, and that failed: install the compiler or library that is named, or list a version "
                "of the package that has a prebuilt wheel or binary.")
    if any(sign in text for sign in _NO_SUCH):
        return plan.no_such_hint or f"Check the names and versions in {listed.name}."
    otherwise = f"Correct {listed.name}, or run the installation beside the code yourself and see what {plan.tool} says."
    return _advice_of_npm(text, listed) or otherwise


def _advice_of_npm(text: str, listed: Listed) -> str:
    if "eresolve" in text:
        return (f"Make the versions in {listed.name} agree, or put legacy-peer-deps=true into .npmrc beside it, which npm "
                "respects here and in sam build.")
    if "eusage" in text or "in sync" in text:
        return "Run npm install beside package.json to update package-lock.json, or remove UseNpmCi from Metadata."
    if "eunsupportedprotocol" in text:
        return f"npm does not support this kind of dependency: give a version or a file: path in {listed.name}."
    if "e401" in text or "e403" in text:
        return "The registry refused access: check the token and registry in .npmrc, beside the code or in your home folder."
    return ""
