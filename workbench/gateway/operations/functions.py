"""Operations on functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbench.engine.registry.resources import Resources
from workbench.engine.registry.views import FunctionView
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.operations.descriptions import described
from workbench.gateway.operations.listed_functions import ListedFunctions
from workbench.gateway.operations.paging import answer, page
from workbench.model.failures import ServiceError

CodeLocation = Callable[[Call, FunctionView], Mapping[str, str]]
"""Returns the member `Code` of GetFunction's answer."""


class FunctionOperations:
    """Create, read, update and delete functions."""

    def __init__(self, resources: Resources, code_location: CodeLocation) -> None:
        self._resources = resources
        self._functions = resources.functions
        self._changes = resources.changes
        self._code_location = code_location
        self._listed = ListedFunctions()

    async def create_function(self, call: Call) -> Answer:
        """CreateFunction. Its name may be an ARN, of the caller's account only."""
        scope, function = call.function()
        if scope != call.scope:
            raise ServiceError("AccessDeniedException", 403, "", fault="")
        publish = bool(call.parameters.get("Publish"))
        return described(await self._changes.create(scope, function.name, call.parameters, publish=publish))

    async def get_function(self, call: Call) -> Answer:
        """GetFunction."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        view = self._functions.require(scope, function.name, function.qualifier)
        concurrency = self._resources.concurrency.get(scope, view.name)
        return {
            "Configuration": described(view), "Code": self._code_location(call, view),
            "Tags": self._resources.tags.of_function(view) or None,
            "Concurrency": None if concurrency is None else {"ReservedConcurrentExecutions": concurrency},
        }

    async def get_function_configuration(self, call: Call) -> Answer:
        """GetFunctionConfiguration."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        return described(self._functions.require(scope, function.name, function.qualifier))

    async def list_functions(self, call: Call) -> Answer:
        """ListFunctions. With FunctionVersion=ALL the entries are versions."""
        await self._functions.know_packages(call.scope)
        names = self._functions.names(call.scope)
        if call.parameters.get("FunctionVersion") != "ALL":
            shown, marker = page(call, names, lambda name: name)
            return answer("Functions", [self._listed.entry(view) for view in self._functions.views(call.scope, shown)], marker)
        views = [version for name in names for version in self._resources.versions.all(call.scope, name)]
        found, marker = page(call, views, lambda view: view.arn)
        return answer("Functions", [self._listed.entry(view) for view in found], marker)

    async def update_function_code(self, call: Call) -> Answer:
        """UpdateFunctionCode. With Publish the answer is the new version."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        return described(await self._changes.update_code(scope, function.name, call.parameters))

    async def update_function_configuration(self, call: Call) -> Answer:
        """UpdateFunctionConfiguration."""
        scope, function = call.function()
        await self._functions.know_packages(scope, function.name)
        return described(await self._changes.update_settings(scope, function.name, call.parameters))

    async def delete_function(self, call: Call) -> Answer:
        """DeleteFunction, of a whole function or of one version."""
        scope, function = call.function()
        if function.qualifier:
            await self._resources.versions.delete(scope, function.name, function.qualifier)
        else:
            await self._changes.delete(scope, function.name)
        return {"StatusCode": 204}
