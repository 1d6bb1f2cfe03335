"""Dependencies that are listed beside the code and not there yet: built once for each list and target, into a store."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError
from workbench.packages.content import files_below
from workbench.packages.store import Entry, Note, Store
from workbench.packages.tool import ToolEnd, run_tool
from workbench.packages.work import Step, StepHandler, in_thread, remove_folder

STAGE = "dependencies"
_SHOWN_LINES = 15
_NETWORK = ("could not resolve", "name resolution", "enotfound", "econnrefused", "connection refused", "eai_again", "dns error",
            "error sending request", "etimedout", "timed out", "connection error", "newconnectionerror", "proxyerror",
            "client error (connect)", "enetunreach", "econnreset")
_NO_SUCH = ("no matching distribution", "no solution found", "etarget", "e404", "not found in the package registry",
            "no version of", "404 not found")


class DependencyError(SandboxError):
    """A package manager could not install what is listed; `message` ends with `last_lines`, the last that it wrote."""

    def __init__(self, message: str, hint: str, last_lines: Sequence[str] = ()) -> None:
        super().__init__("\n".join((message, *last_lines)), hint)
        self.last_lines = tuple(last_lines)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: the list's name for people, its files by name, and for which platform. `kind` names the language.

    `subject` says what that is where no list of the person's own asks for it.
    """

    kind: str
    name: str
    files: Mapping[str, bytes]
    platform: str
    subject: str = ""

    def told_for(self, function: str) -> str:
        """What is installed, as a sentence part for people."""
        return self.subject or f"what {self.name} lists for {function}"

    @property
    def key(self) -> str:
        """A hash of all that decides the result."""
        digest = hashlib.sha256(self.platform.encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{hashlib.sha256(content).hexdigest()}".encode())
        return digest.hexdigest()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How to install it: a command that is run in `folder` ("" for a fresh one, with `inputs` in it).

    `OUT` in the command is the folder to install into; `made` is what of the fresh folder is taken instead.
    """

    tool: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str = ""
    inputs: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    made: str = ""
    no_such_hint: str = ""
    notices: tuple[str, ...] = ()


OUT = "{out}"


class Dependencies:
    """Builds dependencies; what is being built is waited for instead of built again. Lives on one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def ensure(self, function: str, listed: Listed, plan: Callable[[], Awaitable[Plan]], progress: StepHandler) -> Entry:
        """The folder with what is listed. `plan` is asked only when it is not there yet.

        Raises DependencyError with the tool's last lines. Cancelling ends the tool with all it started and leaves nothing behind.
        """
        key = listed.key
        lock = self._locks.setdefault(f"{listed.kind} {key}", asyncio.Lock())
        async with lock:
            entry = await asyncio.to_thread(self._store.find, listed.kind, key)
            return entry or await self._build(function, listed, await plan(), progress)

    async def _build(self, function: str, listed: Listed, plan: Plan, progress: StepHandler) -> Entry:
        progress(Step(stage=STAGE, text=f"Installing {listed.told_for(function)} with {plan.tool}"))
        aside = self._store.aside()
        try:
            end = await self._run(plan, aside, progress)
            if end.status != 0:
                raise _failure(function, listed, plan, end)
            entry = await in_thread(lambda _: self._keep(aside, listed, plan))
        finally:
            await asyncio.shield(asyncio.to_thread(remove_folder, aside))
        progress(Step(stage=STAGE, text=f"Installed {listed.told_for(function)}", fraction=1.0))
        return entry

    def _keep(self, aside: Path, listed: Listed, plan: Plan) -> Entry:
        content = aside / "content"
        return self._store.keep(listed.kind, listed.key, content, _finish(aside, content, plan))

    async def _run(self, plan: Plan, aside: Path, progress: StepHandler) -> ToolEnd:
        fresh = aside / "work"
        fresh.mkdir()
        for name, content in plan.inputs.items():
            (fresh / name).write_bytes(content)
        command = [str(aside / "content") if part == OUT else part for part in plan.command]
        return await run_tool(command, folder=Path(plan.folder) if plan.folder else fresh, variables=plan.variables,
                              line=lambda text: progress(Step(stage=STAGE, text=text)))


def _finish(aside: Path, content: Path, plan: Plan) -> Note:
    """Take what was made, and protect it: it is hard-linked into packages, and what runs there must not change it. Blocks."""
    made = aside / "work" / plan.made
    if plan.made and made.exists():
        made.rename(content / plan.made)
    remove_folder(aside / "work")
    size_bytes = 0
    for found in files_below(content):
        size_bytes += found.status.st_size
        if os.name == "posix" and not stat.S_ISLNK(found.status.st_mode):
            found.path.chmod(stat.S_IMODE(found.status.st_mode) & 0o555 | 0o444)
    return Note(size_bytes=size_bytes, notices=plan.notices)


def _failure(function: str, listed: Listed, plan: Plan, end: ToolEnd) -> DependencyError:
    text = "\n".join(end.last_lines).lower()
    message = f"{plan.tool} could not install {listed.told_for(function)} (exit status {end.status})."
    return DependencyError(message, _advice(text, listed, plan), _telling(end.last_lines))


def _telling(lines: Sequence[str]) -> Sequence[str]:
    """npm begins with what is wrong and ends with its usage; pip and uv come to the point last."""
    of_npm = [line for line in lines if line.startswith("npm error")]
    return of_npm[:_SHOWN_LINES] or lines[-_SHOWN_LINES:]


def _advice(text: str, listed: Listed, plan: Plan) -> str:
    if any(sign in text for sign in _NETWORK):
        return f"Check the network, and the proxy and registry settings of {plan.tool}; then invoke again."
    if any(sign in text for sign in _NO_SUCH):
        return plan.no_such_hint or f"Check the names and versions in {listed.name}."
    if "eusage" in text or "in sync" in text:
        return "Run npm install beside package.json, which brings package-lock.json up to date; then invoke again."
    return f"Correct {listed.name}, or install beside the code yourself and see what {plan.tool} says."
