"""Debugging of functions: switched on and off one by one. The port of a function stays the same over all its environments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from workbench.background import TaskSet
from workbench.debugging.launch import HOOKS, DebuggerPlan, Language, check_variables
from workbench.engine.clock import Clock
from workbench.engine.debugging.cdp_port import CdpPort
from workbench.engine.debugging.dap_port import DapPort
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.debugging.session import DebugPort, DebugSession
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.events.stream import Stream
from workbench.engine.functions import FunctionStore
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.engine_api import DebuggedFunction, DebuggerState, DebugRequest
from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import TASK_ROOT
from workbench.packages.cancellation import Step
from workbench.packages.package import Packages
from workbench.packages.targets import Target, language
from workbench.sandbox.protocol import Progress, ProgressHandler

T = TypeVar("T")
_RELEASE_RETRY_S = 0.05
_LANGUAGES: dict[str, Language] = {"python": "python", "nodejs": "nodejs"}


class _Debugged:
    """What belongs to one debugged function.

    `turn` runs its invocations one after the other: one environment serves all of them, so each meets the breakpoints.
    """

    def __init__(self, session: DebugSession, port: DebugPort, plan: DebuggerPlan) -> None:
        self.session = session
        self.port = port
        self.plan = plan
        self.turn = asyncio.Lock()


class DebugService:
    """All functions of an engine that are debugged. Use it on the engine's loop.

    `retire` is called when a function's environments must not serve further requests.
    """

    def __init__(self, *, functions: FunctionStore, sandboxes: SandboxSelector, packages: Packages, stream: Stream,
                 retire: Callable[[str], None]) -> None:
        self._functions = functions
        self._sandboxes = sandboxes
        self._packages = packages
        self._stream = stream
        self._retire = retire
        self._debugged: dict[str, _Debugged] = {}
        self._switching = asyncio.Lock()
        self._releasing = TaskSet()

    def is_on(self, name: str) -> bool:
        """Whether a function is debugged."""
        return name in self._debugged

    def list(self) -> list[DebuggedFunction]:
        """Return the functions that are debugged now."""
        return [_described(debugged.session) for debugged in self._debugged.values()]

    async def start(self, name: str, request: DebugRequest) -> DebuggedFunction:
        """Start debugging a function; its port is open when this returns. An equal request changes nothing.

        Raises ServiceError if there is no such function, InvalidInput for one without a debugger or for a port that is taken,
        SandboxError if something it needs cannot be had. May take long (a package to build, an image to pull).
        """
        async with self._switching:
            function = self._functions.require(name).configuration
            name = function.name
            prepared = await self._sandboxes.prepare(function, request.sandbox, self._progress(name))
            plan = await self._plan(function, prepared)
            debugged = self._debugged.get(name)
            if debugged is not None and debugged.plan == plan and request.port in (0, debugged.session.port):
                return _described(debugged.session)
            await self._stop(name)  # before the new port opens, which may be the old one
            return await self._open(function, prepared, plan, request.port)

    async def stop(self, name: str) -> None:
        """Stop debugging: close the port, detach debuggers, and let functions that wait or stand at a breakpoint continue."""
        async with self._switching:
            await self._stop(name)

    async def close(self) -> None:
        """Close all ports, because the engine ends."""
        await self._releasing.cancel()  # they try until an environment answers, which none will from here on
        debugged, self._debugged = self._debugged, {}
        for each in debugged.values():
            await each.port.close()

    def debugger_for(
        self, prepared: ResolvedFunction, environment_id: str, limits: TimeLimits
    ) -> EnvironmentDebugger | None:
        """Return the debugger of an environment that is about to be made, or None if the function is not debugged there."""
        debugged = self._debugged.get(prepared.function.name)
        if debugged is None or debugged.plan.sandbox != prepared.kind:
            return None
        return EnvironmentDebugger(debugged.session, debugged.plan, environment_id, limits)

    async def in_turn(
        self, name: str, work: Callable[[], Awaitable[T]], reported: Callable[[], asyncio.Future[None] | None]
    ) -> T:
        """Do the work of an invocation. For a debugged function, wait until the one before it is over and reported.

        `reported` returns the future that is done after the invocation's REPORT, None if the invocation never began.
        """
        debugged = self._debugged.get(name)
        if debugged is None:
            return await work()
        await debugged.turn.acquire()
        try:
            await self._renew(name)
            return await work()
        finally:
            # The answer comes before the REPORT: until then the environment is busy, and the next invocation would get another
            # one, to which no debugger is led.
            report = reported()
            if report is None or report.done():
                debugged.turn.release()
            else:
                report.add_done_callback(lambda _: debugged.turn.release())

    async def _renew(self, name: str) -> None:
        """Follow changes of the function since the last invocation: its interpreter, even its language, or its package."""
        debugged = self._debugged.get(name)
        if debugged is None:
            return
        function = self._functions.require(name).configuration
        if _LANGUAGES.get(language(function.runtime)[0]) != debugged.session.language:
            await self.stop(name)  # its debuggers speak another protocol; the invocation runs without
            return
        prepared = await self._sandboxes.prepare(function, debugged.session.sandbox, self._progress(name))
        debugged.plan = await self._plan(function, prepared)
        _place(debugged.session, prepared)

    async def _plan(self, function: FunctionConfiguration, prepared: ResolvedFunction) -> DebuggerPlan:
        spoken, version = language(function.runtime)
        tongue = _LANGUAGES.get(spoken)
        if tongue is None:
            raise InvalidInput(
                f"{function.name} cannot be debugged: there is a debugger for Python and Node.js, not for "
                f"{function.runtime or 'container images'}.",
                "Start a debugger of its language in the function itself, or write to the log.")
        check_variables(function, tongue, prepared.kind)
        self._check_reach(prepared)
        folder = str(HOOKS[tongue])
        if tongue == "python":
            folder = await self._build(function, prepared)
        return DebuggerPlan(language=tongue, sandbox=prepared.kind, folder=folder, version=".".join(map(str, version)))

    def _check_reach(self, prepared: ResolvedFunction) -> None:
        """Raise InvalidInput if this machine cannot reach into the sandbox, as with containers in a virtual machine."""
        if not self._sandboxes.provider(prepared.kind).reaches_inside:
            raise InvalidInput("Functions cannot be debugged in containers here: they run in a virtual machine.",
                               "Debug in the process sandbox (--sandbox process), or on Linux.")

    async def _build(self, function: FunctionConfiguration, prepared: ResolvedFunction) -> str:
        """Build a folder with debugpy and our hook, as if they were a function with a requirements.txt, and return its path."""
        asked = msgspec.structs.replace(
            function, name=f"the debugger of {function.name}", code_path=str(HOOKS["python"]), layers=())
        target = Target(sandbox=prepared.kind, interpreter=prepared.runtime_plan.opaque.get("interpreter", ""))
        progress = self._progress(function.name)

        def told(step: Step) -> None:
            progress(Progress(stage=step.stage, text=step.text, fraction=step.fraction))

        return (await self._packages.prepare(asked, target, told)).code_path

    async def _open(
        self, function: FunctionConfiguration, prepared: ResolvedFunction, plan: DebuggerPlan, asked_port: int
    ) -> DebuggedFunction:
        def release(session: DebugSession, environment: EnvironmentDebugger) -> None:
            self._release(_released(session, port, environment, self._stream.clock))

        session = DebugSession(function.name, plan.language, plan.sandbox, self._tell, release)
        port: DebugPort = DapPort(session) if plan.language == "python" else CdpPort(session)
        try:
            session.port = await port.open(asked_port)
        except OSError as error:
            raise InvalidInput(f"Debuggers of {function.name} cannot be listened for at port {asked_port}: {error.strerror}.",
                               "Choose another port, or 0 for any free one.") from error
        _place(session, prepared)
        self._debugged[function.name] = _Debugged(session, port, plan)
        self._retire(function.name)  # after the entry: environments made from here on have a debugger, those before have none
        self._tell(session, "listening", None)
        return _described(session)

    async def _stop(self, name: str) -> None:
        debugged = self._debugged.pop(name, None)
        if debugged is None:
            return
        self._retire(name)
        await debugged.port.close()  # detaches debuggers, which lets a function at a breakpoint go on
        debugged.session.end()  # lets one go on that waits for a debugger
        self._tell(debugged.session, "off", None)

    def _release(self, work: Coroutine[Any, Any, None]) -> None:
        self._releasing.begin("Letting go of a debugger", work)

    def _tell(self, session: DebugSession, state: DebuggerState, debugger: EnvironmentDebugger | None) -> None:
        self._stream.publish(
            "sandbox.debugger", {"state": state, "port": session.port}, function_name=session.function_name,
            environment_id=debugger.environment_id if debugger is not None else "")

    def _progress(self, name: str) -> ProgressHandler:
        def publish(progress: Progress) -> None:
            self._stream.publish("sandbox.progress", msgspec.to_builtins(progress), function_name=name)

        return publish


async def _released(session: DebugSession, port: DebugPort, environment: EnvironmentDebugger, clock: Clock) -> None:
    """Let a waiting environment go on, as soon as its debugger listens; until then, try again."""
    while environment.is_waiting and session.current is environment:
        with contextlib.suppress(OSError):
            await port.release(environment)
            environment.initialized()
            return
        await clock.sleep(_RELEASE_RETRY_S)


def _place(session: DebugSession, prepared: ResolvedFunction) -> None:
    """Note where the code is, for the person and for the function: a package may be in a folder of its own."""
    runs_in = prepared.function.code_path
    session.local_root = prepared.source_folder or runs_in
    session.remote_root = runs_in if prepared.kind == "process" else TASK_ROOT


def _described(session: DebugSession) -> DebuggedFunction:
    return DebuggedFunction(
        function_name=session.function_name, port=session.port, language=session.language, sandbox=session.sandbox,
        local_root=session.local_root, remote_root=session.remote_root, attached=session.is_attached,
        stopped=session.is_stopped, waiting=session.is_waiting,
    )
