"""Selects the kind of sandbox for a function: as requested, as set, or the first of isolated, Docker and process that works."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Mapping

import msgspec

from workbench.engine.allowances import Allowances
from workbench.engine.long_work import LongWork
from workbench.engine.machine_sandboxes import MachineSandboxes
from workbench.engine.pool_key import PoolKey
from workbench.engine.services_endpoint.function_endpoint import FunctionEndpoint
from workbench.engine.trust import Trust
from workbench.model.allowances import Allowance, normal_address
from workbench.model.engine_api import SandboxStatus, Settings
from workbench.model.failures import ContainerNeeded, SandboxUnavailable
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.unknown_values import unknown_sentences
from workbench.packages.cancellation import Step
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.targets import Target
from workbench.sandbox.isolated.forwarding import configured_services
from workbench.sandbox.process.privileges import can_give_up_privileges
from workbench.sandbox.protocol import Progress, ProgressHandler, RuntimePlan, SandboxProvider
from workbench.workspace.functions.effects import explanation

_INSTEAD: Mapping[SandboxKind, str] = {"process": "in a local process", "isolated": "in a local process", "docker": "in Docker"}

_LOOK_NS = 2_000_000
"""How long it is taken as known whom the person trusts: looking takes 12 us, of an invocation that takes 300."""


class ResolvedFunction(msgspec.Struct, frozen=True, dict=True):
    """What runs a function: the kind of sandbox, what its provider found, the function with code and layers as folders.

    `source_folder` is the person's own folder with the code, "" if there is none (a .zip, code in the template). `layer_folder`
    is that of the layer if there is exactly one. `tenant_id` is the tenant that it runs the function for, "" for none.
    """

    kind: SandboxKind
    runtime_plan: RuntimePlan
    function: FunctionConfiguration
    source_folder: str = ""
    layer_folder: str = ""
    tenant_id: str = ""

    @functools.cached_property
    def key(self) -> PoolKey:
        """Which requests it serves."""
        return PoolKey(self.function.identity, self.kind, self.tenant_id)


class SandboxSelector:
    """Chooses, and keeps what was prepared until a function, a setting or trust changes."""

    def __init__(
        self, machine: MachineSandboxes, packages: Packages, trust: Trust, allowances: Allowances, endpoint: FunctionEndpoint
    ) -> None:
        """`endpoint`: where functions reach AWS services."""
        self.endpoint = endpoint
        self._packages = packages
        self._allowances = allowances
        self._trust = trust
        self._trusted_then, self._trust_known_ns = trust.state(), 0
        self._machine = machine
        self.settings = Settings()
        self.long_work = LongWork()
        self._prepared: dict[PoolKey, tuple[FunctionConfiguration, ResolvedFunction]] = {}
        self._untold: dict[PoolKey, list[Progress]] = {}  # notices of quiet preparations, for the next request

    def provider(self, kind: SandboxKind) -> SandboxProvider:
        """Return the provider of a kind that is available."""
        return self._machine.provider(kind)

    async def callback_url(self, function: FunctionConfiguration) -> str:
        """Return the URL at which a function reaches what is served to functions. Raises SandboxError if it reaches nothing."""
        kind = self.kind
        if kind != "docker":
            return await self.endpoint.callback_url(kind)
        listening = await self.provider(kind).listen("", function)  # its address is known only to what listens there
        with listening.socket:
            return await self.endpoint.url(kind, listening) or await self.endpoint.callback_url(kind)

    @property
    def kind(self) -> SandboxKind:
        """The kind for a request that names none."""
        if self.settings.sandbox != "auto":
            return self.settings.sandbox
        return self._kinds[0]

    @property
    def _kinds(self) -> tuple[SandboxKind, ...]:
        """The kinds for a person who has chosen none, in order: each is tried for what the one before it cannot run.

        A plain process only where there is no isolated sandbox: nothing leaves isolation without being asked for.
        """
        here = self._machine.available
        preferred: tuple[SandboxKind, ...] = ("isolated", "docker")
        kinds = tuple(kind for kind in preferred if kind in here)
        return kinds if "isolated" in kinds else (*kinds, "process")

    async def probe(self) -> None:
        """Find out again which kinds can be used; if that changed, forget all preparations."""
        if await self._machine.look():
            self.forget()

    def is_current(self, prepared: ResolvedFunction) -> bool:
        """Whether the function and the settings are still those that this was prepared for."""
        _, current = self._prepared.get(prepared.key, (None, None))
        return current is prepared

    def forget(self, name: str = "") -> None:
        """Forget the preparations of one function, or of all for "": the next request looks for interpreters and images again."""
        for kept in (self._prepared, self._untold):
            for key in [key for key in kept if name in ("", key.function.name)]:
                del kept[key]

    def at_hand(self, function: FunctionConfiguration, asked: SandboxKind | None) -> ResolvedFunction | None:
        """Return what `prepare` would return at once and without a notice, as it nearly always does; otherwise None."""
        self._notice_trust()
        known = None if function.unknown else self._known(function, asked or self.kind)
        return None if known is None or (self._untold and known.key in self._untold) else known

    async def prepare(
        self, function: FunctionConfiguration, asked: SandboxKind | None, progress: ProgressHandler, request_id: str = ""
    ) -> ResolvedFunction:
        """Return what will run the function, preparing it first if necessary. Raises WorkbenchError.

        With the setting `auto`, a function that the first kind cannot run is run by the next, with a notice. `request_id`: the
        invocation that waits for it, "" if none does.
        """
        self._notice_trust()
        for sentence in unknown_sentences(function):  # with every invocation: nobody should miss that a value is unknown
            progress(Progress(stage="notice", text=sentence))
        kind = asked or self.kind
        known = self._known(function, kind)
        if known is not None:
            for notice in self._untold.pop(known.key, ()):
                progress(notice)
            return known
        is_free = asked is None and self.settings.sandbox == "auto"
        return await self.long_work.doing(
            function.name, request_id, progress, lambda told: self._prepared_in(function, kind, told, is_free=is_free))

    async def _prepared_in(
        self, function: FunctionConfiguration, kind: SandboxKind, progress: ProgressHandler, *, is_free: bool
    ) -> ResolvedFunction:
        try:
            return await (self._first_that_can(function, progress) if is_free else self._prepare(function, kind, progress))
        except ContainerNeeded as error:
            return await self._in_a_container_after_all(function, error, progress, is_free=is_free)

    def _notice_trust(self) -> None:
        """Forget all preparations if trust was given or withdrawn, possibly by another program, up to _LOOK_NS ago."""
        now_ns = time.monotonic_ns()  # the world's: a clock that a person holds does not hold other programs
        if now_ns < self._trust_known_ns:
            return
        self._trust_known_ns = now_ns + _LOOK_NS
        state = self._trust.state()
        if state != self._trusted_then:
            self._trusted_then = state
            self.forget()

    def known(self, function: FunctionConfiguration) -> ResolvedFunction | None:
        """Return what would run the function now, or None if it has not been prepared."""
        return self._known(function, self.kind)

    async def prepare_quietly(self, function: FunctionConfiguration, kind: SandboxKind) -> ResolvedFunction:
        """Prepare a function ahead of a request, which will get the notices of this. Raises WorkbenchError."""
        self._notice_trust()
        known = self._known(function, kind)
        if known is not None:
            return known
        told: list[Progress] = []
        prepared = await self.long_work.doing(
            function.name, "", told.append, lambda step: self._prepare(function, kind, step))
        self._untold[prepared.key] = [progress for progress in told if progress.stage == "notice"]
        return prepared

    async def _in_a_container_after_all(
        self, function: FunctionConfiguration, error: ContainerNeeded, progress: ProgressHandler, *, is_free: bool
    ) -> ResolvedFunction:
        """Run a function that needs a container if the container engine answers by now, otherwise say why there is none.

        The engine may have been busy when it was looked for, or may have been started since. Raises SandboxUnavailable.
        """
        await self.probe()
        if is_free and "docker" in self._kinds:
            return await self._prepare(function, "docker", progress)
        docker = self._machine.container_engine
        if docker is None or docker.available:  # the engine works, but the person chose another sandbox
            raise error
        raise SandboxUnavailable(f"{error.message} {docker.detail}", docker.hint or error.hint) from error

    def _known(self, function: FunctionConfiguration, kind: SandboxKind) -> ResolvedFunction | None:
        prepared_for, prepared = self._prepared.get(PoolKey(function.identity, kind), (None, None))
        # The same object nearly always: a comparison of all fields with every invocation is avoided.
        return prepared if prepared_for is function or prepared_for == function else None

    async def _first_that_can(self, function: FunctionConfiguration, progress: ProgressHandler) -> ResolvedFunction:
        """Prepare it in the first kind that can run it; an image runs in a container only. Raises the error of the last kind."""
        busy = await self._still_busy(progress)
        first, *others = [kind for kind in self._kinds if kind == "docker" or function.image is None] or self._kinds
        for kind in others:  # one that an earlier kind refused before: it is not asked with every invocation
            known = self._known(function, kind)
            if known is not None:
                return known
        for kind, following in zip((first, *others), others, strict=False):
            try:
                return await self._prepare(function, kind, progress)
            except SandboxUnavailable as error:
                if not isinstance(error, ContainerNeeded):
                    progress(Progress(stage="notice", text=f"{error.message} The function runs {_INSTEAD[following]} instead."))
        prepared = await self._prepare(function, (first, *others)[-1], progress)
        if busy is not None and prepared.kind == "process":
            progress(Progress(stage="notice", text=f"{busy.detail} The function runs {_INSTEAD['process']} instead."))
        return prepared

    async def _still_busy(self, progress: ProgressHandler) -> SandboxStatus | None:
        """Ask a container engine that was busy once more before a process takes its place. Return its status if it still is."""
        if "isolated" in self._kinds or not self._docker_is_busy():
            return None
        progress(Progress(stage="engine", text="Waiting for the container engine, which was busy"))
        await self.probe()
        return self._docker_is_busy()

    def _docker_is_busy(self) -> SandboxStatus | None:
        docker = self._machine.container_engine
        return docker if docker is not None and docker.is_busy else None

    async def _prepare(self, function: FunctionConfiguration, kind: SandboxKind, progress: ProgressHandler) -> ResolvedFunction:
        may_build = await self._trust.admit(function, kind)  # before anything of the folder is even looked for
        runtime_plan = await self._machine.provider(kind).prepare(function, progress)
        # After the runtime: packages are built for, and with, the interpreter that was found.
        target = Target(sandbox=kind, interpreter=runtime_plan.opaque.get("interpreter", ""),
                        venv_packages=self.settings.venv_packages, trusted=may_build)

        def told(step: Step) -> None:
            progress(Progress(stage=step.stage, text=step.text, fraction=step.fraction))

        package = await self._packages.prepare(function, target, told)
        endpoint = await self.endpoint.forwarded(kind, function)
        allowed = self._allowed(function, endpoint) if kind == "isolated" else Allowance()
        missing = await asyncio.to_thread(_not_there, allowed)
        connected = self._connected(function, kind)
        for notice in (*runtime_plan.notices, *package.notices, *missing, *_not_denied(kind, package), *connected):
            progress(Progress(stage="notice", text=notice))
        not_enforced = (*runtime_plan.not_enforced, *connected,
                        *(f"{name}: {explanation(name)}" for name in function.without_effect))
        runtime_plan = msgspec.structs.replace(
            runtime_plan, not_enforced=not_enforced, opt_path=package.opt_path, runtime_path=package.runtime_path,
            denies_files=bool(package.unreadable))
        runs = msgspec.structs.replace(package.of(function), allowed=allowed)
        prepared = ResolvedFunction(kind, runtime_plan, runs, package.source_folder, package.layer_folder)
        self._prepared[prepared.key] = (function, prepared)
        if package.retry_after_s is not None:  # the runtime's SDK could not be installed; an invocation runs without it for now
            asyncio.get_running_loop().call_later(package.retry_after_s, self._forget, prepared)
        return prepared

    def _allowed(self, function: FunctionConfiguration, endpoint: str) -> Allowance:
        """Return what the person allowed and `endpoint`, if not "". In a trusted folder also the services that variables name.

        An untrusted folder could otherwise open any service of this machine to itself by naming it in a variable.
        """
        allowed = self._allowances.of(function.logical_id)
        if endpoint:
            allowed = allowed.adding(Allowance(addresses=(endpoint,)))
        if self._trust.standing != "trusted":
            return allowed
        configured = (normal_address(f"{service.host}:{service.port}") for service in configured_services(function.environment))
        addresses = dict.fromkeys((*allowed.addresses, *filter(None, configured)))
        return msgspec.structs.replace(allowed, addresses=tuple(addresses))

    def _connected(self, function: FunctionConfiguration, kind: SandboxKind) -> tuple[str, ...]:
        """Return a sentence if the network was switched off but this kind of sandbox has one all the same."""
        if kind == "isolated" or self._allowances.of(function.logical_id).network:
            return ()
        where = "in Docker" if kind == "docker" else "as a process"
        return (f"The network of {function.name} is switched off, but {where} it has one: the isolated sandbox alone has none.",)

    def _forget(self, prepared: ResolvedFunction) -> None:
        """Forget one preparation because something was missing that may be available at the next request."""
        if self.is_current(prepared):
            del self._prepared[prepared.key]


def _not_there(allowed: Allowance) -> tuple[str, ...]:
    """Return a sentence for each allowed folder that is gone, and each allowed address that cannot be reached. Blocks."""
    gone = [f"{folder} is allowed for this function and is not there any more." for folder in allowed.folders
            if not os.path.exists(folder)]
    taken = [f"At {address} the function has its Runtime API, as on Lambda, so it does not reach this machine's service there: "
             "have that listen at another port." for address in allowed.addresses if address.endswith(":9001")]
    return (*gone, *taken)


def _not_denied(kind: SandboxKind, package: BuiltPackage) -> tuple[str, ...]:
    """Return a sentence if a process can read files here that Lambda would deny."""
    if kind != "process" or not package.unreadable or can_give_up_privileges():
        return ()
    return (f"Here the function can read {package.unreadable[0]} all the same: you are root.",)
