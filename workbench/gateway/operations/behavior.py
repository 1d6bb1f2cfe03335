"""Operations on updates of runtimes, recursive loops, and code signing."""

from __future__ import annotations

from typing import Any

from workbench.engine.registry.attached import RuntimeManagementRecord
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import FunctionReference


class BehaviorOperations:
    """Keep and show when runtimes are updated, and what becomes of recursive loops."""

    def __init__(self, resources: Resources) -> None:
        self._runtime_management = resources.runtime_management
        self._recursion = resources.recursion

    async def put_runtime_management_config(self, call: Call) -> Answer:
        """PutRuntimeManagementConfig. Kept and shown; the runtime is that of this machine, or of its image."""
        scope, function = call.function()
        parameters = call.parameters
        record = await self._runtime_management.put(
            scope, function.name, function.qualifier, parameters["UpdateRuntimeOn"], parameters.get("RuntimeVersionArn", ""))
        return _described(record, function)

    async def get_runtime_management_config(self, call: Call) -> Answer:
        """GetRuntimeManagementConfig."""
        scope, function = call.function()
        return _described(self._runtime_management.get(scope, function.name, function.qualifier), function)

    async def put_function_recursion_config(self, call: Call) -> Answer:
        """PutFunctionRecursionConfig. A loop of 16 turns is ended, unless RecursiveLoop is Allow."""
        scope, function = call.function()
        await self._recursion.put(scope, function.name, call.parameters["RecursiveLoop"])
        return {"RecursiveLoop": call.parameters["RecursiveLoop"]}

    async def get_function_recursion_config(self, call: Call) -> Answer:
        """GetFunctionRecursionConfig."""
        scope, function = call.function()
        return {"RecursiveLoop": self._recursion.get(scope, function.name)}


def _described(record: RuntimeManagementRecord, function: FunctionReference) -> dict[str, Any]:
    return {
        "UpdateRuntimeOn": record.update_runtime_on, "RuntimeVersionArn": record.runtime_version_arn or None,
        "FunctionArn": record.scope.function_arn(record.function_name, function.qualifier),
    }


class CodeSigningOperations:
    """Code signing of functions: there are no code signing configurations here, so no function has one."""

    def __init__(self, resources: Resources) -> None:
        self._functions = resources.functions

    async def put_function_code_signing_config(self, call: Call) -> Answer:
        """PutFunctionCodeSigningConfig. There are no code signing configurations, so that none is found."""
        call.function()
        message = ("The code signing configuration cannot be found. Check that the provided configuration is not deleted: "
                   f"{call.parameters['CodeSigningConfigArn']}.")
        raise ServiceError("CodeSigningConfigNotFoundException", 404, message, hint="Code is not signed here.")

    async def get_function_code_signing_config(self, call: Call) -> Answer:
        """GetFunctionCodeSigningConfig. Without a configuration the answer is empty."""
        self._check_function(call)
        return {}

    async def delete_function_code_signing_config(self, call: Call) -> Answer:
        """DeleteFunctionCodeSigningConfig."""
        self._check_function(call)
        return {}

    def _check_function(self, call: Call) -> None:
        scope, function = call.function()
        self._functions.require(scope, function.name)
