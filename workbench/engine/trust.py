"""What of a workspace may run on this machine, as the person has said: asked before anything of it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from workbench.model.failures import NotTrusted, WorkbenchError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.shown import shown
from workbench.model.trust import Brought, BroughtKind, Standing, TrustReport, digest_of
from workbench.packages.brought import brought_by
from workbench.packages.outside import outside_of
from workbench.runtimes.own_interpreters import own_interpreters
from workbench.workspace.trusted_folders import TrustedFolders

UNKNOWN = ""
"""The digest of what cannot be told: nobody can agree to that."""

_log = logging.getLogger(__name__)


class Trust:
    """One workspace's. `functions()` are those that it has now. On the engine's loop, but where it says otherwise."""

    def __init__(self, root: Path, functions: Callable[[], Sequence[FunctionConfiguration]],
                 folders: TrustedFolders | None = None) -> None:
        self._root = root
        self._functions = functions
        self._folders = folders or TrustedFolders()

    @property
    def standing(self) -> Standing:
        """What was said of the folder, here or by another program."""
        return "trusted" if self._folders.above(self._root) else self._folders.of(self._root).standing

    @property
    def said(self) -> object:
        """Another value when something else was said of this folder, here or by another program. Blocks briefly."""
        said = self._folders.of(self._root)
        return said.standing, frozenset(said.agreed), self._folders.above(self._root)

    def state(self) -> object:
        """Return a value that changes whenever trust may have been given or withdrawn."""
        return self._folders.state()

    async def admit(self, function: FunctionConfiguration, kind: SandboxKind) -> bool:
        """Whether code that a build of this function brings may run here. Raises NotTrusted when it may not even be started:

        as a process, which has the person's rights; with code from outside of the folder; as an image of the folder's choice.
        """
        if kind == "process" and self.standing != "trusted":
            raise NotTrusted(f"{function.name} would run as a process of this machine, with all your rights.")
        if self._folders.above(self._root):
            return True
        items = await asyncio.to_thread(self._brought, function)
        refused = next((item for item in items if item.kind in ("outside", "image") and not item.agreed), None)
        if refused is not None:
            raise NotTrusted(f"{refused.text}.")
        return all(item.agreed for item in items if item.kind in ("build", "packages"))

    def uses_own_interpreter(self, function: FunctionConfiguration) -> bool:
        """Whether the virtual environment beside the code may be started. For any thread; blocks briefly."""
        return self.standing == "trusted" and all(item.agreed for item in self._interpreters(function))

    async def report(self, *, runs_as_processes: bool) -> TrustReport:
        """All that the folder would run, whatever was said of it."""
        found = await asyncio.to_thread(self._all)
        return TrustReport(folder=str(self._root), standing=self.standing, items=found, below=self._folders.above(self._root),
                           runs_as_processes=runs_as_processes)

    async def agree(self, digests: Iterable[str] | None = None) -> None:
        """The person trusts the folder, and of what it brings what has one of these digests: what was shown (None: all)."""
        agreed = [item.digest for item in await asyncio.to_thread(self._all)] if digests is None else list(digests)
        await asyncio.to_thread(self._folders.trust, self._root, agreed)

    async def decline(self) -> None:
        """The person wants to look at it only."""
        await asyncio.to_thread(self._folders.decline, self._root)

    async def withdraw(self) -> None:
        """Withdraw trust."""
        await asyncio.to_thread(self._folders.withdraw, self._root)

    def _all(self) -> tuple[Brought, ...]:
        """What several functions bring is one thing. Blocks."""
        found: dict[tuple[str, str], Brought] = {}
        for function in self._functions():
            for item in self._brought(function):
                before = found.get((item.text, item.digest))
                names = dict.fromkeys((*(before.functions if before else ()), *item.functions))
                found[item.text, item.digest] = msgspec.structs.replace(item, text=shown(item.text), functions=tuple(names))
        return tuple(sorted(found.values(), key=lambda item: (not item.asks, item.kind)))

    def _brought(self, function: FunctionConfiguration) -> tuple[Brought, ...]:
        """Blocks."""
        items = (*_found("outside", function, lambda: outside_of(self._root, function)),
                 *_found("build", function, lambda: brought_by(function)), *self._interpreters(function))
        if self._folders.above(self._root):
            return tuple(msgspec.structs.replace(item, agreed=True) for item in items)
        agreed = frozenset(self._folders.of(self._root).agreed) - {UNKNOWN}
        return tuple(msgspec.structs.replace(item, agreed=item.digest in agreed) for item in items)

    def _interpreters(self, function: FunctionConfiguration) -> tuple[Brought, ...]:
        """Programs that lie in the folder; a virtual environment that leads to an installed Python is no program of its own."""
        if not function.runtime.startswith("python") or function.image is not None or function.inline_code:
            return ()
        found = [own for own in own_interpreters(Path(function.code_path)) if own.is_strange]
        if self._folders.above(self._root):
            return ()
        agreed = frozenset(self._folders.of(self._root).agreed)
        made = [(f"Its own program {own.path} runs Python functions",
                 digest_of(("interpreter", str(own.path), own.state))) for own in found]
        return tuple(Brought(kind="interpreter", text=text, digest=digest, functions=(function.name,), agreed=digest in agreed)
                     for text, digest in made)


def _found(kind: BroughtKind, function: FunctionConfiguration, look: Callable[[], Sequence[Brought]]) -> Sequence[Brought]:
    """List what one function brings. If that fails, the failure is listed, and the other functions are still asked about."""
    try:
        return look()
    except WorkbenchError as error:
        reason = error.message.rstrip(".")
    except Exception as error:  # whatever somebody has put there
        _log.info("What %s brings cannot be told", function.name, exc_info=True)
        reason = f"{type(error).__name__}: {str(error)[:200]}"
    text = f"What {function.name} would run or read cannot be told, so it may not: {reason}"
    return (Brought(kind=kind, text=text, digest=UNKNOWN, functions=(function.name,)),)
