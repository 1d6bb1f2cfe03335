"""The SDKs that runtimes bring, installed once for each version of a language; functions that cannot need them do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.packages.dependencies import Dependencies, DependencyError, Listed, Plan
from workbench.packages.python_packages import pinned_plan
from workbench.packages.runtime_sdk import RuntimeSdk, UnreadableSdks, find_sdk, may_need
from workbench.packages.targets import Target, language
from workbench.packages.work import StepHandler, in_thread

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
                 variables: Mapping[str, str]) -> None:
        self._dependencies = dependencies
        self._platform = platform
        self._own_file = own_file
        self._variables = variables

    async def ensure(self, function: FunctionConfiguration, target: Target, folders: Sequence[Path],
                     progress: StepHandler) -> FoundSdk:
        """What the function's runtime brings, installed when its folders (code and layers) may need it.

        Without a network the function runs without it. In containers AWS's image has it.
        """
        if target.sandbox != "process" or self._own_file is None:
            return FoundSdk()
        try:
            sdk = await asyncio.to_thread(find_sdk, function.runtime, self._own_file)
        except UnreadableSdks as error:
            return FoundSdk(notices=(f"{error} What {function.runtime} brings is left out until that is corrected.",))
        if sdk is None or not await in_thread(lambda check: may_need(sdk, folders, check)):
            return FoundSdk()
        return await self._installed(function, target, sdk, progress)

    async def _installed(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk,
                         progress: StepHandler) -> FoundSdk:
        listed = await self._listed(function, target, sdk)
        try:
            entry = await self._dependencies.ensure(function.name, listed, self._planner(function, target, sdk), progress)
        except DependencyError as error:
            return FoundSdk(retry_after_s=SDK_RETRY_S, notices=(_missing_notice(function.name, sdk, error),))
        return FoundSdk(path=entry.content)

    async def _listed(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk) -> Listed:
        platform = await self._platform(function, target, language(function.runtime)[0])
        files = {"packages": "\n".join(sdk.packages).encode()}
        return Listed(kind="sdk", name="", files=files, platform=platform,
                      subject=f"{sdk.title} and what else {function.runtime} brings")

    def _planner(self, function: FunctionConfiguration, target: Target, sdk: RuntimeSdk) -> Callable[[], Awaitable[Plan]]:
        async def plan() -> Plan:
            return await pinned_plan(function, target, sdk.packages, self._variables)

        return plan


def _missing_notice(function: str, sdk: RuntimeSdk, error: DependencyError) -> str:
    """What to say where the SDK could not be installed: what the tool said last is the reason."""
    first = error.message.splitlines()[0]
    why = f" {error.last_lines[-1]}" if error.last_lines else ""
    return (f"{first}{why} On Lambda the runtime brings it; {function} runs without it, and importing {sdk.modules[0]} fails. "
            f"{error.hint}")
