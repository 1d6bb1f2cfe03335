"""Operations on reserved concurrency."""

from __future__ import annotations

from workbench.engine.registry.checks import invalid
from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call


class ConcurrencyOperations:
    """Reserve concurrency for functions."""

    def __init__(self, resources: Resources) -> None:
        self._concurrency = resources.concurrency

    async def put_function_concurrency(self, call: Call) -> Answer:
        """PutFunctionConcurrency. So many invocations run at a time, and none with 0.

        Unlike elsewhere, not even the qualifier `$LATEST` is taken.
        """
        scope, function = call.function()
        if function.qualifier:
            raise invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                          "operation. Please specify either a function name or an unqualified function ARN.")
        count = call.parameters["ReservedConcurrentExecutions"]
        await self._concurrency.put(scope, function.name, count)
        return {"ReservedConcurrentExecutions": count}

    async def get_function_concurrency(self, call: Call) -> Answer:
        """GetFunctionConcurrency."""
        scope, function = call.function()
        return {"ReservedConcurrentExecutions": self._concurrency.get(scope, function.name)}

    async def delete_function_concurrency(self, call: Call) -> Answer:
        """DeleteFunctionConcurrency."""
        scope, function = call.function()
        await self._concurrency.delete(scope, function.name)
        return {}
