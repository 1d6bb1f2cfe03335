"""One call of an operation, and what an operation may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from aiohttp import web

from workbench.gateway.wire.service_model import Operation
from workbench.model.lambda_names import FunctionReference, Scope, function_reference


class Call(msgspec.Struct, frozen=True):
    """A checked call. `parameters` have the model's names and keep its constraints; `scope` is the caller's Region and account.

    `address` is where the caller reaches the engine, `http://host:port`. `request` is the HTTP request, for the operations that
    invoke; None for a call that came otherwise.
    """

    operation: Operation
    scope: Scope
    parameters: Mapping[str, Any]
    request_id: str
    address: str
    request: web.Request | None = None

    @property
    def http(self) -> web.Request:
        """The HTTP request of an operation that nobody calls otherwise."""
        assert self.request is not None
        return self.request

    def function(self, member: str = "FunctionName") -> tuple[Scope, FunctionReference]:
        """Return the function that the call is about: where it is looked for, and its name and qualifier.

        Raises ServiceError for qualifiers that contradict each other and for another Region, in this order.
        """
        reference = function_reference(self.parameters[member], self.parameters.get("Qualifier", ""))
        return reference.within(self.scope), reference


Answer: TypeAlias = Mapping[str, Any] | web.StreamResponse
"""The members of an operation's output, or the whole HTTP answer of one that invokes."""
Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
