"""Notes which code and configuration invocations run, once for each that there was, and tells what differs now."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import secrets

import msgspec

from workbench.background import TaskSet
from workbench.engine.deployments.reading import NotedPackage, read_deployment
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.deployments import DeploymentNote, KeptDeployment
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.journal import Journal
from workbench.engine.pool_key import PoolKey
from workbench.engine.registry.comparisons import different_settings
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import ResolvedFunction
from workbench.model.comparisons import Comparison, FileDifference, FileFacts
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import FunctionVersion
from workbench.model.lambda_names import Scope
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.packages.differences import differences

_KEY_BYTES = 16
_LAST_S = 5.0
_NOT_NOTED = "What it ran was not noted: it is an invocation of an earlier version of Workbench, or its engine ended at once."
_PRUNED = "The code as it was is not kept any more, only its digest."
_log = logging.getLogger(__name__)


class DeploymentNotes:
    """Use it on the engine's loop; code is read in a thread, after an invocation and never in its way."""

    def __init__(self, journal: Journal, resources: Resources) -> None:
        self._journal = journal
        self._resources = resources
        self._names: dict[PoolKey, tuple[ResolvedFunction, str]] = {}
        self._waiting: dict[str, tuple[FunctionConfiguration, Scope]] = {}
        self._tasks = TaskSet()
        self.key = secrets.token_bytes(_KEY_BYTES)
        """With which values of variables are digested."""

    def name(self, prepared: ResolvedFunction, function: FunctionConfiguration) -> str:
        """Return the name under which what runs a function is noted, with `note` at the latest."""
        known = self._names.get(prepared.key)
        if known is None or known[0] is not prepared:  # it is prepared anew with every change of code or configuration
            known = self._names[prepared.key] = prepared, secrets.token_hex(8)
            scope = Scope(function.region, function.account) if function.region else self._resources.home
            self._waiting[known[1]] = function, scope
        return known[1]

    def note(self) -> None:
        """Read what has a name and is not noted yet."""
        if not self._waiting:  # nearly always
            return
        waiting, self._waiting = self._waiting, {}
        for name, (function, scope) in waiting.items():
            self._tasks.begin("Noting what is deployed", self._note(name, function, scope))

    async def close(self) -> None:
        """Wait a moment for what is being read: an engine of one command ends right after its invocation."""
        self.note()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await self._tasks.finished()
        await self._tasks.cancel()

    async def deployed(self, past: PastInvocation) -> Deployed:
        """Return what an invocation ran, compared with what its function is now."""
        nothing: KeptDeployment | None = None
        kept = await self._journal.look(functools.partial(_kept, name=past.deployment), nothing)
        if kept is None:
            return Deployed(why_not=_NOT_NOTED)
        told = Deployed(configuration_sha256=kept.configuration_sha256, configuration=kept.configuration,
                        code_sha256=kept.code_sha256)
        try:
            function = self._resources.configured(FunctionVersion(past.function_name, past.version))
        except WorkbenchError as error:
            return msgspec.structs.replace(told, why_not=str(error))
        if function is None:
            return msgspec.structs.replace(told, why_not=f"{past.function_name}:{past.version} is not there any more.")
        now = await asyncio.to_thread(read_deployment, "", function, self._resources.home, self.key)
        return msgspec.structs.replace(told, now=await self._compared(past, kept, now))

    async def _compared(self, past: PastInvocation, kept: KeptDeployment, now: DeploymentNote) -> Comparison:
        files: list[FileDifference] = []
        same, why = 0, ""
        if kept.code_sha256 == now.code_sha256:
            same = len(now.files or ())
        elif kept.files is None or now.files is None:
            why = _PRUNED
        else:
            texts = await self._texts(kept)
            then = NotedPackage(kept.files, texts)
            files, same = await asyncio.to_thread(differences, then, NotedPackage(now.files, now.texts))
            files = [_with_facts(each, then) for each in files]
        settings = tuple(different_settings(kept.configuration, now.configuration))
        return Comparison(left=f"{past.version} then", right=f"{past.version} now", settings=settings, files=tuple(files),
                          same_files=same, why_no_code=why)

    async def _texts(self, kept: KeptDeployment) -> dict[str, bytes]:
        wanted = [file.sha256 for file in (kept.files or {}).values() if file.is_kept]
        nothing: dict[str, bytes] = {}
        return await self._journal.look(functools.partial(_found, wanted=wanted), nothing)

    async def _note(self, name: str, function: FunctionConfiguration, scope: Scope) -> None:
        note = await asyncio.to_thread(functools.partial(read_deployment, name, function, scope, self.key))
        try:
            await self._journal.change(functools.partial(_keep, note=note))
        except WorkbenchError as error:
            _log.info("What %s runs is not noted: %s", function.name, error)


def _kept(_: Contents, index: InvocationIndex, *, name: str) -> KeptDeployment | None:
    return index.deployments.find(name)


def _keep(index: InvocationIndex, *, note: DeploymentNote) -> None:
    index.deployments.keep(note)


def _found(_: Contents, index: InvocationIndex, *, wanted: list[str]) -> dict[str, bytes]:
    found = {digest: index.deployments.content(bytes.fromhex(digest)) for digest in wanted}
    return {digest: content for digest, content in found.items() if content is not None}


def _with_facts(difference: FileDifference, then: NotedPackage) -> FileDifference:
    """Return a difference with the size and the digest of the file as they were noted: its text may not be kept."""
    noted = then.noted.get(difference.path)
    if noted is None:
        return difference
    why = "" if noted.is_kept else "Its content as it was is not kept: it is large, or not text."
    return msgspec.structs.replace(
        difference, left=FileFacts(size_bytes=noted.size_bytes, sha256=noted.sha256), why_no_diff=why or difference.why_no_diff)
