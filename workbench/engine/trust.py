"""What of a workspace may run on this machine, as the person decided. Asked before anything of it runs."""

from __future__ import annotations

import asyncio
import logging
import os
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
"""The digest of what cannot be determined: nobody can agree to it."""

_log = logging.getLogger(__name__)


class Trust:
    """The trust in one workspace. `functions` returns its present functions. Use it on the engine's loop unless noted."""

    def __init__(self, root: Path, functions: Callable[[], Sequence[FunctionConfiguration]],
                 folders: TrustedFolders | None = None, fetched: Path | None = None) -> None:
        """`fetched`: the folder of code that the engine itself fetched, None for none."""
        self._root = root
        self._fetched = fetched or root
        self._functions = functions
        self._folders = folders or TrustedFolders()

    @property
    def standing(self) -> Standing:
        """What the person decided about the folder, here or in another program."""
        return "trusted" if self._folders.above(self._root) else self._folders.of(self._root).standing

    @property
    def said(self) -> object:
        """A value that changes when the decision about this folder changes, here or in another program. Blocks briefly."""
        said = self._folders.of(self._root)
        return said.standing, frozenset(said.agreed), self._folders.above(self._root)

    def state(self) -> object:
        """Return a value that changes whenever trust may have been given or withdrawn."""
        return self._folders.state()

    async def admit(self, function: FunctionConfiguration, kind: SandboxKind) -> bool:
        """Whether code that a build of this function brings may run here. Raises NotTrusted if the function must not even start.

        It must not start as a process, which has the person's rights, with code from outside of the folder, or as an image that
        the folder chose. Other functions of an untrusted folder run in a sandbox that keeps them from this machine.
        """
        if kind == "process" and self.standing != "trusted":
            raise NotTrusted(f"{function.name} would run as a process of this machine, with all your rights.")
        if _comes_from_callers(function):
            return True
        if self._folders.above(self._root):  # the person trusts everything below that folder: nothing needs a digest
            return True
        items = await asyncio.to_thread(self._brought, function)
        refused = next((item for item in items if item.kind in ("outside", "image") and not item.agreed), None)
        if refused is not None:
            raise NotTrusted(f"{refused.text}.")
        return all(item.agreed for item in items if item.kind in ("build", "packages"))

    def may_call_lambda(self, functions: Iterable[FunctionConfiguration]) -> frozenset[str]:
        """Return the names of those that may call this engine's Lambda API, also if nobody chose a services endpoint.

        What an untrusted folder brought could have images run by it, about which the person has to be asked. Blocks briefly.
        """
        is_trusted = self.standing == "trusted"
        return frozenset(each.name for each in functions if is_trusted or _comes_from_callers(each))

    def uses_own_interpreter(self, function: FunctionConfiguration) -> bool:
        """Whether the virtual environment beside the code may be started. Callable from any thread; blocks briefly."""
        return self.standing == "trusted" and all(item.agreed for item in self._interpreters(function))

    async def report(self, *, runs_as_processes: bool) -> TrustReport:
        """Return everything that the folder would run, whether it is trusted or not."""
        found = await asyncio.to_thread(self._all)
        return TrustReport(folder=str(self._root), standing=self.standing, items=found, below=self._folders.above(self._root),
                           runs_as_processes=runs_as_processes)

    async def agree(self, digests: Iterable[str] | None = None) -> None:
        """Trust the folder, and of what it brings only what has one of these digests; None means all of it.

        The digests are those of what the person was shown: what changed since then is asked about again.
        """
        agreed = [item.digest for item in await asyncio.to_thread(self._all)] if digests is None else list(digests)
        await asyncio.to_thread(self._folders.trust, self._root, agreed)

    async def decline(self) -> None:
        """Note that the person only wants to look at the folder."""
        await asyncio.to_thread(self._folders.decline, self._root)

    async def withdraw(self) -> None:
        """Withdraw trust."""
        await asyncio.to_thread(self._folders.withdraw, self._root)

    def _all(self) -> tuple[Brought, ...]:
        """Return what the functions bring; the same thing of several functions is listed once, with all their names. Blocks."""
        found: dict[tuple[str, str], Brought] = {}
        for function in self._functions():
            if _comes_from_callers(function):
                continue
            for item in self._brought(function):
                before = found.get((item.text, item.digest))
                names = dict.fromkeys((*(before.functions if before else ()), *item.functions))
                found[item.text, item.digest] = msgspec.structs.replace(item, text=shown(item.text), functions=tuple(names))
        return tuple(sorted(found.values(), key=lambda item: (not item.asks, item.kind)))

    def _brought(self, function: FunctionConfiguration) -> tuple[Brought, ...]:
        """Return what one function brings, each marked with whether the person agreed to it. Blocks."""
        items = (*_found("outside", function, lambda: outside_of(self._root, function, self._fetched)),
                 *_found("build", function, lambda: brought_by(function)), *self._interpreters(function))
        if self._folders.above(self._root):
            return tuple(msgspec.structs.replace(item, agreed=True) for item in items)
        agreed = frozenset(self._folders.of(self._root).agreed) - {UNKNOWN}  # even if the list of trusted folders contains it
        return tuple(msgspec.structs.replace(item, agreed=item.digest in agreed) for item in items)

    def _interpreters(self, function: FunctionConfiguration) -> tuple[Brought, ...]:
        """Return interpreters that lie in the folder. A virtual environment that leads to an installed Python is none."""
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


def _comes_from_callers(function: FunctionConfiguration) -> bool:
    """Whether callers of the API brought the code, and the folder nothing."""
    local_layers = any(os.path.isabs(layer) for layer in function.layers)
    return function.source == "api" or (function.code_source == "api" and not local_layers)


def _found(kind: BroughtKind, function: FunctionConfiguration, look: Callable[[], Sequence[Brought]]) -> Sequence[Brought]:
    """Return what one function brings. If that fails, the failure is listed, and the other functions can still be asked about."""
    try:
        return look()
    except WorkbenchError as error:
        reason = error.message.rstrip(".")
    except Exception as error:  # whatever a hostile folder contains: it must not go unasked because looking at it failed
        _log.info("What %s brings cannot be told", function.name, exc_info=True)
        reason = f"{type(error).__name__}: {str(error)[:200]}"
    text = f"What {function.name} would run or read cannot be told, so it may not: {reason}"
    return (Brought(kind=kind, text=text, digest=UNKNOWN, functions=(function.name,)),)
