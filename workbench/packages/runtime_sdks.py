"""Install the SDKs that runtimes include, once per version of a language. Functions that cannot need them do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.cancellation import CheckPoint, StepHandler, in_thread
from workbench.packages.dependencies import Dependencies, Listed, Plan
from workbench.packages.node_sdk import named_packages, node_sdk_plan
from workbench.packages.python_packages import pinned_plan
from workbench.packages.ruby_gems import RubyGems
from workbench.packages.runtime_sdk import RuntimeSdk, UnreadableSdks, find_sdk, may_need
from workbench.packages.targets import Target, language

SDK_RETRY_S = 300.0
"""How long to wait before retrying a failed installation. Meanwhile functions run without the SDK."""

PlatformOf = Callable[[FunctionConfiguration, Target, str], Awaitable[str]]
"""Returns the platform to install for, given a function, where it will run, and its language family."""


class FoundSdk(msgspec.Struct, frozen=True, kw_only=True):
    """The folder that stands for /var/runtime, None if it is not needed or could not be installed.

    `retry_after_s`: when to try again after a failure, else None. `notices` are sentences for the person.
    """

    path: Path | None = None
    retry_after_s: float | None = None
    notices: tuple[str, ...] = ()


class RuntimeSdks:
    """Installs SDKs through `dependencies`. `own_file`: see `own_sdks` of `Packages`. Use it on one event loop."""

    def __init__(self, dependencies: Dependencies, platform: PlatformOf, own_file: Path | None,
                 variables: Mapping[str, str], gems: RubyGems) -> None:
        self._dependencies = dependencies
        self._platform = platform
        self._own_file = own_file
        self._variables = variables
        self._gems = gems

    async def ensure(self, function: FunctionConfiguration, target: Target, folders: Sequence[Path],
                     progress: StepHandler) -> FoundSdk:
        """The SDK of the function's runtime, installed if its folders (code and layers) may need it.

        If that fails, as without a network, the function runs without it. Containers need none, because AWS's images have it.
        Nothing is installed for Ruby, which uses the gems of this machine.
        """
        if not target.is_local or self._own_file is None:
            return FoundSdk()
        if language(function.runtime)[0] == "ruby":
            return FoundSdk(path=await self._gems.folder(function.runtime, target.interpreter))
        try:
            sdk = await asyncio.to_thread(find_sdk, function.runtime, self._own_file)
        except UnreadableSdks as error:
            return FoundSdk(notices=(f"{error} The SDK of {function.runtime} is left out until that is corrected.",))
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
        """What to install. The SDK's npm packages are pure JavaScript, so they are the same on every platform."""
        of_npm = sdk.manager == "npm"
        platform = "npm" if of_npm else await self._platform(function, target, language(function.runtime)[0])
        # pip installs the whole SDK, so all functions share one entry. npm installs what is named, so each set of names has one.
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
    """The packages to install for a function with these folders; () if it does not need the SDK. Blocks."""
    if sdk.manager == "npm":
        return named_packages(sdk.modules, folders, check)
    return sdk.packages if may_need(sdk, folders, check) else ()


def _unknown_notice(sdk: RuntimeSdk, wanted: Sequence[str], content: Path) -> tuple[str, ...]:
    """A notice about names that npm found no package for, which it skips."""
    unknown = [name for name in wanted if sdk.manager == "npm" and not (content / "node_modules" / name).exists()]
    return (f"The code names {', '.join(unknown)}, which {sdk.title} does not have.",) if unknown else ()


def _missing_notice(function: str, sdk: RuntimeSdk, error: DependencyError) -> str:
    """The notice about an SDK that could not be installed; the last line of the tool gives the reason."""
    first = error.message.splitlines()[0]
    why = f" {error.last_lines[-1].rstrip('.')}." if error.last_lines else ""
    return (f"{first}{why} On Lambda the runtime includes it; here {function} runs without it, and importing {sdk.modules[0]} "
            f"fails. {error.hint}")
