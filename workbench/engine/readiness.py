"""What a request asks for is made ready before it is looked up, whether it is to be run, streamed, queued or only checked.

`sam deploy` would have ended with all of it in place: code that was in Amazon S3 alone, the versions that the template
declares, their snapshots. Here it is made when somebody first asks for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from workbench.engine.functions import FunctionStore
from workbench.engine.invocation.request import InvokeRequest
from workbench.engine.registry.resources import InvocationTarget, Resources
from workbench.engine.snapshots.snapshots import Snapshots


class Readiness:
    """Makes ready what requests ask for. Use it on the engine's loop."""

    def __init__(
        self, functions: FunctionStore, resources: Resources, snapshots: Snapshots, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        """`refresh` reads the workspace anew."""
        self._functions = functions
        self._resources = resources
        self._snapshots = snapshots
        self._refresh = refresh

    def has(self, request: InvokeRequest) -> bool:
        """Whether what the request runs is there, and `have` would find nothing to do. So it nearly always is for `$LATEST`."""
        name = request.function_name
        return not (request.qualifier or self._functions.lacks_code(name)) and self._resources.declared.has_published(name)

    async def have(self, request: InvokeRequest) -> None:
        """Return when what the request runs is there. Raises WorkbenchError if its version cannot be published."""
        if self._functions.lacks_code(request.function_name):  # perhaps it is in Amazon S3 by now
            await self._refresh()
        if not self._resources.declared.has_published(request.function_name):
            await self._resources.declared.before_invocation(request.function_name, request.qualifier)
        if request.qualifier:  # a version or alias: `$LATEST` has no snapshot
            await self._snapshots.before_invocation(request.scope, request.function_name, request.qualifier)

    async def target(self, request: InvokeRequest) -> InvocationTarget:
        """Return what the request runs, once it is there; of an alias with weights a version is drawn. Raises WorkbenchError."""
        await self.have(request)
        return self._resources.target(request.function_name, request.qualifier, request.scope, request.version)
