"""Two settings of functions: updates of the runtime, which are kept and shown, and what becomes of recursive loops.

Which version of a runtime a function has is up to the interpreter or image on this machine.
Source: API reference, PutRuntimeManagementConfig, PutFunctionRecursionConfig; errors of the service.
"""

from __future__ import annotations

from workbench.engine.registry.attached import RecursionRecord, RuntimeManagementRecord
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.qualifiers import reads_like_alias
from workbench.engine.registry.registry import Registry
from workbench.model.failures import RecursiveInvocation
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope
from workbench.model.lineage import is_loop


class RuntimeManagement:
    """When functions and versions get updates of their runtimes. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def put(self, scope: Scope, name: str, qualifier: str, update_on: str, runtime_arn: str) -> RuntimeManagementRecord:
        """PutRuntimeManagementConfig; `runtime_arn` is RuntimeVersionArn, "" for none. Raises ServiceError."""
        async with self._registry.changing() as change:
            name = self._existing(scope, name, qualifier)
            if update_on == "Manual" and not runtime_arn:
                raise invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
            return change.keep(RuntimeManagementRecord(
                scope=scope, function_name=name, qualifier=qualifier or LATEST, update_runtime_on=update_on,
                runtime_version_arn=runtime_arn))

    def get(self, scope: Scope, name: str, qualifier: str) -> RuntimeManagementRecord:
        """GetRuntimeManagementConfig: automatic updates unless it was changed. Raises ServiceError."""
        name = self._existing(scope, name, qualifier)
        found = self._registry.get(RuntimeManagementRecord, scope, name, qualifier or LATEST)
        return found or RuntimeManagementRecord(
            scope=scope, function_name=name, qualifier=qualifier or LATEST, update_runtime_on="Auto")

    def _existing(self, scope: Scope, name: str, qualifier: str) -> str:
        if reads_like_alias(qualifier):
            arn = scope.function_arn(name, qualifier)
            raise invalid(f"The provided function name {arn} is invalid. Aliases are not allowed.")
        return self._functions.require(scope, name, qualifier).name


class Recursion:
    """What becomes of recursive loops. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def put(self, scope: Scope, name: str, recursive_loop: str) -> None:
        """PutFunctionRecursionConfig. Raises ServiceError if there is no such function."""
        async with self._registry.changing() as change:
            name = self._functions.require(scope, name).name
            change.keep(RecursionRecord(scope=scope, function_name=name, recursive_loop=recursive_loop))

    def get(self, scope: Scope, name: str) -> str:
        """GetFunctionRecursionConfig. Raises ServiceError if there is no such function."""
        return self._setting(scope, self._functions.require(scope, name).name)

    def check(self, scope: Scope, name: str, trace_header: str) -> None:
        """Refuse an invocation that would be one too many in its chain, of which the tracing header tells.

        Raises RecursiveInvocation, unless the function may run in a loop.
        """
        if trace_header and is_loop(trace_header, scope.function_arn(name)) and self._setting(scope, name) == "Terminate":
            raise RecursiveInvocation(name)

    def _setting(self, scope: Scope, name: str) -> str:
        record = self._registry.get(RecursionRecord, scope, name)
        return record.recursive_loop if record is not None else "Terminate"
