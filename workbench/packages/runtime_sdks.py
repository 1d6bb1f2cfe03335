"""The SDKs that runtimes bring, installed once for each version of a language; functions that cannot need them do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.packages.cancellation import CheckPoint, StepHandler, in_thread
from workbench.packages.dependencies import Dependencies, DependencyError, Listed, Plan
from workbench.packages.node_sdk import named_packages, node_sdk_plan
from workbench.packages.python_packages import pinned_plan
from workbench.packages.ruby_gems import RubyGems
from workbench.packages.runtime_sdk import RuntimeSdk, UnreadableSdks, find_sdk, may_need
from workbench.packages.targets import Target, language

SDK_RETRY_S = 300.0
"""So long a failed installation is not tried again: meanwhile functions run without it."""

PlatformOf = Callable[[FunctionConfiguration, Target, str], Awaitable[str]]
"""For what something is built: a function, where it will run, its language family."""


class FoundSdk(msgspec.Struct, frozen=True, kw_only=True):
    """The folder that stands for /var/runtime, None where it is not needed or could not be installed.

    `retry_after_s` says when it is worth another try. `notices` are sentences to say aloud.
    """

    path: Path | None = None
    retry_after_s: float | None = None
    notices: tuple[str, ...] = ()


class RuntimeSdks:
    """Installs through `dependencies`, which keeps what is there. `own_file`: see `Packages`. On one event loop."""

    def __init__(self, dependencies: Dependencies, platform: PlatformOf, own_file: Path | None,
                 variables: Mapping[str, str], gems: RubyGems) -> None:
        self._dependencies = dependencies
        self._platform = platform
        self._own_file = own_file
        self._variables = variables
        self._gems = gems

    async def ensure(self, function: FunctionConfiguration, target: Target, folders: Sequence[Path],
                     progress: StepHandler) -> FoundSdk:
        """What the function's runtime brings, installed when its folders (code and layers) may need it.

        Without a network the function runs without it. In containers AWS's image has it. Nothing is installed for Ruby:
        its gems are those of this machine.
        """
        if not target.is_local or self._own_file is None:
            return FoundSdk()
        if language(function.runtime)[0] == "ruby":
            return FoundSdk(path=await self._gems.folder(function.runtime, target.interpreter))
        try:
            sdk = await asyncio.to_thread(find_sdk, function.runtime, self._own_file)
        except UnreadableSdks as error:
            return FoundSdk(notices=(f"{error} What {function.runtime} brings is left out until that is corrected.",))
        wanted = await in_thread(lambda check: _wanted(sdk, folders, check)) if sdk is not None else ()
        return await self._installed(function, target, sdk, wanted, progress) if sdk is not None and wanted else FoundSdk()

    async def _installed(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk, wanted: Sequence[str],
                         progress: StepHandler) -> FoundSdk:
        listed = await self._listed(function, target, sdk, wanted)
        planner = self._planner(function, target, sdk, wanted)
        try:
            entry = await self._dependencies.ensure(function.name, listed, planner, progress)
        except DependencyError as error:
            return FoundSdk(retry_after_s=SDK_RETRY_S, notices=(_missing_notice(function.name, sdk, error),))
        return FoundSdk(path=entry.content, notices=_unknown_notice(sdk, wanted, entry.content))

    async def _listed(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk, wanted: Sequence[str]) -> Listed:
        """npm's packages are JavaScript alone: the same everywhere."""
        of_npm = sdk.manager == "npm"
        platform = "npm" if of_npm else await self._platform(function, target, language(function.runtime)[0])
        files = {"packages": "\n".join((*sdk.packages, *wanted) if of_npm else wanted).encode()}
        of_all = f"{sdk.title} and what else {function.runtime} brings"
        subject = f"what {function.name} names of {sdk.title}" if of_npm else of_all
        return Listed(kind="sdk", name="", files=files, platform=platform, subject=subject)

    def _planner(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk,
                 wanted: Sequence[str]) -> Callable[[], Awaitable[Plan]]:
        async def plan() -> Plan:
            if sdk.manager == "npm":
                return node_sdk_plan(function, target, sdk, wanted, self._variables)
            return await pinned_plan(function, target, sdk.packages, self._variables)

        return plan


def _wanted(sdk: RuntimeSdk, folders: Sequence[Path], check: CheckPoint) -> Sequence[str]:
    """The packages to install for a function with these folders, none where it does not need the SDK. Blocks."""
    if sdk.manager == "npm":
        return named_packages(sdk.modules, folders, check)
    return sdk.packages if may_need(sdk, folders, check) else ()


def _unknown_notice(sdk: RuntimeSdk, wanted: Sequence[str], content: Path) -> tuple[str, ...]:
    """What to say of names that npm has no package for: it passes them over."""
    unknown = [name for name in wanted if sdk.manager == "npm" and not (content / "node_modules" / name).exists()]
    return (f"The code names {', '.join(unknown)}, of which {sdk.title} has nothing.",) if unknown else ()


def _missing_notice(function: str, sdk: RuntimeSdk, error: DependencyError) -> str:
    """What to say where the SDK could not be installed: what the tool said last is the reason."""
    first = error.message.splitlines()[0]
    why = f" {error.last_lines[-1].rstrip('.')}." if error.last_lines else ""
    return (f"{first}{why} On Lambda the runtime brings it; {function} runs without it, and importing {sdk.modules[0]} fails. "
            f"{error.hint}")
